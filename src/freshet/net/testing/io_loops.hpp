// SPDX-License-Identifier: MIT
#pragma once

#include <cstdlib>
#include <string>

#include "freshet/net/server.hpp"

namespace freshet::net::testing {

/// With how many I/O loops servers of tests run that do not say so themselves: the whole of a suite runs without any,
/// and once more with those that FRESHET_TEST_IO_LOOPS names. They take their turns when the test's loop is polled.
inline std::size_t test_io_loops() {
  const char* const text = std::getenv("FRESHET_TEST_IO_LOOPS");
  return text == nullptr ? 0 : std::stoul(text);
}

inline ServerOptions on_test_io_loops(ServerOptions options) {
  if (options.io_loops == 0) options.io_loops = test_io_loops();
  return options;
}

}  // namespace freshet::net::testing
