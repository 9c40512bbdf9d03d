// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "freshet/model/value.hpp"
#include "freshet/service/auth/token.hpp"
#include "freshet/service/internal/openssl.hpp"

namespace freshet::auth::testing {

/// A pair of keys made for one test, as an issuer of tokens has it. Not installed.
class Signer {
 public:
  static Signer rsa(std::string id, int bits = 2048);
  static Signer p256(std::string id);
  /// A curve that is none of ours.
  static Signer p384(std::string id);

  const std::string& id() const { return id_; }
  std::string pem() const;
  /// The public key as a JSON Web Key.
  Value jwk() const;
  std::string sign(const Value& claims) const;
  /// The signature of any text.
  std::string signature(std::string_view text) const;

 private:
  Signer(PublicKey key, Algorithm algorithm, std::string id);

  PublicKey key_;
  Algorithm algorithm_;
  std::string id_;
};

/// `{"keys": [...]}`.
std::string jwks(const Value::List& keys);

/// header.claims.signature, whatever they are.
std::string compact(std::string_view header, std::string_view claims, std::string_view signature);

}  // namespace freshet::auth::testing
