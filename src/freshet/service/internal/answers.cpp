// SPDX-License-Identifier: MIT
#include "freshet/service/internal/answers.hpp"

#include <utility>

#include "freshet/net/caller.hpp"

namespace freshet::service {

std::optional<net::Response> refuse_unless_json(const net::Request& request) {
  const std::string type = request.content_type();
  // What `curl -d` says of any text, when it is told nothing. Reading it as JSON opens no door to other pages' forms: a
  // form cannot send PATCH, and what it opens by POST it cannot read.
  const bool is_curl = type == "application/x-www-form-urlencoded";
  if (request.body.empty() || type.empty() || is_curl || type == "application/json" || type.ends_with("+json")) {
    return std::nullopt;
  }
  return net::Response::problem(415, {.code = ErrorCode::invalid_argument,
                                      .primary = "the body has to be JSON",
                                      .detail = "its Content-Type is " + type,
                                      .hint = "send Content-Type: application/json"});
}

net::Response refusal(const net::Request& request, const Error& error) { return refusal(request.user(), error); }

net::Response refusal(const Caller& caller, const Error& error) {
  if (error.code != ErrorCode::forbidden || caller.is_known()) return net::Response::problem(error);
  net::Response response = net::Response::problem(401, error);
  response.headers.add("WWW-Authenticate", "Bearer");
  return response;
}

net::Response json_now(std::string body) {
  net::Response response = net::Response::json(std::move(body));
  response.headers.add("Cache-Control", "no-store");
  return response;
}

}  // namespace freshet::service
