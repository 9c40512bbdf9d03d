// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "freshet/base/limits.hpp"
#include "freshet/base/result.hpp"

namespace freshet::codec {

/// An event as a reader of the stream gets it.
struct SseEvent {
  std::string type = "message";
  std::string data = {};
  std::string last_event_id = {};

  friend bool operator==(const SseEvent&, const SseEvent&) = default;
};

struct SseParserOptions {
  /// Bytes that one event may make the parser hold.
  Bytes event_bytes_max = mib(16);
};

/// Takes a server-sent event stream apart, in pieces of any size: how the bytes are cut makes no difference.
///
/// Follows WHATWG HTML to the letter: one byte-order mark at the beginning, three kinds of line ends, invalid UTF-8 as
/// U+FFFD, an id with NUL ignored, `retry` of digits only, an event without data dropped though its id counts, and an
/// event that the stream ends in the middle of dropped whole.
///
/// Lifetime: one parser reads the connections of one client one after another, see restart().
/// Source: WHATWG HTML, section 9.2.6 (interpreting an event stream)
/// Example: sse_parser.test.cpp [parser]
class SseParser {
 public:
  using OnEvent = std::function<void(SseEvent)>;

  explicit SseParser(SseParserOptions options = {}) : options_(options) {}

  /// Takes the next bytes and calls `on_event` for each event they complete.
  ///
  /// Errors: too_large, when one event exceeds its bytes; then and from then on nothing more is parsed until restart().
  /// Requires: `on_event` does not call the parser.
  Result<void> feed(std::string_view bytes, const OnEvent& on_event);

  /// Forgets the unfinished event, for the stream of the next connection. The last event id and the delay remain.
  void restart();

  /// What to send as Last-Event-ID when connecting again; empty for none.
  const std::string& last_event_id() const { return last_event_id_; }

  /// How long to wait before connecting again, if the server has said so; at most a day.
  std::optional<std::chrono::milliseconds> retry() const { return retry_; }

 private:
  void take_line(std::string_view line, const OnEvent& on_event);
  void take_field(std::string_view name, std::string_view value);
  void dispatch(const OnEvent& on_event);
  bool is_too_large(std::size_t more) const;

  SseParserOptions options_;
  std::string line_;  // the line that the bytes so far have not ended
  bool after_cr_ = false;
  bool at_beginning_ = true;
  bool failed_ = false;

  std::string type_;
  std::string data_;
  std::string id_;  // as the lines so far set it; counts from the next empty line on
  std::string last_event_id_;
  std::optional<std::chrono::milliseconds> retry_;
};

}  // namespace freshet::codec
