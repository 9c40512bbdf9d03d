// SPDX-License-Identifier: MIT
#include "freshet/net/websocket/testing/transcript.hpp"

#include <algorithm>
#include <random>
#include <utility>

#include "freshet/base/assert.hpp"
#include "freshet/net/websocket/deflate.hpp"

namespace freshet::net::testing {
namespace {

constexpr int kRandomSplits = 8;

std::string number_of(CloseCode code) { return std::to_string(static_cast<unsigned>(code)); }

}  // namespace

bool Transcript::on_message(MessageKind kind, std::string_view payload) {
  lines_.push_back((kind == MessageKind::text ? "text:" : "binary:") + std::string(payload));
  return true;
}

bool Transcript::on_ping(std::string_view payload) {
  lines_.push_back("ping:" + std::string(payload));
  return true;
}

bool Transcript::on_pong(std::string_view payload) {
  lines_.push_back("pong:" + std::string(payload));
  return true;
}

void Transcript::on_close(CloseCode code, std::string_view reason) {
  lines_.push_back("close:" + number_of(code) + ":" + std::string(reason));
}

void Transcript::on_violation(const Violation& violation) {
  FRESHET_ASSERT(!violation.reason.empty());
  lines_.push_back("fail:" + number_of(violation.code));
}

std::vector<std::string> parse_in_portions(std::string_view bytes, const std::vector<std::size_t>& sizes,
                                           const ParseOptions& options) {
  MessageParser parser(options.role);
  Inflater inflater;
  Transcript transcript;
  for (std::size_t portion = 0; !bytes.empty(); ++portion) {
    const std::size_t size = std::min(bytes.size(), sizes[std::min(portion, sizes.size() - 1)]);
    // A buffer of its own size, so that a sanitizer sees who reads past it; the parser may change it.
    std::string part(bytes.substr(0, size));
    bytes.remove_prefix(size);
    const auto violation = parser.feed(part, options.limits, options.deflate ? &inflater : nullptr, transcript);
    if (violation) transcript.on_violation(*violation);
    FRESHET_ASSERT(parser.held_bytes() <= 2 * options.limits.message_bytes_max + 1024);
  }
  return transcript.lines();
}

std::vector<std::string> parse_in_all_ways(std::string_view bytes, const ParseOptions& options, unsigned seed) {
  auto whole = parse_in_portions(bytes, {std::max<std::size_t>(bytes.size(), 1)}, options);
  FRESHET_ASSERT(parse_in_portions(bytes, {1}, options) == whole);
  std::mt19937 random(seed);
  for (int count = 0; count < kRandomSplits; ++count) {
    std::vector<std::size_t> sizes;
    for (std::size_t left = bytes.size(); left > 0; left -= sizes.back()) sizes.push_back(1 + random() % left);
    if (sizes.empty()) sizes.push_back(1);
    FRESHET_ASSERT(parse_in_portions(bytes, sizes, options) == whole);
  }
  return whole;
}

}  // namespace freshet::net::testing
