// SPDX-License-Identifier: MIT
#include "freshet/service/internal/key_material.hpp"

#include <array>
#include <cstring>
#include <utility>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

namespace freshet::auth {
namespace {

constexpr std::size_t kHmacBytes = 32;
constexpr std::size_t kP256Bytes = 32;
constexpr int kRsaBitsMin = 2048;
constexpr int kRsaBitsMax = 16384;
constexpr char kUncompressedPoint = 4;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

BigNumber number_of(std::string_view bytes) {
  return BigNumber(BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr));
}

PublicKey key_from(const char* type, OSSL_PARAM_BLD* builder) {
  const Params params(OSSL_PARAM_BLD_to_param(builder));
  const PublicKeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  const bool made = params && context && EVP_PKEY_fromdata_init(context.get()) == 1 &&
                    EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) == 1;
  PublicKey owned(key);
  // What OpenSSL notes of a failure would otherwise wait for somebody else's call.
  if (!made) ERR_clear_error();
  return made ? std::move(owned) : nullptr;
}

// A signature of two numbers of 32 bytes each, as JWS has it, in the DER that OpenSSL reads; empty if it is none.
std::string der_of(std::string_view signature) {
  if (signature.size() != 2 * kP256Bytes) return {};
  BigNumber r = number_of(signature.substr(0, kP256Bytes));
  BigNumber s = number_of(signature.substr(kP256Bytes));
  const EcdsaSignature pair(ECDSA_SIG_new());
  if (!r || !s || !pair || ECDSA_SIG_set0(pair.get(), r.get(), s.get()) != 1) return {};
  static_cast<void>(r.release()), static_cast<void>(s.release());  // the pair's now
  unsigned char* bytes = nullptr;
  const int size = i2d_ECDSA_SIG(pair.get(), &bytes);
  if (size <= 0) return {};
  std::string der(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return der;
}

bool is_p256(EVP_PKEY* key) {
  std::array<char, 64> group{};
  std::size_t size = 0;
  return EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group.data(), group.size(), &size) == 1 &&
         std::string_view(group.data(), size) == "prime256v1";
}

}  // namespace

PublicKey rsa_key(std::string_view modulus, std::string_view exponent) {
  if (modulus.size() > kRsaBitsMax / 8 || exponent.empty() || exponent.size() > 8) return nullptr;
  const BigNumber n = number_of(modulus);
  const BigNumber e = number_of(exponent);
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  if (!n || !e || !builder || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
    return nullptr;
  }
  return key_from("RSA", builder.get());
}

PublicKey p256_key(std::string_view x, std::string_view y) {
  if (x.size() != kP256Bytes || y.size() != kP256Bytes) return nullptr;
  const std::string point = std::string(1, kUncompressedPoint).append(x).append(y);
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  if (!builder || OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1) {
    return nullptr;
  }
  return key_from("EC", builder.get());
}

PublicKey pem_key(std::string_view pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  PublicKey key(bio ? PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr) : nullptr);
  if (!key) ERR_clear_error();
  return key;
}

KeyMaterial::KeyMaterial(std::string secret, std::string id)
    : algorithm_(Algorithm::hs256), id_(std::move(id)), secret_(std::move(secret)) {}

KeyMaterial::KeyMaterial(Algorithm algorithm, PublicKey key, std::string id)
    : algorithm_(algorithm), id_(std::move(id)), key_(std::move(key)) {}

KeyMaterial::~KeyMaterial() { OPENSSL_cleanse(secret_.data(), secret_.size()); }

Result<std::shared_ptr<const KeyMaterial>> KeyMaterial::of(PublicKey key, std::string id) {
  if (!key) return fail(ErrorCode::invalid_argument, "this is not a public key");
  if (EVP_PKEY_is_a(key.get(), "RSA") == 1) {
    const int bits = EVP_PKEY_get_bits(key.get());
    if (bits < kRsaBitsMin || bits > kRsaBitsMax) {
      return fail(ErrorCode::invalid_argument, "an RSA key has 2048 to 16384 bits", std::to_string(bits) + " bits");
    }
    return std::shared_ptr<const KeyMaterial>(new KeyMaterial(Algorithm::rs256, std::move(key), std::move(id)));
  }
  if (EVP_PKEY_is_a(key.get(), "EC") == 1 && is_p256(key.get())) {
    return std::shared_ptr<const KeyMaterial>(new KeyMaterial(Algorithm::es256, std::move(key), std::move(id)));
  }
  return fail(ErrorCode::invalid_argument, "a public key is RSA, or elliptic on the curve P-256");
}

bool KeyMaterial::verifies(std::string_view text, std::string_view signature) const {
  return algorithm_ == Algorithm::hs256 ? verifies_hmac(text, signature) : verifies_public(text, signature);
}

bool KeyMaterial::verifies_hmac(std::string_view text, std::string_view signature) const {
  std::array<unsigned char, EVP_MAX_MD_SIZE> expected{};
  unsigned int size = 0;
  if (HMAC(EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()), bytes_of(text), text.size(), expected.data(),
           &size) == nullptr) {
    return false;
  }
  return size == kHmacBytes && signature.size() == kHmacBytes &&
         CRYPTO_memcmp(expected.data(), signature.data(), kHmacBytes) == 0;
}

bool KeyMaterial::verifies_public(std::string_view text, std::string_view signature) const {
  std::string der;
  if (algorithm_ == Algorithm::es256) {
    der = der_of(signature);
    if (der.empty()) return false;
    signature = der;
  }
  const Digest digest(EVP_MD_CTX_new());
  const bool verified =
      digest && EVP_DigestVerifyInit(digest.get(), nullptr, EVP_sha256(), nullptr, key_.get()) == 1 &&
      EVP_DigestVerify(digest.get(), bytes_of(signature), signature.size(), bytes_of(text), text.size()) == 1;
  if (!verified) ERR_clear_error();
  return verified;
}

}  // namespace freshet::auth
