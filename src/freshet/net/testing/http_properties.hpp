// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace freshet::net::testing {

/// Asserts what holds for all bytes whatsoever, taken as the start of a connection: head check and request parser say
/// the same however the bytes are cut; what passes the head check has unambiguous lines and framing; a body is no
/// longer than allowed; each byte is taken at most once.
void check_http_properties(std::string_view bytes);

}  // namespace freshet::net::testing
