// SPDX-License-Identifier: MIT
#include "freshet/service/auth/keys.hpp"

#include <string>

#include <gtest/gtest.h>

#include "freshet/codec/json.hpp"
#include "freshet/service/auth/base64url.hpp"
#include "freshet/service/testing/token_signer.hpp"

namespace freshet::auth {
namespace {

using testing::jwks;
using testing::Signer;

// The examples of RFC 7515, appendices A.1 to A.3: the claims are the same, the keys and signatures are not.
constexpr const char* kClaims =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
struct Example {
  const char* header;
  const char* jwk;
  const char* signature;
};
constexpr Example kHmac = {
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9",
    R"({"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"})",
    "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"};
constexpr Example kRsa = {
    "eyJhbGciOiJSUzI1NiJ9",
    R"({"kty":"RSA","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPME)"
    R"(zP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e)"
    R"(-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2eth)"
    R"(FkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"})",
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1d"
    "nZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwu"
    "sC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77R"
    "w"};
constexpr Example kElliptic = {
    "eyJhbGciOiJFUzI1NiJ9",
    R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
    R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})",
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"};

Value json(std::string_view text) { return *from_json<Value>(text); }

TEST(Keys, verify_the_examples_of_rfc_7515) {
  for (const Example& example : {kHmac, kRsa, kElliptic}) {
    const auto key = Key::from_jwk(json(example.jwk));
    ASSERT_TRUE(key.has_value()) << to_string(key.error());
    const std::string text = std::string(example.header) + "." + kClaims;
    const std::string signature = *base64url_decode(example.signature);
    EXPECT_TRUE(key->verifies(text, signature)) << example.header;
    EXPECT_FALSE(key->verifies(text + "x", signature));
    EXPECT_FALSE(key->verifies(text, signature + "x"));
    EXPECT_FALSE(key->verifies(text, signature.substr(1)));
    EXPECT_FALSE(key->verifies(text, ""));
    for (std::size_t at = 0; at < signature.size(); at += 7) {
      std::string changed = signature;
      changed[at] = static_cast<char>(changed[at] ^ 1);
      EXPECT_FALSE(key->verifies(text, changed)) << at;
    }
  }
}

TEST(Keys, verify_what_a_fresh_pair_signs_whatever_form_the_key_is_in) {
  for (const auto& signer : {Signer::rsa("r"), Signer::p256("e")}) {
    const std::string signature = signer.signature("a text");
    const auto from_pem = Key::from_pem(signer.pem(), "p");
    const auto from_jwk = Key::from_jwk(signer.jwk());
    ASSERT_TRUE(from_pem.has_value() && from_jwk.has_value());
    EXPECT_TRUE(from_pem->verifies("a text", signature));
    EXPECT_TRUE(from_jwk->verifies("a text", signature));
    EXPECT_FALSE(from_jwk->verifies("another", signature));
    EXPECT_EQ(from_pem->id(), "p");
    EXPECT_EQ(from_jwk->id(), signer.id());
  }
}

TEST(Keys, of_an_elliptic_signature_zeros_and_wrong_sizes_are_refused) {
  const auto key = Key::from_pem(Signer::p256("e").pem());
  ASSERT_TRUE(key.has_value());
  EXPECT_FALSE(key->verifies("a", std::string(64, '\0')));
  EXPECT_FALSE(key->verifies("a", std::string(64, '\xff')));
  EXPECT_FALSE(key->verifies("a", std::string(63, 'x')));
  EXPECT_FALSE(key->verifies("a", std::string(72, 'x')));
}

TEST(Keys, refuse_what_is_too_weak_or_of_another_kind) {
  EXPECT_FALSE(Key::from_secret(std::string(31, 'x')).has_value());
  EXPECT_TRUE(Key::from_secret(std::string(32, 'x')).has_value());
  EXPECT_FALSE(Key::from_pem(Signer::rsa("r", 1024).pem()).has_value());
  EXPECT_FALSE(Key::from_pem(Signer::p384("e").pem()).has_value());
  EXPECT_FALSE(Key::from_pem("-----BEGIN PUBLIC KEY-----\nnonsense\n-----END PUBLIC KEY-----\n").has_value());
  EXPECT_FALSE(Key::from_pem("").has_value());
  for (const char* text : {"{}", "[]", R"({"kty":"RSA"})", R"({"kty":"RSA","n":"AQAB","e":"AQAB"})",
                           R"({"kty":"EC","crv":"P-256","x":"AQ","y":"AQ"})", R"({"kty":"EC","crv":"P-384"})",
                           R"({"kty":"OKP","crv":"Ed25519"})", R"({"kty":"oct","k":"c2hvcnQ"})"}) {
    EXPECT_FALSE(Key::from_jwk(json(text)).has_value()) << text;
  }
  // A point that is not on the curve.
  Value off = Signer::p256("e").jwk();
  off["y"] = base64url_encode(std::string(32, '\1'));
  EXPECT_FALSE(Key::from_jwk(off).has_value());
}

TEST(KeySet, takes_what_concerns_us_and_passes_over_the_rest) {
  Value for_encryption = Signer::rsa("enc").jwk();
  for_encryption["use"] = "enc";
  Value other_algorithm = Signer::rsa("ps").jwk();
  other_algorithm["alg"] = "PS256";
  Value unknown;
  unknown["kty"] = "OKP";
  const auto keys =
      parse_jwks(jwks({for_encryption, other_algorithm, unknown, Signer::rsa("r").jwk(), Signer::p256("e").jwk()}));
  ASSERT_TRUE(keys.has_value()) << to_string(keys.error());
  ASSERT_EQ(keys->size(), 2u);
  EXPECT_EQ((*keys)[0].id(), "r");
  EXPECT_EQ((*keys)[1].id(), "e");
}

TEST(KeySet, says_what_is_wrong_and_quotes_nothing) {
  EXPECT_EQ(to_string(parse_jwks("do not print this").error()), "the key set is not JSON");
  EXPECT_FALSE(parse_jwks("{}").has_value());
  EXPECT_FALSE(parse_jwks(R"({"keys":[]})").has_value());
  EXPECT_FALSE(parse_jwks(R"({"keys":{}})").has_value());
  Value broken = Signer::p256("e").jwk();
  broken["x"] = "do-not-print-this";
  const auto keys = parse_jwks(jwks({Signer::p256("fine").jwk(), broken}));
  ASSERT_FALSE(keys.has_value());
  EXPECT_EQ(keys.error().path, "$.keys[1]");
  EXPECT_EQ(to_string(keys.error()).find("do-not-print"), std::string::npos);
  EXPECT_FALSE(parse_jwks(jwks(Value::List(101, Signer::p256("e").jwk()))).has_value());
}

}  // namespace
}  // namespace freshet::auth
