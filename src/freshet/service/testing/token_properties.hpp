// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace freshet::auth::testing {

/// Asserts what holds for all bytes whatsoever, taken as a token and as a key set: nothing is read that is not written
/// in exactly one way, no refusal quotes what it refuses, and without its key no token is taken.
void check_token_properties(std::string_view bytes);

}  // namespace freshet::auth::testing
