// SPDX-License-Identifier: MIT
#include "freshet/net/internal/http2_head.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "freshet/net/internal/ascii.hpp"
#include "freshet/net/internal/response_head.hpp"

namespace freshet::net {
namespace {

// Source: RFC 9113 section 8.2.2.
constexpr std::array<std::string_view, 6> kOfConnections = {"connection", "keep-alive",        "proxy-connection",
                                                            "upgrade",    "transfer-encoding", "content-length"};

}  // namespace

Http2Head::Http2Head(const Response& response, std::string_view date) {
  fields.push_back({":status", std::to_string(response.status)});
  fields.push_back({"date", std::string(date)});
  for (const Header& field : response.headers) {
    std::string name = lower(field.name);
    if (std::find(kOfConnections.begin(), kOfConnections.end(), name) != kOfConnections.end()) continue;
    std::string value(trim(field.value));
    std::replace_if(value.begin(), value.end(), is_control, ' ');
    fields.push_back({std::move(name), std::move(value)});
  }
  if (!response.start && has_body(response.status)) {
    fields.push_back({"content-length", std::to_string(body_size(response))});
  }
}

}  // namespace freshet::net
