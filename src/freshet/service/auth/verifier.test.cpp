// SPDX-License-Identifier: MIT
#include "freshet/service/auth/verifier.hpp"

#include <string>

#include <gtest/gtest.h>

#include "freshet/codec/json.hpp"
#include "freshet/service/auth/base64url.hpp"
#include "freshet/service/testing/token_signer.hpp"

namespace freshet::auth {
namespace {

using std::chrono::seconds;
using testing::compact;
using testing::Signer;

constexpr std::int64_t kNow = 1'700'000'000;
constexpr const char* kSecret = "0123456789abcdef0123456789abcdef";

Timestamp at(std::int64_t second) { return Timestamp(seconds(second)); }

Value claims(std::string_view json) { return *from_json<Value>(json); }

struct Verifying : ::testing::Test {
  tl::expected<Caller, TokenError> verify(const std::string& json) {
    return verify_token(sign_token(claims(json), kSecret), keys, checks, at(kNow));
  }
  TokenFault fault(const std::string& json) {
    const auto caller = verify(json);
    EXPECT_FALSE(caller.has_value()) << json;
    return caller ? TokenFault::malformed : caller.error().fault;
  }
  static std::string expiring(std::int64_t exp, const std::string& more = "") {
    return R"({"sub":"joe","exp":)" + std::to_string(exp) + more + "}";
  }

  Keys keys = {*Key::from_secret(kSecret)};
  TokenChecks checks = {.leeway = seconds(30)};
};

TEST_F(Verifying, gives_the_caller_without_what_changes_from_token_to_token) {
  // [verify]
  const Keys known = {*Key::from_secret("a secret of at least 32 bytes, kept in a file")};
  const std::string token =
      sign_token(claims(R"({"sub": "joe", "roles": ["editor"], "exp": 1700000600, "iat": 1700000000, "jti": "1"})"),
                 "a secret of at least 32 bytes, kept in a file");
  const auto caller = verify_token(token, known, {.leeway = seconds(10)}, at(1'700'000'300));
  // [/verify]
  ASSERT_TRUE(caller.has_value()) << caller.error().text;
  EXPECT_EQ(caller->user, "joe");
  EXPECT_TRUE(caller->is_known());
  EXPECT_TRUE(caller->says("roles", "editor"));
  EXPECT_EQ(caller->claims, claims(R"({"sub":"joe","roles":["editor"]})"));
  EXPECT_EQ(caller->expires_at, at(1'700'000'610));
}

TEST_F(Verifying, makes_one_caller_of_two_tokens_of_one_login) {
  const auto first = verify(expiring(kNow + 10, R"(,"jti":"1","iat":1,"nbf":2)"));
  const auto second = verify(expiring(kNow + 999, R"(,"jti":"2","iat":3)"));
  ASSERT_TRUE(first && second);
  EXPECT_EQ(*first, *second);
  EXPECT_NE(first->expires_at, second->expires_at);
}

TEST_F(Verifying, keeps_to_the_times_with_some_leeway) {
  EXPECT_TRUE(verify(expiring(kNow - 29)).has_value());
  EXPECT_EQ(fault(expiring(kNow - 30)), TokenFault::expired);
  EXPECT_TRUE(verify(expiring(kNow + 9, R"(,"nbf":1700000030)")).has_value());
  EXPECT_EQ(fault(expiring(kNow + 9, R"(,"nbf":1700000031)")), TokenFault::not_yet_valid);
  EXPECT_TRUE(verify(expiring(kNow + 9, R"(,"iat":1700000030)")).has_value());
  EXPECT_EQ(fault(expiring(kNow + 9, R"(,"iat":1700000031.5)")), TokenFault::not_yet_valid);
  EXPECT_EQ(fault(R"({"sub":"joe"})"), TokenFault::claims);
  checks.require_expiry = false;
  const auto caller = verify(R"({"sub":"joe"})");
  ASSERT_TRUE(caller.has_value());
  EXPECT_EQ(caller->expires_at, std::nullopt);
}

TEST_F(Verifying, refuses_times_that_are_none) {
  for (const char* time : {"\"1700000600\"", "null", "-1", "1e300", "18446744073709551615", "true", "[1]"}) {
    EXPECT_EQ(fault(std::string(R"({"sub":"joe","exp":)") + time + "}"), TokenFault::claims) << time;
  }
}

TEST_F(Verifying, checks_issuer_audience_and_user) {
  EXPECT_EQ(fault(expiring(kNow + 9, R"(,"aud":"us")")), TokenFault::audience) << "for somebody, but not for us";
  checks.issuer = "https://issuer.example";
  checks.audiences = {"us", "them"};
  const std::string issued = R"(,"iss":"https://issuer.example")";
  EXPECT_TRUE(verify(expiring(kNow + 9, issued + R"(,"aud":"us")")).has_value());
  EXPECT_TRUE(verify(expiring(kNow + 9, issued + R"(,"aud":["x","them"])")).has_value());
  EXPECT_EQ(fault(expiring(kNow + 9, issued)), TokenFault::audience);
  EXPECT_EQ(fault(expiring(kNow + 9, issued + R"(,"aud":[["us"]])")), TokenFault::audience);
  EXPECT_EQ(fault(expiring(kNow + 9, R"(,"aud":"us")")), TokenFault::issuer);
  EXPECT_EQ(fault(expiring(kNow + 9, R"(,"aud":"us","iss":["https://issuer.example"])")), TokenFault::issuer);
  checks = {.user_claim = "email"};
  EXPECT_EQ(verify(expiring(kNow + 9, R"(,"email":"j@x.org")"))->user, "j@x.org");
  for (const char* user : {"", R"(,"email":"")", R"(,"email":7)"}) {
    EXPECT_EQ(fault(expiring(kNow + 9, user)), TokenFault::claims) << user;
  }
}

TEST_F(Verifying, looks_at_the_signature_before_the_claims) {
  keys = {*Key::from_secret("another secret of 32 bytes, or so")};
  EXPECT_EQ(fault(expiring(kNow - 1000)), TokenFault::signature);
}

TEST_F(Verifying, finds_the_key_by_its_id_and_else_tries_all_of_its_algorithm) {
  const Signer rsa = Signer::rsa("r1");
  const Signer other = Signer::rsa("r2");
  const Signer elliptic = Signer::p256("e1");
  const Value who = claims(expiring(kNow + 9));
  keys = {*Key::from_jwk(rsa.jwk()), *Key::from_jwk(elliptic.jwk())};
  EXPECT_TRUE(verify_token(rsa.sign(who), keys, checks, at(kNow)).has_value());
  EXPECT_TRUE(verify_token(elliptic.sign(who), keys, checks, at(kNow)).has_value());
  EXPECT_EQ(verify_token(other.sign(who), keys, checks, at(kNow)).error().fault, TokenFault::unknown_key);
  const Signer nameless = Signer::rsa("");
  keys.push_back(*Key::from_jwk(nameless.jwk()));
  EXPECT_TRUE(verify_token(nameless.sign(who), keys, checks, at(kNow)).has_value());
}

TEST_F(Verifying, a_public_key_is_never_the_secret_of_an_hmac) {
  const Signer rsa = Signer::rsa("r1");
  keys = {*Key::from_pem(rsa.pem(), "r1")};
  // What the attacker knows is the public key, in any of its forms.
  for (const std::string& secret : {rsa.pem(), *to_json(rsa.jwk()), rsa.pem() + "\n"}) {
    const std::string forged = sign_token(claims(expiring(kNow + 9)), secret, "r1");
    EXPECT_EQ(verify_token(forged, keys, checks, at(kNow)).error().fault, TokenFault::unknown_key);
  }
}

TEST_F(Verifying, a_token_without_a_signature_is_never_taken) {
  const std::string who = expiring(kNow + 9);
  for (const char* header : {R"({"alg":"none"})", R"({"alg":"NONE","typ":"JWT"})", R"({"alg":""})"}) {
    for (const char* signature : {"", "x"}) {
      EXPECT_FALSE(verify_token(compact(header, who, signature), keys, checks, at(kNow)).has_value());
    }
  }
}

TEST_F(Verifying, no_changed_token_is_taken) {
  const std::string token = sign_token(claims(expiring(kNow + 9)), kSecret);
  ASSERT_TRUE(verify_token(token, keys, checks, at(kNow)).has_value());
  for (std::size_t place = 0; place < token.size(); ++place) {
    for (const char other : {'A', 'b', '-', '.', '='}) {
      std::string changed = token;
      if (changed[place] == other) continue;
      changed[place] = other;
      EXPECT_FALSE(verify_token(changed, keys, checks, at(kNow)).has_value()) << place;
    }
  }
}

TEST(CallerTest, says_what_its_claims_say) {
  const Caller caller{.user = "joe",
                      .claims = claims(R"({"role":"admin","scope":"read write","teams":["a","b"],"n":1})")};
  EXPECT_TRUE(caller.says("role", "admin"));
  EXPECT_TRUE(caller.says("scope", "write"));
  EXPECT_FALSE(caller.says("scope", "writ"));
  EXPECT_TRUE(caller.says("teams", "b"));
  EXPECT_FALSE(caller.says("teams", "a b"));
  EXPECT_FALSE(caller.says("n", "1"));
  EXPECT_FALSE(caller.says("nothing", ""));
  EXPECT_FALSE(Caller().says("role", "admin"));
  EXPECT_FALSE(Caller().is_known());
}

}  // namespace
}  // namespace freshet::auth
