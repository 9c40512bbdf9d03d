// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace freshet::auth {

/// The base64url text of `bytes`, without padding. Source: RFC 4648 section 5, RFC 7515 section 2.
std::string base64url_encode(std::string_view bytes);

/// The bytes that `text` stands for; nothing unless it is exactly what base64url_encode() gives for them: no padding,
/// no white space, no other characters, no bits left over that are not zero. So one value has one text.
std::optional<std::string> base64url_decode(std::string_view text);

}  // namespace freshet::auth
