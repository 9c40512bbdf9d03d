// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>

#include "freshet/net/http.hpp"

namespace freshet::service {

/// The header fields that every answer has: what keeps browsers from guessing, telling and embedding, and the name of
/// the request. Those that a handler has set stay as they are.
class ResponseFields {
 public:
  ResponseFields(std::chrono::seconds hsts_max_age, std::string page_policy, bool is_for_other_origins);

  void apply(const net::Request& request, net::Response& response) const;

 private:
  const std::string transport_security_;
  const std::string page_policy_;
  const std::string resource_policy_;
};

}  // namespace freshet::service
