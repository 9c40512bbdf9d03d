// SPDX-License-Identifier: MIT
#include <cstddef>
#include <cstdint>

#include "freshet/store/testing/pgoutput_properties.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  freshet::store::postgres::testing::check_pgoutput_properties({reinterpret_cast<const char*>(data), size});
  return 0;
}
