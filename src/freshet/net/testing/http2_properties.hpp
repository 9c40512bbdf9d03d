// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace freshet::net::testing {

/// What holds for whatever a client sends on an HTTP/2 connection: asserts that the server answers in whole frames,
/// that nothing of the connection is left when it has ended, and that the next client is served.
void check_http2_session(std::string_view bytes);

}  // namespace freshet::net::testing
