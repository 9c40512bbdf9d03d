// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "freshet/base/limits.hpp"
#include "freshet/base/result.hpp"
#include "freshet/service/auth/token.hpp"

namespace freshet::auth {

class KeyMaterial;

/// A key that signatures are verified with, bound to one algorithm: a public RSA key never serves as the secret of an
/// HMAC, whatever a token's header says.
///
/// A handle: copies share the key, which is wiped when the last is gone. Thread safety: constant.
class Key {
 public:
  /// For HS256. Errors: shorter than 32 bytes (RFC 7518 section 3.2).
  static Result<Key> from_secret(std::string_view secret, std::string id = {});
  /// A public key, "-----BEGIN PUBLIC KEY-----": RSA of 2048 to 16384 bits, or elliptic on P-256.
  static Result<Key> from_pem(std::string_view pem, std::string id = {});
  /// A JSON Web Key: kty oct, RSA, or EC with crv P-256. Errors: others; a `use`, `key_ops` or `alg` that does not fit.
  /// Source: RFC 7517, RFC 7518 section 6.
  static Result<Key> from_jwk(const Value& jwk);

  Algorithm algorithm() const;
  const std::string& id() const;
  /// Whether `signature` is this key's for `text`. Comparisons take the same time wherever the first difference is.
  bool verifies(std::string_view text, std::string_view signature) const;

 private:
  explicit Key(std::shared_ptr<const KeyMaterial> material);

  std::shared_ptr<const KeyMaterial> material_;  // owners: the copies of this handle
};

/// The keys that tokens may be signed with.
using Keys = std::vector<Key>;

/// Reads a JSON Web Key Set, `{"keys": [...]}`. Keys of other types and for other purposes are passed over, as RFC 7517
/// section 5 has it; a broken one among those that concern us is an error, and so is a set in which none does.
Result<Keys> parse_jwks(std::string_view json);

/// How many bytes and keys a set may have.
inline constexpr Bytes kJwksBytesMax = mib(1);
inline constexpr std::size_t kKeysMax = 100;

}  // namespace freshet::auth
