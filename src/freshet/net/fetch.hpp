// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <stop_token>
#include <string>
#include <string_view>

#include "freshet/base/limits.hpp"
#include "freshet/base/result.hpp"
#include "freshet/net/url.hpp"

namespace freshet::net {

/// How something is fetched.
struct FetchOptions {
  /// For all of it: the name, the connection, the answer.
  std::chrono::milliseconds timeout{5'000};
  /// A longer body is an error.
  Bytes body_bytes_max = mib(1);
  /// The Accept field.
  std::string accept = "*/*";
  /// A PEM file of the authorities to trust for https, in place of the system's.
  std::string ca_file = {};
  /// Ends it soon.
  std::stop_token stop = {};
};

/// Fetches what a URL names, by GET, and returns the body. Blocks: for a thread that may, never for a loop.
///
/// The certificate of an https server is checked, and that it is for this host. Redirections are not followed.
/// Errors: unavailable, with what happened, for all that goes wrong on the way and for every status but 200; too_large.
/// Thread safety: may be called from any thread.
Result<std::string> fetch(std::string_view url, const FetchOptions& options = {});

}  // namespace freshet::net
