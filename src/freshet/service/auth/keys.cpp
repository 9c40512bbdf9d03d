// SPDX-License-Identifier: MIT
#include "freshet/service/auth/keys.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "freshet/codec/json.hpp"
#include "freshet/service/auth/base64url.hpp"
#include "freshet/service/internal/key_material.hpp"

namespace freshet::auth {
namespace {

constexpr std::size_t kSecretBytesMin = 32;

// The text of a member; empty if it is missing or no string.
std::string_view text_of(const Value& object, std::string_view name) {
  const Value* value = object.find(name);
  const std::string* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string_view() : std::string_view(*text);
}

std::string bytes_of(const Value& object, std::string_view name) {
  return base64url_decode(text_of(object, name)).value_or(std::string());
}

bool is_for_verifying(const Value& jwk) {
  if (jwk.find("use") != nullptr && text_of(jwk, "use") != "sig") return false;
  const Value* operations = jwk.find("key_ops");
  if (operations == nullptr) return true;
  const Value::List* list = operations->if_list();
  return list != nullptr && std::find(list->begin(), list->end(), Value("verify")) != list->end();
}

// The algorithm of a key of this type; nothing for types that are none of ours.
std::optional<Algorithm> algorithm_of_type(const Value& jwk) {
  const std::string_view type = text_of(jwk, "kty");
  if (type == "oct") return Algorithm::hs256;
  if (type == "RSA") return Algorithm::rs256;
  if (type == "EC" && text_of(jwk, "crv") == "P-256") return Algorithm::es256;
  return std::nullopt;
}

bool concerns_us(const Value& jwk) {
  const auto algorithm = algorithm_of_type(jwk);
  if (!algorithm || !is_for_verifying(jwk)) return false;
  return jwk.find("alg") == nullptr || text_of(jwk, "alg") == to_string(*algorithm);
}

}  // namespace

Key::Key(std::shared_ptr<const KeyMaterial> material) : material_(std::move(material)) {}

Result<Key> Key::from_secret(std::string_view secret, std::string id) {
  if (secret.size() < kSecretBytesMin) {
    return fail(ErrorCode::invalid_argument, "a secret for HS256 has at least 32 bytes",
                "it has " + std::to_string(secret.size()), "make one: openssl rand -base64 48");
  }
  return Key(std::make_shared<const KeyMaterial>(std::string(secret), std::move(id)));
}

Result<Key> Key::from_pem(std::string_view pem, std::string id) {
  auto material = KeyMaterial::of(pem_key(pem), std::move(id));
  if (!material) return fail(std::move(material.error()));
  return Key(*std::move(material));
}

Result<Key> Key::from_jwk(const Value& jwk) {
  const auto algorithm = algorithm_of_type(jwk);
  if (!algorithm) return fail(ErrorCode::invalid_argument, "kty is not oct, RSA, or EC with the curve P-256");
  if (!concerns_us(jwk)) {
    return fail(ErrorCode::invalid_argument, "the key is not for verifying " + std::string(to_string(*algorithm)),
                "use, key_ops or alg says otherwise");
  }
  std::string id(text_of(jwk, "kid"));
  if (*algorithm == Algorithm::hs256) return from_secret(bytes_of(jwk, "k"), std::move(id));
  auto key = *algorithm == Algorithm::rs256 ? rsa_key(bytes_of(jwk, "n"), bytes_of(jwk, "e"))
                                            : p256_key(bytes_of(jwk, "x"), bytes_of(jwk, "y"));
  auto material = KeyMaterial::of(std::move(key), std::move(id));
  if (!material) return fail(std::move(material.error()));
  return Key(*std::move(material));
}

Algorithm Key::algorithm() const { return material_->algorithm(); }
const std::string& Key::id() const { return material_->id(); }

bool Key::verifies(std::string_view text, std::string_view signature) const {
  return material_->verifies(text, signature);
}

Result<Keys> parse_jwks(std::string_view json) {
  const auto document = from_json<Value>(json, {.limits = {.bytes_max = kJwksBytesMax}});
  // The error would quote the document, which may hold secrets.
  if (!document) return fail(ErrorCode::invalid_argument, "the key set is not JSON");
  const Value* member = document->find("keys");
  const Value::List* list = member == nullptr ? nullptr : member->if_list();
  if (list == nullptr) return fail(ErrorCode::invalid_argument, "a key set is an object with the list `keys`");
  if (list->size() > kKeysMax) return fail(ErrorCode::too_large, "a key set has at most 100 keys");
  Keys keys;
  for (std::size_t at = 0; at < list->size(); ++at) {
    if (!concerns_us((*list)[at])) continue;
    auto key = Key::from_jwk((*list)[at]);
    if (!key) {
      key.error().path = "$.keys[" + std::to_string(at) + "]";
      return fail(std::move(key.error()));
    }
    keys.push_back(*std::move(key));
  }
  if (keys.empty()) return fail(ErrorCode::invalid_argument, "the key set has no key for HS256, RS256 or ES256");
  return keys;
}

}  // namespace freshet::auth
