// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "freshet/base/limits.hpp"
#include "freshet/model/value.hpp"

namespace freshet::auth {

/// How a token is signed. "none" is not among them, and never will be.
enum class Algorithm : std::uint8_t {
  hs256,  ///< HMAC with SHA-256: a secret that both sides share
  rs256,  ///< RSASSA-PKCS1-v1_5 with SHA-256
  es256,  ///< ECDSA on P-256 with SHA-256
};

/// "HS256".
std::string_view to_string(Algorithm algorithm);
/// The algorithm of exactly that name; nothing for all others.
std::optional<Algorithm> algorithm_of(std::string_view name);

/// What is wrong with a token; what a client may decide by.
enum class TokenFault : std::uint8_t {
  malformed,      ///< not a signed token, too long, or with a header that is not understood
  algorithm,      ///< signed in a way that is not accepted
  unknown_key,    ///< signed with a key that is not known (yet)
  signature,      ///< the signature does not fit
  expired,        ///< exp has passed
  not_yet_valid,  ///< nbf or iat is still to come
  issuer,         ///< iss is somebody else
  audience,       ///< aud is somebody else
  claims,         ///< a claim is missing or is no value that it can have
};

/// Why a token is refused. `text` is one of ours: it never quotes the token.
struct TokenError {
  TokenFault fault = TokenFault::malformed;
  std::string text{};
};

/// A token taken apart, with nothing about it verified.
struct Token {
  Algorithm algorithm = Algorithm::hs256;
  /// Which key it says to be signed with; empty if it does not say.
  std::string key_id;
  /// What the signature is about: header and claims as they were sent.
  std::string_view signed_part;
  std::string signature;
  /// An object.
  Value claims;
};

/// Takes a JSON Web Token in its compact form apart, strictly: three parts of base64url, a header and claims that are
/// JSON objects without repeated names, an algorithm that there is, and nothing in the header that asks to be
/// understood and is not (`crit`, `enc`, `zip`).
///
/// Lifetime: `text` outlives the token. Source: RFC 7515 section 5.2, RFC 7519 section 7.2, RFC 8725.
tl::expected<Token, TokenError> parse_token(std::string_view text, Bytes bytes_max = kib(8));

}  // namespace freshet::auth
