// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>

#include "freshet/service/auth/verifier.hpp"
#include "freshet/service/config/secret.hpp"

namespace freshet {

/// How a service learns who its callers are: from JSON Web Tokens in `Authorization: Bearer ...`.
///
/// Keys come from any of the sources below, from several at once too. Without any of them nobody is known, and a token
/// is refused, since nothing could be said about it.
struct AuthOptions {
  /// For HS256: at least 32 bytes.
  Secret secret = {};
  /// A PEM file with the public key of the issuer, for RS256 or ES256.
  std::string public_key_file = {};
  /// A JSON Web Key Set in a file, which is read again when it changes.
  std::string jwks_file = {};
  /// A JSON Web Key Set at an https:// or http:// address. It is fetched at the start, from time to time, and when a
  /// token names a key that is not known; the request then waits for it.
  std::string jwks_url = {};
  /// A PEM file of the authorities to trust for an https:// address, in place of the system's.
  std::string jwks_ca_file = {};
  std::chrono::seconds jwks_refresh_interval{3600};
  /// Not more often than that, whatever keys tokens name.
  std::chrono::seconds jwks_refetch_interval{30};
  std::chrono::milliseconds jwks_timeout{5'000};

  auth::TokenChecks checks = {};

  /// Whether everything below /v1/ needs a token. If not, callers without one are nobody, and access rules decide.
  bool required = false;
  /// Whether a token may also stand in the query, `?access_token=...`, for clients that cannot send a header, such as
  /// EventSource in browsers. Off by default: addresses end up in logs and histories.
  bool query_token = false;
  /// For tests: any token is taken, and is the name of its user. Never where others can reach the service.
  bool testing = false;

  bool has_keys() const {
    return !secret.empty() || !public_key_file.empty() || !jwks_file.empty() || !jwks_url.empty();
  }
};

}  // namespace freshet
