// SPDX-License-Identifier: MIT
#include "freshet/service/internal/response_fields.hpp"

#include <string_view>
#include <utility>

namespace freshet::service {
namespace {

void add_unless_there(net::Response& response, std::string_view name, const std::string& value) {
  if (value.empty() || response.headers.find(name) != nullptr) return;
  response.headers.add(std::string(name), value);
}

std::string max_age(std::chrono::seconds time) {
  return time.count() <= 0 ? std::string() : "max-age=" + std::to_string(time.count());
}

}  // namespace

ResponseFields::ResponseFields(std::chrono::seconds hsts_max_age, std::string page_policy, bool is_for_other_origins)
    : transport_security_(max_age(hsts_max_age)),
      page_policy_(std::move(page_policy)),
      resource_policy_(is_for_other_origins ? "cross-origin" : "same-origin") {}

void ResponseFields::apply(const net::Request& request, net::Response& response) const {
  add_unless_there(response, "X-Request-Id", request.id);
  // Nobody who is let in again a moment later needs to find out by himself when.
  if (response.status == 429 || response.status == 503) add_unless_there(response, "Retry-After", "1");
  if (response.upgrade) return;
  add_unless_there(response, "X-Content-Type-Options", "nosniff");
  add_unless_there(response, "Referrer-Policy", "no-referrer");
  add_unless_there(response, "Cross-Origin-Resource-Policy", resource_policy_);
  // Whatever is not said to be for a cache may be for one caller alone.
  if (response.status >= 400 || response.start) add_unless_there(response, "Cache-Control", "no-store");
  if (request.client != nullptr && request.client->secure) {
    add_unless_there(response, "Strict-Transport-Security", transport_security_);
  }
  if (response.headers.get("Content-Type").starts_with("text/html")) {
    add_unless_there(response, "Content-Security-Policy", page_policy_);
  }
}

}  // namespace freshet::service
