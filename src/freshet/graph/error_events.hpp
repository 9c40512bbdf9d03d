// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "freshet/graph/stats.hpp"

namespace freshet {

/// What the watchers of errors are told after a commit.
struct ErrorEvent {
  std::string node;     ///< the view whose mapper failed
  std::string key;      ///< the row, as text
  std::string message;  ///< empty: the row is well again
};
struct ErrorEvents {
  Version version{};
  std::vector<ErrorEvent> events;
};

}  // namespace freshet
