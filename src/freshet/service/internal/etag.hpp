// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace freshet::service {

/// "\"...\"": tells bytes apart that are not the same, so that a client can say what it saw. Nobody gains anything by
/// making two equal. Cost: O(bytes).
std::string etag_of(std::string_view bytes);

/// Whether the value of an If-Match or If-None-Match field names this ETag, or all ("*"). An empty field names none.
bool names_etag(std::string_view field, std::string_view etag);

}  // namespace freshet::service
