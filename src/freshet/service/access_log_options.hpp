// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>

namespace freshet {

/// Where a line for each request goes, in JSON; see docs/guide/operations.md for what it says.
struct AccessLogOptions {
  /// A file, which SIGHUP has opened anew; "-" is standard error. Empty: there is none.
  std::string file = {};
  /// What waits for a disk that is slow. Further lines are dropped and counted: requests never wait.
  std::size_t queue_bytes_max = 4 * 1024 * 1024;
};

}  // namespace freshet
