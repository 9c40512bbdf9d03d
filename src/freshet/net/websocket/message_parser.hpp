// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "freshet/net/websocket/close_code.hpp"
#include "freshet/net/websocket/frame.hpp"
#include "freshet/net/websocket/utf8_checker.hpp"

namespace freshet::net {

class Inflater;

enum class MessageKind : std::uint8_t { text, binary };

struct MessageLimits {
  /// Bytes of a message, inflated; more is message_too_big.
  std::size_t message_bytes_max = 64 * 1024;
  /// Frames of a message; more is policy_violation.
  std::size_t message_frames_max = 1024;
};

/// Told of what arrived, in its order. What is passed is valid during the call. False ends the parsing: nothing that
/// follows counts.
class MessageSink {
 public:
  /// A text is UTF-8, and inflated if it was compressed.
  virtual bool on_message(MessageKind kind, std::string_view payload) = 0;
  virtual bool on_ping(std::string_view payload) = 0;
  virtual bool on_pong(std::string_view payload) = 0;
  /// The last thing that counts, whatever is returned. `code` is no_status where the peer gave none.
  virtual void on_close(CloseCode code, std::string_view reason) = 0;

 protected:
  ~MessageSink() = default;
};

/// Turns the bytes of a WebSocket into messages: no sockets, no time.
///
/// Strict: masks as the role demands, shortest lengths, no reserved bits but that of a negotiated compression, control
/// frames short and whole between the fragments of messages, text UTF-8 (refused at the first byte that is not).
///
/// Invariants: (1) what is reported does not depend on how the bytes were cut. (2) memory grows with what arrived,
/// never with what a length claims, and to no more than about twice message_bytes_max; between messages nothing is
/// kept but this object. (3) after a violation or a close, all that follows is ignored.
///
/// Source: RFC 6455 sections 5 to 8, RFC 7692 section 6. Cost: each byte is looked at once, and copied only if its
/// message does not arrive in one piece and one frame.
class MessageParser {
 public:
  /// `role` is the end that parses: a server demands masks.
  explicit MessageParser(WebSocketRole role) : role_(role) {}

  /// Takes all of `bytes`, which are unmasked in place. `inflater` is null where no compression was agreed.
  std::optional<Violation> feed(std::span<char> bytes, const MessageLimits& limits, Inflater* inflater,
                                MessageSink& sink);

  /// Whether a frame or message is under way.
  bool is_idle() const { return head_size_ == 0 && !in_payload_ && !in_message_; }
  /// Bytes held for a message that is not complete.
  std::size_t held_bytes() const { return message_.capacity() + control_.capacity(); }

 private:
  struct Input;
  using Verdict = std::optional<Violation>;

  Verdict take_head(Input& in);
  Verdict check_start(const Input& in) const;
  std::size_t head_bytes_wanted() const;
  Verdict take_length();
  Verdict begin_payload(const Input& in);
  Verdict begin_data(const Input& in);
  Verdict take_payload(Input& in);
  Verdict take_control(const Input& in, std::string_view part);
  Verdict take_data(const Input& in, std::string_view part);
  Verdict end_control(const Input& in, std::string_view payload);
  Verdict end_close(const Input& in, std::string_view payload);
  Verdict end_message(const Input& in, std::string_view last_part);
  Verdict end_compressed(const Input& in, std::string_view compressed);
  Opcode opcode() const { return static_cast<Opcode>(static_cast<unsigned char>(head_[0]) & 0x0FU); }
  bool is_final() const { return (static_cast<unsigned char>(head_[0]) & 0x80U) != 0; }

  const WebSocketRole role_;
  bool ended_ = false;

  // The frame under way.
  bool in_payload_ = false;
  std::uint8_t head_size_ = 0;
  std::array<char, kFrameHeadBytesMax> head_{};
  MaskKey mask_{};
  std::uint64_t payload_left_ = 0;
  std::size_t payload_taken_ = 0;
  std::string control_;  // what has come of a control frame that arrives in parts

  // The message under way.
  bool in_message_ = false;
  bool is_compressed_ = false;
  MessageKind kind_ = MessageKind::text;
  std::uint32_t frame_count_ = 0;
  Utf8Checker utf8_;
  std::string message_;
};

}  // namespace freshet::net
