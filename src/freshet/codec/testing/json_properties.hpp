// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace freshet::codec::testing {

/// Asserts what holds for every text whatsoever: the reader accepts exactly what another strict parser accepts; what is
/// decoded can be encoded, keeps to its checks, and comes back the same from its own JSON, byte for byte.
void check_json_properties(std::string_view text);

}  // namespace freshet::codec::testing
