// SPDX-License-Identifier: MIT
#include <cstddef>
#include <cstdint>

#include "freshet/net/testing/response_properties.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  freshet::net::testing::check_response_properties({reinterpret_cast<const char*>(data), size});
  return 0;
}
