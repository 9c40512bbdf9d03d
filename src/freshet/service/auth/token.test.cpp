// SPDX-License-Identifier: MIT
#include "freshet/service/auth/token.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/service/testing/token_properties.hpp"
#include "freshet/service/testing/token_signer.hpp"

namespace freshet::auth {
namespace {

using testing::compact;

constexpr const char* kHeader = R"({"alg":"HS256"})";

TokenFault fault_of(const std::string& text, Bytes bytes_max = kib(8)) {
  const auto token = parse_token(text, bytes_max);
  EXPECT_FALSE(token.has_value()) << text;
  return token ? TokenFault::claims : token.error().fault;
}

TEST(Token, is_taken_apart) {
  const std::string text = compact(R"({"typ":"JWT","alg":"ES256","kid":"k1"})", R"({"sub":"joe","n":[1]})", "sig");
  const auto token = parse_token(text);
  ASSERT_TRUE(token.has_value()) << token.error().text;
  EXPECT_EQ(token->algorithm, Algorithm::es256);
  EXPECT_EQ(token->key_id, "k1");
  EXPECT_EQ(token->signature, "sig");
  EXPECT_EQ(*token->claims.find("sub"), Value("joe"));
  EXPECT_EQ(std::string(token->signed_part) + ".c2ln", text);
}

TEST(Token, has_three_parts_of_base64url) {
  const std::string text = compact(kHeader, "{}", "sig");
  EXPECT_EQ(fault_of(""), TokenFault::malformed);
  EXPECT_EQ(fault_of("a"), TokenFault::malformed);
  EXPECT_EQ(fault_of("a.b"), TokenFault::malformed);
  EXPECT_EQ(fault_of(text + ".x"), TokenFault::malformed);
  EXPECT_EQ(fault_of(text + "="), TokenFault::malformed);
  EXPECT_EQ(fault_of(" " + text), TokenFault::malformed);
  EXPECT_EQ(fault_of(compact(kHeader, "{}", "")), TokenFault::malformed);
}

TEST(Token, has_a_header_and_claims_that_are_objects_without_repeated_names) {
  for (const char* json : {"", "[]", "1", "null", "{", R"({"alg":"HS256"} x)", R"({"alg":"HS256","alg":"HS256"})"}) {
    EXPECT_EQ(fault_of(compact(json, "{}", "sig")), TokenFault::malformed) << json;
  }
  for (const char* json : {"", "[]", "\"x\"", R"({"sub":"a","sub":"b"})", "{\"a\":\"\xff\"}"}) {
    EXPECT_EQ(fault_of(compact(kHeader, json, "sig")), TokenFault::malformed) << json;
  }
  const std::string deep = "{\"a\":" + std::string(30, '[') + std::string(30, ']') + "}";
  EXPECT_EQ(fault_of(compact(kHeader, deep, "sig")), TokenFault::malformed);
}

TEST(Token, is_refused_without_an_algorithm_of_ours) {
  for (const char* name : {R"("none")", R"("None")", R"("NONE")", R"("nOnE")", R"("hs256")", R"("HS384")", R"("RS1")",
                           R"("")", "null", "1", R"(["HS256"])"}) {
    EXPECT_EQ(fault_of(compact(std::string(R"({"alg":)") + name + "}", "{}", "sig")), TokenFault::algorithm) << name;
  }
  EXPECT_EQ(fault_of(compact("{}", "{}", "sig")), TokenFault::algorithm);
}

TEST(Token, is_refused_if_its_header_asks_for_what_is_not_understood) {
  for (const char* header :
       {R"({"alg":"HS256","crit":["b64"],"b64":false})", R"({"alg":"HS256","zip":"DEF"})", R"({"alg":"HS256","enc":1})",
        R"({"alg":"HS256","typ":"secevent+jwt"})", R"({"alg":"HS256","typ":7})", R"({"alg":"HS256","kid":7})"}) {
    EXPECT_EQ(fault_of(compact(header, "{}", "sig")), TokenFault::malformed) << header;
  }
}

TEST(Token, has_a_greatest_length) {
  const std::string text = compact(kHeader, R"({"a":")" + std::string(500, 'x') + "\"}", "sig");
  EXPECT_TRUE(parse_token(text, text.size()).has_value());
  EXPECT_EQ(fault_of(text, text.size() - 1), TokenFault::malformed);
}

TEST(Token, refusals_do_not_quote_it) {
  const std::string secret = "do-not-print-this-anywhere";
  for (const std::string& text : {secret, secret + "." + secret + "." + secret, compact(secret, secret, secret),
                                  compact(R"({"alg":")" + secret + "\"}", "{}", "x")}) {
    const auto token = parse_token(text);
    ASSERT_FALSE(token.has_value());
    EXPECT_EQ(token.error().text.find("print"), std::string::npos);
  }
}

TEST(TokenProperties, hold_for_what_is_kept_and_for_changes_to_it) {
  std::vector<std::string> texts = {"", "a.b.c", compact(kHeader, R"({"sub":"joe","exp":2000000000})", "sig")};
  for (const auto& entry : std::filesystem::directory_iterator(FRESHET_FUZZ_CORPUS "/token")) {
    std::ifstream file(entry.path(), std::ios::binary);
    texts.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  ASSERT_GT(texts.size(), 5u);
  std::minstd_rand random(7);
  for (const std::string& text : texts) {
    testing::check_token_properties(text);
    for (int round = 0; round < 200 && !text.empty(); ++round) {
      std::string changed = text;
      changed[random() % changed.size()] = static_cast<char>(random());
      if (round % 3 == 0) changed.resize(random() % changed.size());
      testing::check_token_properties(changed);
    }
  }
}

}  // namespace
}  // namespace freshet::auth
