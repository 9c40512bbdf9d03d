// SPDX-License-Identifier: MIT
#include "freshet/service/internal/answers.hpp"

#include <utility>

namespace freshet::service {

std::optional<net::Response> refuse_unless_json(const net::Request& request) {
  const std::string type = request.content_type();
  if (request.body.empty() || type.empty() || type == "application/json" || type.ends_with("+json"))
    return std::nullopt;
  return net::Response::problem(415, {.code = ErrorCode::invalid_argument,
                                      .primary = "the body has to be JSON",
                                      .detail = "its Content-Type is " + type,
                                      .hint = "send Content-Type: application/json"});
}

net::Response json_now(std::string body) {
  net::Response response = net::Response::json(std::move(body));
  response.headers.add("Cache-Control", "no-store");
  return response;
}

}  // namespace freshet::service
