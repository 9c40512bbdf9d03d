// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "freshet/net/http.hpp"

namespace freshet::service {

/// Lets pages of other origins use the service from a browser, as far as the program allows.
///
/// Credentials that a browser adds by itself, such as cookies, are never accepted across origins: an allowed page can
/// do what anybody can who has a network connection and the tokens that the page has, and nothing more.
///
/// Source: WHATWG Fetch, section 3.2 (CORS protocol)
class Cors {
 public:
  /// `origins` as in ServiceOptions::cors_origins.
  explicit Cors(std::vector<std::string> origins);

  /// Adds what a browser needs to see on the answer to `request`, a preflight included.
  void apply(const net::Request& request, net::Response& response) const;

 private:
  std::vector<std::string> origins_;
  bool any_ = false;
};

}  // namespace freshet::service
