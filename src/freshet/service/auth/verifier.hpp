// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "freshet/base/clock.hpp"
#include "freshet/base/limits.hpp"
#include "freshet/net/caller.hpp"
#include "freshet/service/auth/keys.hpp"
#include "freshet/service/auth/token.hpp"

namespace freshet::auth {

/// What a token must say to be taken.
struct TokenChecks {
  /// iss; empty: any.
  std::string issuer = {};
  /// One of these must be in aud. Without any, a token that has an aud is not for us (RFC 7519 section 4.1.3).
  std::vector<std::string> audiences = {};
  /// How far the clock of the issuer may be from ours.
  std::chrono::seconds leeway{30};
  /// Whether a token without exp is refused.
  bool require_expiry = true;
  /// The claim that names the user: a string that is not empty.
  std::string user_claim = "sub";
  Bytes token_bytes_max = kib(8);
};

/// Says who a token is from, or why it is refused: a pure function of token, keys and time.
///
/// The key decides the algorithm, never the token. The signature is looked at before the claims, so a refusal tells a
/// stranger nothing that he did not write himself. Cost: one verification; without a `kid`, one for each key of the
/// algorithm.
///
/// Example: src/freshet/service/auth/verifier.test.cpp [verify]
tl::expected<Caller, TokenError> verify_token(std::string_view text, const Keys& keys, const TokenChecks& checks,
                                              Timestamp now);

/// A token signed with HS256, for tests and for programs that log their users in themselves.
///
/// Requires: `claims` is an object; `secret` has at least 32 bytes.
std::string sign_token(const Value& claims, std::string_view secret, std::string_view key_id = {});

}  // namespace freshet::auth
