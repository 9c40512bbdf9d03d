// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace freshet::net::testing {

/// What holds for whatever a server sends to a client, answers and nonsense alike: asserts that it is read in the same
/// way however it is cut, that no limit is passed, and that what is taken is an answer of one meaning.
void check_response_properties(std::string_view bytes);

}  // namespace freshet::net::testing
