// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include "freshet/model/describe.hpp"

namespace freshet {

/// Why the rows of a key are missing from a view: what its mapper said when it failed.
struct RowError {
  std::string node;     ///< the view whose mapper failed
  std::string message;  ///< of the first failing row of the key
  std::int64_t rows{};  ///< how many rows of the key fail

  bool operator==(const RowError&) const = default;
};

constexpr auto describe(of<RowError>) {
  return model("row_errors", field<&RowError::node>(), field<&RowError::message>(), field<&RowError::rows>());
}

}  // namespace freshet
