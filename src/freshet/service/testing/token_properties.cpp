// SPDX-License-Identifier: MIT
#include "freshet/service/testing/token_properties.hpp"

#include <string>

#include "freshet/base/assert.hpp"
#include "freshet/service/auth/base64url.hpp"
#include "freshet/service/auth/verifier.hpp"

namespace freshet::auth::testing {
namespace {

// Longer texts of the input do not come up in a message by chance.
constexpr std::size_t kQuoteBytes = 16;

void check_says_nothing_of(std::string_view message, std::string_view bytes) {
  for (std::size_t at = 0; at + kQuoteBytes <= bytes.size(); ++at) {
    const std::string_view part = bytes.substr(at, kQuoteBytes);
    FRESHET_ASSERT(message.find(part) == std::string_view::npos || part.find(' ') != std::string_view::npos);
  }
}

const Keys& keys() {
  static const Keys known = {*Key::from_secret("a secret that no input of a fuzzer signs with")};
  return known;
}

}  // namespace

void check_token_properties(std::string_view bytes) {
  if (const auto decoded = base64url_decode(bytes)) FRESHET_ASSERT(base64url_encode(*decoded) == bytes);
  const auto token = parse_token(bytes);
  if (token) {
    FRESHET_ASSERT(token->claims.if_object() != nullptr);
    FRESHET_ASSERT(bytes.starts_with(token->signed_part));
    FRESHET_ASSERT(bytes.substr(token->signed_part.size() + 1) == base64url_encode(token->signature));
  } else {
    check_says_nothing_of(token.error().text, bytes);
  }
  const auto caller = verify_token(bytes, keys(), {}, Timestamp(std::chrono::seconds(1'000'000'000)));
  FRESHET_ASSERT(!caller.has_value());
  check_says_nothing_of(caller.error().text, bytes);
  if (const auto set = parse_jwks(bytes); !set) check_says_nothing_of(to_string(set.error()), bytes);
}

}  // namespace freshet::auth::testing
