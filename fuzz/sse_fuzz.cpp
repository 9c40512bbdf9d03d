// SPDX-License-Identifier: MIT
#include <cstddef>
#include <cstdint>

#include "freshet/codec/testing/sse_properties.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  freshet::codec::testing::check_sse_properties({reinterpret_cast<const char*>(data), size});
  return 0;
}
