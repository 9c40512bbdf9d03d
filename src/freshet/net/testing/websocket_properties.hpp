// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace freshet::net::testing {

/// Asserts what holds for all bytes whatsoever, taken as what one end of a WebSocket sends: the parser of either role
/// reports the same however they are cut; texts are UTF-8, messages no larger than allowed, control frames short; after
/// a violation or a close nothing follows; what was reported, framed again, is reported again.
void check_websocket_frames(std::string_view bytes);

/// Asserts what holds for all bytes, taken as a compressed message and as an offer of compression: inflating ends,
/// stays within its bound and says the same twice; deflating them gives back the same bytes with any window; what is
/// agreed on is an offer that would be accepted again.
void check_websocket_deflate(std::string_view bytes);

}  // namespace freshet::net::testing
