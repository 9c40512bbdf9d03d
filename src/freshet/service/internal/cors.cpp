// SPDX-License-Identifier: MIT
#include "freshet/service/internal/cors.hpp"

#include <algorithm>
#include <utility>

namespace freshet::service {
namespace {

// As long as any browser keeps it.
constexpr const char* kPreflightSeconds = "7200";

}  // namespace

Cors::Cors(std::vector<std::string> origins)
    : origins_(std::move(origins)), any_(std::ranges::count(origins_, "*") != 0) {}

void Cors::apply(const net::Request& request, net::Response& response) const {
  if (origins_.empty()) return;
  // What is allowed depends on who asks, so a cache must not give one origin's answer to another.
  if (!any_) response.headers.add("Vary", "Origin");
  const std::string_view origin = request.header("Origin");
  if (origin.empty() || (!any_ && std::ranges::count(origins_, origin) == 0)) return;
  response.headers.add("Access-Control-Allow-Origin", any_ ? "*" : std::string(origin));
  if (request.method != net::Method::options) {
    response.headers.add("Access-Control-Expose-Headers",
                         "ETag, Location, Retry-After, X-Request-Id, WWW-Authenticate, Freshet-Version, "
                         "Freshet-Missing-Rows");
    return;
  }
  response.headers.add("Access-Control-Allow-Methods", std::string(response.headers.get("Allow")));
  response.headers.add("Access-Control-Allow-Headers",
                       "Authorization, Content-Type, Last-Event-ID, Cache-Control, If-Match, If-None-Match, "
                       "X-Request-Id");
  response.headers.add("Access-Control-Max-Age", kPreflightSeconds);
}

}  // namespace freshet::service
