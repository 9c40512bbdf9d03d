// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "freshet/base/clock.hpp"
#include "freshet/net/http.hpp"

namespace freshet::net {

/// How the connection goes on after a response.
enum class Persistence : std::uint8_t {
  keep,      ///< HTTP/1.1: the connection stays without a word
  keep_1_0,  ///< HTTP/1.0: it stays because the client asked, and is told so
  close,
};

/// The head of a response, up to and with its empty line: status line, Date, the response's fields, then Content-Length
/// (not for a stream) and Connection. Control characters in fields become blanks, so that no field adds another.
std::string response_head(const Response& response, Persistence persistence, std::string_view date);

/// The length of the body, wherever it is.
std::size_t body_size(const Response& response);
/// Whether a response of that status has a body at all.
bool has_body(int status);

/// The date of HTTP: "Sun, 06 Nov 1994 08:49:37 GMT". Source: RFC 9110 section 5.6.7.
std::string http_date(Timestamp time);

}  // namespace freshet::net
