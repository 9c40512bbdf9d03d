// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "freshet/base/result.hpp"

namespace freshet::net {

/// Where a URL leads to.
struct Url {
  bool tls = false;
  std::string host;
  std::uint16_t port = 0;
  /// Path and query; "/" at least.
  std::string target;

  /// What the Host field says: the host, in brackets where it is an IPv6 address, and the port where it is not the
  /// scheme's own.
  std::string authority() const;
  friend bool operator==(const Url&, const Url&) = default;
};

/// The URL as text.
std::string to_string(const Url& url);

/// Reads http://host[:port][/path] and https://...; IPv6 addresses stand in brackets. Errors: others; users and
/// passwords, fragments, blanks and control characters.
Result<Url> parse_url(std::string_view text);

/// Where a Location field in the answer to `base` leads to: a URL, `//host/path`, `/path`, `?query`, or a path from
/// where `base` is. A fragment is dropped. Errors: as parse_url().
Result<Url> resolve_location(const Url& base, std::string_view location);

}  // namespace freshet::net
