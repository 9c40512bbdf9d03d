// SPDX-License-Identifier: MIT
#include "freshet/service/auth/verifier.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "freshet/base/assert.hpp"
#include "freshet/codec/json.hpp"
#include "freshet/codec/json_writer.hpp"
#include "freshet/service/auth/base64url.hpp"

namespace freshet::auth {
namespace {

// 9999-12-31T23:59:59Z, the last second that a Timestamp is written for.
constexpr double kSecondsMax = 253402300799.0;

tl::unexpected<TokenError> refuse(TokenFault fault, std::string text) {
  return tl::unexpected(TokenError{fault, std::move(text)});
}

tl::expected<void, TokenError> check_signature(const Token& token, const Keys& keys) {
  bool found = false;
  for (const Key& key : keys) {
    if (key.algorithm() != token.algorithm) continue;
    if (!token.key_id.empty() && key.id() != token.key_id) continue;
    found = true;
    if (key.verifies(token.signed_part, token.signature)) return {};
  }
  if (found) return refuse(TokenFault::signature, "the signature does not fit");
  return refuse(TokenFault::unknown_key, "it is signed with a key that is not known");
}

// A time claim; nothing where there is none.
tl::expected<std::optional<Timestamp>, TokenError> time_of(const Value& claims, std::string_view name) {
  const Value* value = claims.find(name);
  if (value == nullptr) return std::optional<Timestamp>();
  double seconds = -1;
  if (const auto* integer = value->if_integer()) seconds = static_cast<double>(*integer);
  if (const auto* real = value->if_real()) seconds = *real;
  if (!(seconds >= 0 && seconds <= kSecondsMax)) {
    return refuse(TokenFault::claims, std::string(name) + " is not a number of seconds since 1970");
  }
  return Timestamp(std::chrono::microseconds(static_cast<std::int64_t>(std::floor(seconds * 1e6))));
}

tl::expected<std::optional<Timestamp>, TokenError> check_times(const Value& claims, const TokenChecks& checks,
                                                               Timestamp now) {
  const auto expires = time_of(claims, "exp");
  const auto not_before = time_of(claims, "nbf");
  const auto issued = time_of(claims, "iat");
  for (const auto* time : {&expires, &not_before, &issued}) {
    if (!*time) return tl::unexpected(time->error());
  }
  if (!*expires && checks.require_expiry) return refuse(TokenFault::claims, "exp is missing");
  if (*expires && now >= **expires + checks.leeway) return refuse(TokenFault::expired, "the token has expired");
  if (*not_before && now + checks.leeway < **not_before) {
    return refuse(TokenFault::not_yet_valid, "the token is not valid yet");
  }
  if (*issued && now + checks.leeway < **issued) {
    return refuse(TokenFault::not_yet_valid, "the token was issued in the future");
  }
  if (!*expires) return std::optional<Timestamp>();
  return std::optional<Timestamp>(**expires + checks.leeway);
}

tl::expected<void, TokenError> check_issuer(const Value& claims, const TokenChecks& checks) {
  if (checks.issuer.empty()) return {};
  const Value* issuer = claims.find("iss");
  if (issuer != nullptr && *issuer == Value(checks.issuer)) return {};
  return refuse(TokenFault::issuer, "the token is from another issuer");
}

tl::expected<void, TokenError> check_audience(const Value& claims, const TokenChecks& checks) {
  const Value* audience = claims.find("aud");
  if (audience == nullptr) {
    if (checks.audiences.empty()) return {};
    return refuse(TokenFault::audience, "aud is missing");
  }
  const Value::List single = {*audience};
  const Value::List& named = audience->if_list() != nullptr ? *audience->if_list() : single;
  for (const std::string& ours : checks.audiences) {
    if (std::find(named.begin(), named.end(), Value(ours)) != named.end()) return {};
  }
  return refuse(TokenFault::audience, "the token is for somebody else");
}

}  // namespace

tl::expected<Caller, TokenError> verify_token(std::string_view text, const Keys& keys, const TokenChecks& checks,
                                              Timestamp now) {
  auto token = parse_token(text, checks.token_bytes_max);
  if (!token) return tl::unexpected(std::move(token.error()));
  if (auto signature = check_signature(*token, keys); !signature) return tl::unexpected(std::move(signature.error()));
  Value& claims = token->claims;
  auto expires_at = check_times(claims, checks, now);
  if (!expires_at) return tl::unexpected(std::move(expires_at.error()));
  if (auto issuer = check_issuer(claims, checks); !issuer) return tl::unexpected(std::move(issuer.error()));
  if (auto audience = check_audience(claims, checks); !audience) return tl::unexpected(std::move(audience.error()));
  const Value* user = claims.find(checks.user_claim);
  if (user == nullptr || user->if_string() == nullptr || user->if_string()->empty()) {
    return refuse(TokenFault::claims, checks.user_claim + " does not name a user");
  }
  Caller caller{.user = *user->if_string(), .claims = {}, .expires_at = *expires_at};
  // What two tokens of one login differ in would make two callers of one.
  for (const std::string_view name : {"exp", "nbf", "iat", "jti"}) {
    Value::Object& members = *claims.if_object();
    if (const auto found = members.find(name); found != members.end()) members.erase(found);
  }
  caller.claims = std::move(claims);
  return caller;
}

std::string sign_token(const Value& claims, std::string_view secret, std::string_view key_id) {
  FRESHET_ASSERT(claims.if_object() != nullptr);
  FRESHET_ASSERT(secret.size() >= 32);
  Value header;
  header["alg"] = "HS256";
  header["typ"] = "JWT";
  if (!key_id.empty()) header["kid"] = key_id;
  const auto header_json = to_json(header);
  const auto claims_json = to_json(claims);
  FRESHET_ASSERT(header_json.has_value() && claims_json.has_value() && "claims are finite and UTF-8");
  std::string text = base64url_encode(*header_json) + "." + base64url_encode(*claims_json);
  std::array<unsigned char, EVP_MAX_MD_SIZE> code{};
  unsigned int size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), code.data(), &size);
  return text + "." + base64url_encode({reinterpret_cast<const char*>(code.data()), size});
}

}  // namespace freshet::auth
