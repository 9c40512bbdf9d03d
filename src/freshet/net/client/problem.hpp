// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "freshet/base/result.hpp"

namespace freshet::net {

/// The other direction of http_status(): what kind of failure an answer with this status is.
ErrorCode code_of_status(int status);

/// What a server said about a request that it refused: its problem+json (RFC 9457), or the status alone where the body
/// is none. Of a text that the server chose, no more than a line is kept.
Error problem_of(int status, std::string_view body);

}  // namespace freshet::net
