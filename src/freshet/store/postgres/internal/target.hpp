// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "freshet/base/result.hpp"

namespace freshet::store::postgres {

/// Which database connections go to, and how they are set up. Holds the password, and keeps it out of messages.
class Target {
 public:
  /// Reads a URL or `key=value` text as libpq does. Errors: invalid_argument, without showing the URL.
  static Result<Target> parse(const std::string& url, const std::string& schema);

  /// The arguments of PQconnectStartParams. `settings` are of the session: {{"enable_seqscan", "off"}}.
  using Parameters = std::vector<std::pair<std::string, std::string>>;
  Parameters parameters(const Parameters& settings) const;

  /// "database 'app' at db.example.org": for messages.
  const std::string& place() const { return place_; }
  const std::string& schema() const { return schema_; }

  /// A text of libpq or the server, without its last line end and without the password.
  std::string clean(std::string_view text) const;

 private:
  Parameters given_;
  std::string place_;
  std::string schema_;
  std::string password_;
};

}  // namespace freshet::store::postgres
