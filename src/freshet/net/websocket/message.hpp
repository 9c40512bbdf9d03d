// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "freshet/net/block.hpp"
#include "freshet/net/websocket/deflate.hpp"
#include "freshet/net/websocket/frame.hpp"
#include "freshet/net/websocket/message_parser.hpp"

namespace freshet::net {

/// The compressors of one endpoint, one for each size of window that a client asked for; made when first used.
class Deflaters {
 public:
  explicit Deflaters(int level) : level_(level) {}
  Deflater& of(int window_bits);

 private:
  const int level_;
  std::map<int, std::unique_ptr<Deflater>> by_bits_;
};

/// A message that a server sends, in its wire form: framed once, and compressed at most once for each size of window,
/// however many clients it goes to.
///
/// A copy shares what has been made by then. Thread safety: none.
/// Example: src/freshet/net/websocket/websocket.test.cpp [broadcast]
class WebSocketMessage {
 public:
  /// Requires: a text is UTF-8.
  static WebSocketMessage text(std::string_view payload) { return WebSocketMessage(Opcode::text, payload); }
  static WebSocketMessage binary(std::string_view payload) { return WebSocketMessage(Opcode::binary, payload); }
  /// Of a block that is such a message already: one whole frame, not masked and not compressed.
  explicit WebSocketMessage(Block frame);

  MessageKind kind() const;
  std::string_view payload() const { return std::string_view(*plain_).substr(head_bytes_); }

  const Block& plain() const { return plain_; }
  /// The memory that it holds, in all forms made so far.
  std::size_t bytes() const;
  /// Compressed with that window; the plain one where compression gains nothing.
  Block deflated(Deflaters& deflaters, int window_bits) const;

 private:
  WebSocketMessage(Opcode opcode, std::string_view payload);

  Block plain_;
  std::size_t head_bytes_;
  mutable std::vector<std::pair<int, Block>> deflated_;
};

}  // namespace freshet::net
