// SPDX-License-Identifier: MIT
#include <cstddef>
#include <cstdint>

#include "freshet/service/testing/token_properties.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  freshet::auth::testing::check_token_properties({reinterpret_cast<const char*>(data), size});
  return 0;
}
