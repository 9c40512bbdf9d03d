// SPDX-License-Identifier: MIT
#include "freshet/service/testing/token_signer.hpp"

#include <stdexcept>
#include <utility>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "freshet/codec/json.hpp"
#include "freshet/service/auth/base64url.hpp"

namespace freshet::auth::testing {
namespace {

constexpr std::size_t kP256Bytes = 32;

std::string text_of(const BIGNUM* number, std::size_t size) {
  std::string bytes(size, '\0');
  if (BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(size)) < 0) {
    throw std::runtime_error("the number is too long");
  }
  return bytes;
}

std::string number(EVP_PKEY* key, const char* name, std::size_t size = 0) {
  BIGNUM* raw = nullptr;
  if (EVP_PKEY_get_bn_param(key, name, &raw) != 1) throw std::runtime_error(std::string("no ") + name);
  const BigNumber owned(raw);
  return base64url_encode(text_of(raw, size == 0 ? static_cast<std::size_t>(BN_num_bytes(raw)) : size));
}

}  // namespace

Signer::Signer(PublicKey key, Algorithm algorithm, std::string id)
    : key_(std::move(key)), algorithm_(algorithm), id_(std::move(id)) {
  if (!key_) throw std::runtime_error("no key could be made");
}

Signer Signer::rsa(std::string id, int bits) {
  return {PublicKey(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<std::size_t>(bits))), Algorithm::rs256,
          std::move(id)};
}
Signer Signer::p256(std::string id) {
  return {PublicKey(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")), Algorithm::es256, std::move(id)};
}
Signer Signer::p384(std::string id) {
  return {PublicKey(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-384")), Algorithm::es256, std::move(id)};
}

std::string Signer::pem() const {
  const Bio bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PUBKEY(bio.get(), key_.get());
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

Value Signer::jwk() const {
  Value jwk;
  jwk["kid"] = id_;
  jwk["use"] = "sig";
  jwk["alg"] = to_string(algorithm_);
  if (algorithm_ == Algorithm::rs256) {
    jwk["kty"] = "RSA";
    jwk["n"] = number(key_.get(), OSSL_PKEY_PARAM_RSA_N);
    jwk["e"] = number(key_.get(), OSSL_PKEY_PARAM_RSA_E);
  } else {
    jwk["kty"] = "EC";
    jwk["crv"] = "P-256";
    jwk["x"] = number(key_.get(), OSSL_PKEY_PARAM_EC_PUB_X, kP256Bytes);
    jwk["y"] = number(key_.get(), OSSL_PKEY_PARAM_EC_PUB_Y, kP256Bytes);
  }
  return jwk;
}

std::string Signer::signature(std::string_view text) const {
  const Digest digest(EVP_MD_CTX_new());
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t size = 0;
  EVP_DigestSignInit(digest.get(), nullptr, EVP_sha256(), nullptr, key_.get());
  EVP_DigestSign(digest.get(), nullptr, &size, bytes, text.size());
  std::string signature(size, '\0');
  auto* out = reinterpret_cast<unsigned char*>(signature.data());
  if (EVP_DigestSign(digest.get(), out, &size, bytes, text.size()) != 1) throw std::runtime_error("cannot sign");
  signature.resize(size);
  if (algorithm_ == Algorithm::rs256) return signature;
  const auto* der = reinterpret_cast<const unsigned char*>(signature.data());
  const EcdsaSignature pair(d2i_ECDSA_SIG(nullptr, &der, static_cast<long>(signature.size())));
  return text_of(ECDSA_SIG_get0_r(pair.get()), kP256Bytes) + text_of(ECDSA_SIG_get0_s(pair.get()), kP256Bytes);
}

std::string Signer::sign(const Value& claims) const {
  Value header;
  header["alg"] = to_string(algorithm_);
  header["typ"] = "JWT";
  header["kid"] = id_;
  const std::string text = base64url_encode(*to_json(header)) + "." + base64url_encode(*to_json(claims));
  return text + "." + base64url_encode(signature(text));
}

std::string jwks(const Value::List& keys) {
  Value set;
  set["keys"] = keys;
  return *to_json(set);
}

std::string compact(std::string_view header, std::string_view claims, std::string_view signature) {
  return base64url_encode(header) + "." + base64url_encode(claims) + "." + base64url_encode(signature);
}

}  // namespace freshet::auth::testing
