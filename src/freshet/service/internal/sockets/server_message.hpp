// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "freshet/base/result.hpp"
#include "freshet/graph/stats.hpp"

namespace freshet::service {

/// The types of what a server answers on /v1/ws. Events of streams have no type; they name their stream.
inline constexpr std::array<std::string_view, 6> kServerMessageTypes = {"subscribed", "unsubscribed",  "written",
                                                                        "pong",       "authenticated", "error"};

// Each takes the id of the message that is answered, as JSON; empty for none.

std::string subscribed_message(std::string_view id, std::string_view stream, bool reused);
std::string unsubscribed_message(std::string_view id, std::string_view stream);
std::string written_message(std::string_view id, Version version);
std::string pong_message(std::string_view id);
std::string authenticated_message(std::string_view id, std::string_view user);
/// `problem` is problem+json, as a response would have it.
std::string error_message(std::string_view id, std::string_view problem);

}  // namespace freshet::service
