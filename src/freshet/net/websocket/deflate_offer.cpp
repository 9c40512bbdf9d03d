// SPDX-License-Identifier: MIT
#include "freshet/net/websocket/deflate_offer.hpp"

#include <algorithm>
#include <set>

#include "freshet/net/internal/ascii.hpp"

namespace freshet::net {
namespace {

constexpr std::string_view kName = "permessage-deflate";
constexpr std::string_view kServerNoContext = "server_no_context_takeover";
constexpr std::string_view kClientNoContext = "client_no_context_takeover";
constexpr std::string_view kServerWindow = "server_max_window_bits";
constexpr std::string_view kClientWindow = "client_max_window_bits";
constexpr int kNegotiableBitsMin = 8;

/// Reads the grammar of a field from left to right.
class FieldReader {
 public:
  explicit FieldReader(std::string_view text) : rest_(text) {}

  void skip_space() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t"), rest_.size())); }
  bool take(char c) {
    skip_space();
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool at_end() {
    skip_space();
    return rest_.empty();
  }
  // Empty where none stands here.
  std::string_view token() {
    skip_space();
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_token_char);
    const std::string_view token = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
    rest_.remove_prefix(token.size());
    return token;
  }
  // A token, quoted or not; nothing where none stands here.
  std::optional<std::string> value() {
    if (!take('"')) {
      const std::string_view plain = token();
      return plain.empty() ? std::nullopt : std::optional(std::string(plain));
    }
    std::string text;
    while (!rest_.empty() && rest_.front() != '"') {
      if (rest_.front() == '\\') rest_.remove_prefix(1);
      if (rest_.empty()) return std::nullopt;
      text += rest_.front();
      rest_.remove_prefix(1);
    }
    if (rest_.empty() || !is_token(text)) return std::nullopt;
    rest_.remove_prefix(1);
    return text;
  }

 private:
  std::string_view rest_;
};

bool read_params(FieldReader& reader, Extension& extension) {
  while (reader.take(';')) {
    const std::string_view name = reader.token();
    if (name.empty()) return false;
    std::optional<std::string> value;
    if (reader.take('=')) {
      value = reader.value();
      if (!value) return false;
    }
    extension.params.emplace_back(name, std::move(value));
  }
  return true;
}

// A number from 8 to 15 in its plain form; 0 for anything else.
int window_bits_of(std::string_view text) {
  int bits = 0;
  if (text.size() == 1 && is_digit(text[0])) bits = text[0] - '0';
  if (text.size() == 2 && text[0] == '1' && is_digit(text[1])) bits = 10 + (text[1] - '0');
  return bits >= kNegotiableBitsMin && bits <= kWindowBitsMax ? bits : 0;
}

std::optional<DeflateAgreement> accept_offer(const Extension& offer) {
  DeflateAgreement agreement;
  std::set<std::string_view> seen;
  for (const auto& [name, value] : offer.params) {
    if (!seen.insert(name).second) return std::nullopt;
    if (name == kServerNoContext || name == kClientNoContext) {
      if (value) return std::nullopt;
    } else if (name == kClientWindow) {
      // A client that limits itself needs no answer; one that says it could is not asked to.
      if (value && window_bits_of(*value) == 0) return std::nullopt;
    } else if (name == kServerWindow) {
      agreement.window_bits = value ? window_bits_of(*value) : 0;
      agreement.names_window_bits = true;
      if (agreement.window_bits < kWindowBitsMin) return std::nullopt;
    } else {
      return std::nullopt;
    }
  }
  return agreement;
}

}  // namespace

std::optional<std::vector<Extension>> parse_extensions(std::string_view value) {
  std::vector<Extension> extensions;
  FieldReader reader(value);
  while (!reader.at_end()) {
    if (reader.take(',')) continue;  // empty elements are allowed
    Extension extension{std::string(reader.token()), {}};
    if (extension.name.empty() || !read_params(reader, extension)) return std::nullopt;
    extensions.push_back(std::move(extension));
    if (!reader.at_end() && !reader.take(',')) return std::nullopt;
  }
  return extensions;
}

std::string DeflateAgreement::response() const {
  std::string text(kName);
  text.append("; ").append(kServerNoContext).append("; ").append(kClientNoContext);
  if (names_window_bits) text.append("; ").append(kServerWindow).append("=").append(std::to_string(window_bits));
  return text;
}

std::optional<DeflateAgreement> accept_deflate(const std::vector<Extension>& offers) {
  for (const Extension& offer : offers) {
    if (!equal_ignoring_case(offer.name, kName)) continue;
    if (auto agreement = accept_offer(offer)) return agreement;
  }
  return std::nullopt;
}

}  // namespace freshet::net
