// SPDX-License-Identifier: MIT
#include "freshet/net/testing/websocket_properties.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "freshet/base/assert.hpp"
#include "freshet/codec/utf8.hpp"
#include "freshet/net/websocket/deflate.hpp"
#include "freshet/net/websocket/deflate_offer.hpp"
#include "freshet/net/websocket/testing/frames.hpp"
#include "freshet/net/websocket/testing/transcript.hpp"

namespace freshet::net::testing {
namespace {

constexpr MessageLimits kLimits{.message_bytes_max = 300, .message_frames_max = 6};
constexpr std::size_t kInflatedBytesMax = 4096;

std::string_view after_colon(std::string_view line) { return line.substr(line.find(':') + 1); }

bool is_end(std::string_view line) { return line.starts_with("fail:") || line.starts_with("close:"); }

void check_lines(const std::vector<std::string>& lines) {
  for (std::size_t at = 0; at < lines.size(); ++at) {
    const std::string_view payload = after_colon(lines[at]);
    if (is_end(lines[at])) {
      FRESHET_ASSERT(at + 1 == lines.size());
    } else if (lines[at].starts_with("text:") || lines[at].starts_with("binary:")) {
      FRESHET_ASSERT(payload.size() <= kLimits.message_bytes_max);
      FRESHET_ASSERT(!lines[at].starts_with("text:") || codec::is_utf8(payload));
    } else {
      FRESHET_ASSERT(payload.size() <= kControlPayloadBytesMax);
    }
  }
}

// The line as a frame of the other end; nothing for what ends.
std::optional<std::string> framed_again(std::string_view line, const std::optional<MaskKey>& mask) {
  if (is_end(line)) return std::nullopt;
  const Opcode opcode = line.starts_with("text:")     ? Opcode::text
                        : line.starts_with("binary:") ? Opcode::binary
                        : line.starts_with("ping:")   ? Opcode::ping
                                                      : Opcode::pong;
  std::string bytes;
  append_frame(bytes, {.opcode = opcode}, after_colon(line), mask);
  return bytes;
}

void check_as(WebSocketRole role, std::string_view bytes) {
  for (const bool deflate : {false, true}) {
    const ParseOptions options{.role = role, .limits = kLimits, .deflate = deflate};
    std::vector<std::string> lines = parse_in_all_ways(bytes, options);
    check_lines(lines);
    std::string again;
    while (!lines.empty() && is_end(lines.back())) lines.pop_back();
    for (const std::string& line : lines) {
      again += *framed_again(line, role == WebSocketRole::server ? std::optional(kMask) : std::nullopt);
    }
    FRESHET_ASSERT(parse_in_portions(again, {again.size() + 1}, options) == lines);
  }
}

void check_offer(std::string_view bytes) {
  const auto offers = parse_extensions(bytes);
  if (!offers) return;
  for (const Extension& offer : *offers) FRESHET_ASSERT(!offer.name.empty());
  const auto agreement = accept_deflate(*offers);
  if (!agreement) return;
  FRESHET_ASSERT(agreement->window_bits >= kWindowBitsMin && agreement->window_bits <= kWindowBitsMax);
  const auto response = parse_extensions(agreement->response());
  FRESHET_ASSERT(response.has_value() && response->size() == 1);
  const auto again = accept_deflate(*response);
  FRESHET_ASSERT(again.has_value() && again->window_bits == agreement->window_bits);
}

}  // namespace

void check_websocket_frames(std::string_view bytes) {
  check_as(WebSocketRole::server, bytes);
  check_as(WebSocketRole::client, bytes);
}

void check_websocket_deflate(std::string_view bytes) {
  Inflater inflater;
  const auto once = inflater.inflate(bytes, kInflatedBytesMax);
  const auto twice = inflater.inflate(bytes, kInflatedBytesMax);
  FRESHET_ASSERT(once.has_value() == twice.has_value());
  if (once) {
    FRESHET_ASSERT(once->size() <= kInflatedBytesMax && *once == *twice);
  } else {
    FRESHET_ASSERT(once.error().code == twice.error().code);
  }
  const int window_bits = bytes.empty() ? kWindowBitsMax : kWindowBitsMin + static_cast<unsigned char>(bytes[0]) % 7;
  const std::string small = Deflater(window_bits, 6).deflate(bytes);
  const auto back = inflater.inflate(small, bytes.size());
  FRESHET_ASSERT(back.has_value() && *back == bytes);
  FRESHET_ASSERT(bytes.empty() || !inflater.inflate(small, bytes.size() - 1).has_value());
  check_offer(bytes);
}

}  // namespace freshet::net::testing
