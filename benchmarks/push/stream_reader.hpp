// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace freshet::bench {

enum class Transport : std::uint8_t { sse, websocket };

/// A message without the framing of its transport. `type` is init, update, close, another word of the server's, or
/// empty where the server has no types.
struct Message {
  std::string_view type;
  std::string_view id;
  std::string_view data;
};

/// Who reads streams; is told in the order of arrival.
class MessageSink {
 public:
  /// The response head came: 200, or 101.
  virtual void on_open() = 0;
  virtual void on_message(const Message& message) = 0;
  virtual void on_ping(std::string_view payload) = 0;

 protected:
  ~MessageSink() = default;
};

/// Takes the answer to one request apart: server-sent events, or messages of a WebSocket, deflated or not. Knows as
/// much of both as the servers of this bench speak: line feeds, one data line, whole messages.
class StreamReader {
 public:
  explicit StreamReader(Transport transport) : transport_(transport) {}

  /// Takes the bytes that came next. Errors: std::runtime_error when the answer is not a stream.
  void receive(std::string_view bytes, MessageSink& sink);
  /// The beginning of a message that has not come to its end.
  std::string_view unfinished() const { return unfinished_; }

 private:
  /// Returns what is left of the bytes.
  std::string_view take(std::string_view bytes, MessageSink& sink);
  std::string_view take_head(std::string_view bytes, MessageSink& sink);
  static std::string_view take_events(std::string_view bytes, MessageSink& sink);
  static std::string_view take_frames(std::string_view bytes, MessageSink& sink);

  Transport transport_;
  bool has_head_ = false;
  /// The beginning of what has not come to its end: empty nearly always.
  std::string unfinished_;
};

/// A client's frame around a text. Masked with zeros, as the rules allow and nobody can tell from bad luck.
std::string text_frame(std::string_view text);
std::string pong_frame(std::string_view payload);
std::string close_frame();

}  // namespace freshet::bench
