// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "freshet/base/clock.hpp"

namespace freshet::store {

/// What a column of a table holds.
enum class ColumnKind : std::uint8_t {
  boolean,
  integer,  ///< 64 bits, signed
  real,
  text,  ///< UTF-8 without NUL
  timestamp,
  json,  ///< a list, map, embedded struct or dynamic value, as canonical JSON text
};

/// JSON as text, told apart from text.
struct Json {
  std::string text;
  friend bool operator==(const Json&, const Json&) = default;
};

/// One value of a row as stores keep it. In the order of ColumnKind, after null.
using Cell = std::variant<std::monostate, bool, std::int64_t, double, std::string, Timestamp, Json>;
using Cells = std::vector<Cell>;

inline bool is_null(const Cell& cell) { return std::holds_alternative<std::monostate>(cell); }

}  // namespace freshet::store
