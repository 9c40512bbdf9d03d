// SPDX-License-Identifier: MIT
#include "freshet/codec/testing/sse_properties.hpp"

#include <cstddef>
#include <utility>
#include <vector>

#include "freshet/base/assert.hpp"
#include "freshet/codec/sse.hpp"
#include "freshet/codec/sse_parser.hpp"
#include "freshet/codec/utf8.hpp"

namespace freshet::codec::testing {
namespace {

struct Outcome {
  std::vector<SseEvent> events;
  std::string last_event_id;
  std::optional<std::chrono::milliseconds> retry;
  bool ok = true;

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

// Parses in pieces of 1 to `piece_bytes_max` bytes, the sizes taken from the stream itself.
Outcome parse(std::string_view stream, std::size_t piece_bytes_max, SseParserOptions options = {}) {
  SseParser parser(options);
  Outcome outcome;
  while (!stream.empty() && outcome.ok) {
    const std::size_t size = 1 + static_cast<unsigned char>(stream[0]) % piece_bytes_max;
    const std::string_view piece = piece_bytes_max == std::string_view::npos ? stream : stream.substr(0, size);
    outcome.ok = parser.feed(piece, [&](SseEvent event) { outcome.events.push_back(std::move(event)); }).has_value();
    stream.remove_prefix(piece.size());
  }
  outcome.last_event_id = parser.last_event_id();
  outcome.retry = parser.retry();
  return outcome;
}

void check_cuts(std::string_view stream, SseParserOptions options) {
  const Outcome whole = parse(stream, std::string_view::npos, options);
  for (const std::size_t piece_bytes_max : {1, 3, 17}) FRESHET_ASSERT(parse(stream, piece_bytes_max, options) == whole);
  for (const SseEvent& event : whole.events) {
    FRESHET_ASSERT(is_utf8(event.type) && is_utf8(event.data) && is_utf8(event.last_event_id));
  }
}

std::string as_utf8(std::string_view text) {
  std::string out;
  append_as_utf8(out, text);
  return out;
}

std::string without_breakers(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c != '\r' && c != '\n' && c != '\0') out += c;
  }
  return as_utf8(out);
}

std::string with_plain_line_ends(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n' && i > 0 && text[i - 1] == '\r') continue;
    out += text[i] == '\r' ? '\n' : text[i];
  }
  return as_utf8(out);
}

void check_round_trip(std::string_view event, std::string_view id, std::string_view data) {
  std::string stream;
  append_sse_comment(stream, data);
  append_sse_retry(stream, std::chrono::milliseconds(static_cast<int>(data.size())));
  append_sse_event(stream, {.event = event, .id = id}, data);
  append_sse_event(stream, {}, "next");

  const std::string type = without_breakers(event);
  const std::string last_event_id = without_breakers(id);
  const Outcome expected{.events = {{.type = type.empty() ? "message" : type,
                                     .data = with_plain_line_ends(data),
                                     .last_event_id = last_event_id},
                                    {.data = "next", .last_event_id = last_event_id}},
                         .last_event_id = last_event_id,
                         .retry = std::chrono::milliseconds(static_cast<int>(data.size()))};
  FRESHET_ASSERT(parse(stream, std::string_view::npos) == expected);
}

}  // namespace

void check_sse_properties(std::string_view bytes) {
  check_cuts(bytes, {});
  check_cuts(bytes, {.event_bytes_max = 24});
  const std::size_t third = bytes.size() / 3;
  check_round_trip(bytes.substr(0, third), bytes.substr(third, third), bytes.substr(2 * third));
  check_round_trip("", "", bytes);
}

}  // namespace freshet::codec::testing
