// SPDX-License-Identifier: MIT
#pragma once

#include <compare>
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
  text,       ///< UTF-8 without NUL
  timestamp,  ///< of the years 0000 to 9999
  json,       ///< a list, map, embedded struct or dynamic value, as canonical JSON text
};

/// JSON as text, told apart from text. Stores keep it byte by byte.
struct Json {
  std::string text;
  friend bool operator==(const Json&, const Json&) = default;
};

/// One value of a row as stores keep it. In the order of ColumnKind, after null.
using Cell = std::variant<std::monostate, bool, std::int64_t, double, std::string, Timestamp, Json>;
using Cells = std::vector<Cell>;

inline bool is_null(const Cell& cell) { return std::holds_alternative<std::monostate>(cell); }

/// Orders cells as queries do: null before everything, text by its bytes, JSON as its text.
/// Requires: both of one kind, or null.
std::weak_ordering compare(const Cell& left, const Cell& right);

}  // namespace freshet::store
