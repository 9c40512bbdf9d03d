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

namespace freshet::net {

/// Which end of a WebSocket this is: clients mask what they send, servers must not.
enum class WebSocketRole : std::uint8_t { server, client };

enum class Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

constexpr bool is_control(Opcode opcode) { return opcode >= Opcode::close; }

/// What a client mixes into the bytes it sends, new for each frame and unguessable.
using MaskKey = std::array<char, 4>;

/// The first byte of a frame.
struct FrameStart {
  Opcode opcode = Opcode::text;
  bool is_final = true;
  /// RSV1 of permessage-deflate: on the first frame of a compressed message.
  bool is_compressed = false;
};

/// The longest payload of a close, ping or pong.
inline constexpr std::size_t kControlPayloadBytesMax = 125;
/// The longest head of a frame: two bytes, eight of length, four of mask.
inline constexpr std::size_t kFrameHeadBytesMax = 14;

/// Appends one frame, in the shortest form; masked with `mask` if there is one.
///
/// Source: RFC 6455 section 5.2.
void append_frame(std::string& out, FrameStart start, std::string_view payload,
                  const std::optional<MaskKey>& mask = std::nullopt);

/// Masks or unmasks `bytes`, the first of which is the byte `offset` of the payload.
void apply_mask(std::span<char> bytes, const MaskKey& mask, std::size_t offset = 0);

/// The payload of a close frame. The reason is cut to what fits, between characters. Nothing for no_status.
/// Requires: `code` may be sent, or is no_status; `reason` is UTF-8.
std::string close_payload(CloseCode code, std::string_view reason);

}  // namespace freshet::net
