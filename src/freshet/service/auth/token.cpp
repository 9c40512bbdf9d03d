// SPDX-License-Identifier: MIT
#include "freshet/service/auth/token.hpp"

#include <array>
#include <utility>

#include "freshet/codec/json.hpp"
#include "freshet/service/auth/base64url.hpp"

namespace freshet::auth {
namespace {

constexpr std::array<std::string_view, 3> kNames = {"HS256", "RS256", "ES256"};
constexpr std::size_t kDepthMax = 16;

tl::unexpected<TokenError> refuse(TokenFault fault, std::string text) {
  return tl::unexpected(TokenError{fault, std::move(text)});
}

// The error of the JSON reader would quote the token, so it is not passed on.
std::optional<Value> object_of(std::string_view part) {
  const auto json = base64url_decode(part);
  if (!json) return std::nullopt;
  auto value = from_json<Value>(*json, {.limits = {.depth_max = kDepthMax}});
  if (!value || value->if_object() == nullptr) return std::nullopt;
  return *std::move(value);
}

const std::string* text_of(const Value& object, std::string_view name) {
  const Value* value = object.find(name);
  return value == nullptr ? nullptr : value->if_string();
}

bool is_token_type(std::string_view type) {
  return type == "JWT" || type == "jwt" || type == "at+jwt" || type == "application/at+jwt";
}

tl::expected<Token, TokenError> token_of(const Value& header) {
  for (const std::string_view name : {"crit", "enc", "zip"}) {
    if (header.find(name) != nullptr) {
      return refuse(TokenFault::malformed, "the header has " + std::string(name) + ", which is not supported");
    }
  }
  if (header.find("typ") != nullptr) {
    const std::string* type = text_of(header, "typ");
    if (type == nullptr || !is_token_type(*type)) return refuse(TokenFault::malformed, "typ is not JWT");
  }
  Token token;
  if (header.find("kid") != nullptr) {
    const std::string* id = text_of(header, "kid");
    if (id == nullptr) return refuse(TokenFault::malformed, "kid is not a string");
    token.key_id = *id;
  }
  const std::string* name = text_of(header, "alg");
  const auto algorithm = name == nullptr ? std::nullopt : algorithm_of(*name);
  if (!algorithm) return refuse(TokenFault::algorithm, "the algorithm is not one of HS256, RS256 and ES256");
  token.algorithm = *algorithm;
  return token;
}

}  // namespace

std::string_view to_string(Algorithm algorithm) { return kNames[static_cast<std::size_t>(algorithm)]; }

std::optional<Algorithm> algorithm_of(std::string_view name) {
  for (std::size_t at = 0; at < kNames.size(); ++at) {
    if (kNames[at] == name) return static_cast<Algorithm>(at);
  }
  return std::nullopt;
}

tl::expected<Token, TokenError> parse_token(std::string_view text, Bytes bytes_max) {
  if (text.size() > bytes_max) return refuse(TokenFault::malformed, "the token is too long");
  const std::size_t first = text.find('.');
  const std::size_t second = first == std::string_view::npos ? first : text.find('.', first + 1);
  if (second == std::string_view::npos || text.find('.', second + 1) != std::string_view::npos) {
    return refuse(TokenFault::malformed, "the token does not have three parts");
  }
  const auto header = object_of(text.substr(0, first));
  if (!header) return refuse(TokenFault::malformed, "the header is not a JSON object in base64url");
  auto token = token_of(*header);
  if (!token) return token;
  auto claims = object_of(text.substr(first + 1, second - first - 1));
  if (!claims) return refuse(TokenFault::malformed, "the claims are not a JSON object in base64url");
  auto signature = base64url_decode(text.substr(second + 1));
  if (!signature || signature->empty()) return refuse(TokenFault::malformed, "the signature is not base64url");
  token->claims = *std::move(claims);
  token->signature = *std::move(signature);
  token->signed_part = text.substr(0, second);
  return token;
}

}  // namespace freshet::auth
