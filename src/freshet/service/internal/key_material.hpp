// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "freshet/base/result.hpp"
#include "freshet/service/auth/token.hpp"
#include "freshet/service/internal/openssl.hpp"

namespace freshet::auth {

/// The insides of a Key: its bytes or OpenSSL's object, and how signatures are verified with it.
class KeyMaterial {
 public:
  KeyMaterial(std::string secret, std::string id);
  /// Errors: a key that is neither RSA of 2048 to 16384 bits nor elliptic on P-256.
  static Result<std::shared_ptr<const KeyMaterial>> of(PublicKey key, std::string id);
  KeyMaterial(const KeyMaterial&) = delete;
  KeyMaterial& operator=(const KeyMaterial&) = delete;
  ~KeyMaterial();

  Algorithm algorithm() const { return algorithm_; }
  const std::string& id() const { return id_; }
  bool verifies(std::string_view text, std::string_view signature) const;

 private:
  KeyMaterial(Algorithm algorithm, PublicKey key, std::string id);
  bool verifies_hmac(std::string_view text, std::string_view signature) const;
  bool verifies_public(std::string_view text, std::string_view signature) const;

  const Algorithm algorithm_;
  const std::string id_;
  std::string secret_;
  PublicKey key_;
};

/// Public keys from the numbers of a JSON Web Key, big-endian; null if they are none.
PublicKey rsa_key(std::string_view modulus, std::string_view exponent);
PublicKey p256_key(std::string_view x, std::string_view y);
/// The public key of a PEM text; null if it holds none.
PublicKey pem_key(std::string_view pem);

}  // namespace freshet::auth
