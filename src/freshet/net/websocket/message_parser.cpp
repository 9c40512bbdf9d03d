// SPDX-License-Identifier: MIT
#include "freshet/net/websocket/message_parser.hpp"

#include <algorithm>
#include <utility>

#include "freshet/codec/utf8.hpp"
#include "freshet/net/websocket/deflate.hpp"

namespace freshet::net {
namespace {

constexpr unsigned kReserved = 0x70;
constexpr unsigned kCompressed = 0x40;
constexpr unsigned kMasked = 0x80;
constexpr unsigned kLengthBits = 0x7f;
constexpr unsigned kLength16 = 126;
constexpr unsigned kLength64 = 127;

constexpr Violation kBadText{CloseCode::invalid_payload, "the text is not UTF-8"};
constexpr Violation kTooBig{CloseCode::message_too_big, "the message is too big"};

Violation broken(std::string_view reason) { return {CloseCode::protocol_error, reason}; }

bool is_known(unsigned opcode) {
  return opcode <= static_cast<unsigned>(Opcode::binary) ||
         (opcode >= static_cast<unsigned>(Opcode::close) && opcode <= static_cast<unsigned>(Opcode::pong));
}

std::uint64_t big_endian(std::span<const char> bytes) {
  std::uint64_t number = 0;
  for (const char byte : bytes) number = number << 8U | static_cast<unsigned char>(byte);
  return number;
}

// What does not compress grows by five bytes in each 16 KiB or more; a stream of empty blocks is not to be endless.
std::size_t compressed_bytes_max(std::size_t message_bytes_max) {
  return message_bytes_max + message_bytes_max / 256 + 64;
}

}  // namespace

struct MessageParser::Input {
  std::span<char> bytes;
  const MessageLimits& limits;
  Inflater* inflater;
  MessageSink& sink;
};

std::optional<Violation> MessageParser::feed(std::span<char> bytes, const MessageLimits& limits, Inflater* inflater,
                                             MessageSink& sink) {
  Input in{bytes, limits, inflater, sink};
  // An empty payload is complete without further bytes.
  while (!ended_ && (!in.bytes.empty() || (in_payload_ && payload_left_ == 0))) {
    Verdict verdict = in_payload_ ? take_payload(in) : take_head(in);
    if (!verdict) continue;
    ended_ = true;
    message_ = {};
    control_ = {};
    return verdict;
  }
  return std::nullopt;
}

MessageParser::Verdict MessageParser::take_head(Input& in) {
  while (head_size_ < head_bytes_wanted()) {
    if (in.bytes.empty()) return std::nullopt;
    head_[head_size_++] = in.bytes.front();
    in.bytes = in.bytes.subspan(1);
    if (head_size_ != 2) continue;
    if (Verdict verdict = check_start(in)) return verdict;
  }
  if (Verdict verdict = take_length()) return verdict;
  return begin_payload(in);
}

// Looks at all that the first two bytes say, before waiting for more.
MessageParser::Verdict MessageParser::check_start(const Input& in) const {
  const auto first = static_cast<unsigned char>(head_[0]);
  const auto second = static_cast<unsigned char>(head_[1]);
  if (!is_known(first & 0x0FU)) return broken("the opcode is not known");
  const bool compressed = (first & kReserved) == kCompressed && in.inflater != nullptr;
  if ((first & kReserved) != 0 && !compressed) return broken("a reserved bit is set");
  if (((second & kMasked) != 0) != (role_ == WebSocketRole::server)) {
    return broken(role_ == WebSocketRole::server ? "a client's frame is not masked" : "a server's frame is masked");
  }
  if (is_control(opcode())) {
    if (!is_final()) return broken("a control frame is fragmented");
    if ((second & kLengthBits) > kControlPayloadBytesMax) return broken("a control frame is too long");
    if (compressed) return broken("a control frame is compressed");
    return std::nullopt;
  }
  if (opcode() == Opcode::continuation) {
    if (!in_message_) return broken("there is nothing to continue");
    if (compressed) return broken("a continuation has the bit of compression");
  } else if (in_message_) {
    return broken("a message begins inside another");
  }
  return std::nullopt;
}

std::size_t MessageParser::head_bytes_wanted() const {
  if (head_size_ < 2) return 2;
  const auto second = static_cast<unsigned char>(head_[1]);
  const unsigned length = second & kLengthBits;
  return 2U + (length == kLength16 ? 2U : length == kLength64 ? 8U : 0U) + ((second & kMasked) != 0 ? 4U : 0U);
}

MessageParser::Verdict MessageParser::take_length() {
  const unsigned length = static_cast<unsigned char>(head_[1]) & kLengthBits;
  const std::span<const char> head(head_);
  payload_left_ = length;
  if (length == kLength16) {
    payload_left_ = big_endian(head.subspan(2, 2));
    if (payload_left_ < kLength16) return broken("a length is not in its shortest form");
  } else if (length == kLength64) {
    payload_left_ = big_endian(head.subspan(2, 8));
    if (payload_left_ >> 63U != 0) return broken("a length is out of range");
    if (payload_left_ <= 0xffff) return broken("a length is not in its shortest form");
  }
  return std::nullopt;
}

MessageParser::Verdict MessageParser::begin_payload(const Input& in) {
  if (role_ == WebSocketRole::server)
    std::copy_n(head_.begin() + head_size_ - mask_.size(), mask_.size(), mask_.begin());
  payload_taken_ = 0;
  in_payload_ = true;
  return is_control(opcode()) ? std::nullopt : begin_data(in);
}

MessageParser::Verdict MessageParser::begin_data(const Input& in) {
  if (opcode() != Opcode::continuation) {
    in_message_ = true;
    kind_ = opcode() == Opcode::text ? MessageKind::text : MessageKind::binary;
    is_compressed_ = (static_cast<unsigned char>(head_[0]) & kCompressed) != 0;
    frame_count_ = 0;
    utf8_ = {};
  }
  if (++frame_count_ > in.limits.message_frames_max) {
    return Violation{CloseCode::policy_violation, "the message has too many fragments"};
  }
  const std::size_t bytes_max =
      is_compressed_ ? compressed_bytes_max(in.limits.message_bytes_max) : in.limits.message_bytes_max;
  if (payload_left_ > bytes_max - message_.size()) return kTooBig;
  return std::nullopt;
}

MessageParser::Verdict MessageParser::take_payload(Input& in) {
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(payload_left_, in.bytes.size()));
  const std::span<char> part = in.bytes.first(count);
  in.bytes = in.bytes.subspan(count);
  if (role_ == WebSocketRole::server) apply_mask(part, mask_, payload_taken_);
  payload_taken_ += count;
  payload_left_ -= count;
  if (payload_left_ == 0) {
    in_payload_ = false;
    head_size_ = 0;
  }
  const std::string_view bytes(part.data(), part.size());
  return is_control(opcode()) ? take_control(in, bytes) : take_data(in, bytes);
}

MessageParser::Verdict MessageParser::take_control(const Input& in, std::string_view part) {
  if (!in_payload_ && control_.empty()) return end_control(in, part);
  control_ += part;
  if (in_payload_) return std::nullopt;
  const std::string whole = std::exchange(control_, {});
  return end_control(in, whole);
}

MessageParser::Verdict MessageParser::end_control(const Input& in, std::string_view payload) {
  if (opcode() == Opcode::close) return end_close(in, payload);
  ended_ = !(opcode() == Opcode::ping ? in.sink.on_ping(payload) : in.sink.on_pong(payload));
  return std::nullopt;
}

MessageParser::Verdict MessageParser::end_close(const Input& in, std::string_view payload) {
  auto code = CloseCode::no_status;
  if (payload.size() == 1) return broken("a close frame has half a code");
  if (!payload.empty()) {
    code = static_cast<CloseCode>(big_endian(std::span(payload.data(), 2)));
    if (!may_be_sent(code)) return broken("a close frame has a code that nobody may send");
    payload.remove_prefix(2);
    if (!codec::is_utf8(payload)) return Violation{CloseCode::invalid_payload, "the reason of a close is not UTF-8"};
  }
  ended_ = true;
  in.sink.on_close(code, payload);
  return std::nullopt;
}

MessageParser::Verdict MessageParser::take_data(const Input& in, std::string_view part) {
  if (kind_ == MessageKind::text && !is_compressed_ && !utf8_.feed(part)) return kBadText;
  if (!in_payload_ && is_final()) return end_message(in, part);
  message_ += part;
  return std::nullopt;
}

MessageParser::Verdict MessageParser::end_message(const Input& in, std::string_view last_part) {
  in_message_ = false;
  std::string held;
  std::string_view whole = last_part;
  if (!message_.empty()) {
    message_ += last_part;
    held = std::exchange(message_, {});
    whole = held;
  }
  if (is_compressed_) return end_compressed(in, whole);
  if (kind_ == MessageKind::text && !utf8_.is_complete()) return kBadText;
  ended_ = !in.sink.on_message(kind_, whole);
  return std::nullopt;
}

MessageParser::Verdict MessageParser::end_compressed(const Input& in, std::string_view compressed) {
  const auto inflated = in.inflater->inflate(compressed, in.limits.message_bytes_max);
  if (!inflated) return inflated.error();
  if (kind_ == MessageKind::text && !codec::is_utf8(*inflated)) return kBadText;
  ended_ = !in.sink.on_message(kind_, *inflated);
  return std::nullopt;
}

}  // namespace freshet::net
