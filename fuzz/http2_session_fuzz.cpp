// SPDX-License-Identifier: MIT
#include <cstddef>
#include <cstdint>

#include "freshet/net/testing/http2_properties.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  freshet::net::testing::check_http2_session({reinterpret_cast<const char*>(data), size});
  return 0;
}
