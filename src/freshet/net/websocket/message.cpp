// SPDX-License-Identifier: MIT
#include "freshet/net/websocket/message.hpp"

#include <algorithm>
#include <string>

#include "freshet/base/assert.hpp"

namespace freshet::net {
namespace {

Block framed(FrameStart start, std::string_view payload) {
  std::string bytes;
  append_frame(bytes, start, payload);
  return make_block(std::move(bytes));
}

std::size_t head_bytes_of(std::string_view frame) {
  FRESHET_ASSERT(frame.size() >= 2);
  const auto length = static_cast<unsigned char>(frame[1]);
  return length < 126 ? 2 : length == 126 ? 4 : 10;
}

}  // namespace

Deflater& Deflaters::of(int window_bits) {
  auto& deflater = by_bits_[window_bits];
  if (deflater == nullptr) deflater = std::make_unique<Deflater>(window_bits, level_);
  return *deflater;
}

WebSocketMessage::WebSocketMessage(Opcode opcode, std::string_view payload)
    : WebSocketMessage(framed({.opcode = opcode}, payload)) {}

WebSocketMessage::WebSocketMessage(Block frame) : plain_(std::move(frame)), head_bytes_(head_bytes_of(*plain_)) {
  FRESHET_ASSERT(plain_->size() >= head_bytes_);
}

MessageKind WebSocketMessage::kind() const {
  return (static_cast<unsigned char>(plain_->front()) & 0x0FU) == static_cast<unsigned>(Opcode::text)
             ? MessageKind::text
             : MessageKind::binary;
}

std::size_t WebSocketMessage::bytes() const {
  std::size_t bytes = plain_->capacity();
  for (const auto& [bits, block] : deflated_) bytes += block == plain_ ? 0 : block->capacity();
  return bytes;
}

Block WebSocketMessage::deflated(Deflaters& deflaters, int window_bits) const {
  const auto known = std::ranges::find(deflated_, window_bits, &std::pair<int, Block>::first);
  if (known != deflated_.end()) return known->second;
  const std::string small = deflaters.of(window_bits).deflate(payload());
  const Opcode opcode = kind() == MessageKind::text ? Opcode::text : Opcode::binary;
  Block block = small.size() < payload().size() ? framed({.opcode = opcode, .is_compressed = true}, small) : plain_;
  return deflated_.emplace_back(window_bits, std::move(block)).second;
}

}  // namespace freshet::net
