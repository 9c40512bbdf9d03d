// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "freshet/net/websocket/frame.hpp"

namespace freshet::net::testing {

inline constexpr MaskKey kMask = {'\x37', '\xfa', '\x21', '\x3d'};

/// One masked frame, as a client sends it.
inline std::string masked(FrameStart start, std::string_view payload) {
  std::string bytes;
  append_frame(bytes, start, payload, kMask);
  return bytes;
}
inline std::string text(std::string_view payload) { return masked({.opcode = Opcode::text}, payload); }
inline std::string binary(std::string_view payload) { return masked({.opcode = Opcode::binary}, payload); }
inline std::string ping(std::string_view payload = {}) { return masked({.opcode = Opcode::ping}, payload); }
inline std::string pong(std::string_view payload = {}) { return masked({.opcode = Opcode::pong}, payload); }
inline std::string close(CloseCode code = CloseCode::normal, std::string_view reason = {}) {
  return masked({.opcode = Opcode::close}, close_payload(code, reason));
}
/// A close frame of any payload.
inline std::string raw_close(std::string_view payload) { return masked({.opcode = Opcode::close}, payload); }

/// The frames of a message in parts: begins it, goes on with it, ends it.
inline std::string first(std::string_view payload, Opcode opcode = Opcode::text) {
  return masked({.opcode = opcode, .is_final = false}, payload);
}
inline std::string more(std::string_view payload) {
  return masked({.opcode = Opcode::continuation, .is_final = false}, payload);
}
inline std::string last(std::string_view payload) { return masked({.opcode = Opcode::continuation}, payload); }

/// `frame` with bits of its first byte set or turned.
inline std::string with_bits(std::string frame, unsigned bits) {
  frame[0] = static_cast<char>(static_cast<unsigned char>(frame[0]) ^ bits);
  return frame;
}

}  // namespace freshet::net::testing
