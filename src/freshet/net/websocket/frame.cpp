// SPDX-License-Identifier: MIT
#include "freshet/net/websocket/frame.hpp"

#include <algorithm>
#include <cstring>

#include "freshet/base/assert.hpp"

namespace freshet::net {
namespace {

constexpr unsigned kFinal = 0x80;
constexpr unsigned kCompressed = 0x40;
constexpr unsigned kMasked = 0x80;
constexpr std::size_t kLength16 = 126;
constexpr std::size_t kLength64 = 127;

void append_big_endian(std::string& out, std::uint64_t number, unsigned bytes) {
  for (unsigned at = bytes; at > 0; --at) out += static_cast<char>(number >> (8 * (at - 1)));
}

void append_length(std::string& out, std::size_t length, bool masked) {
  const unsigned mask_bit = masked ? kMasked : 0;
  if (length < kLength16) {
    out += static_cast<char>(mask_bit | length);
  } else if (length <= 0xffff) {
    out += static_cast<char>(mask_bit | kLength16);
    append_big_endian(out, length, 2);
  } else {
    out += static_cast<char>(mask_bit | kLength64);
    append_big_endian(out, length, 8);
  }
}

}  // namespace

void append_frame(std::string& out, FrameStart start, std::string_view payload, const std::optional<MaskKey>& mask) {
  FRESHET_ASSERT(!is_control(start.opcode) || (start.is_final && payload.size() <= kControlPayloadBytesMax));
  out.reserve(out.size() + kFrameHeadBytesMax + payload.size());
  out += static_cast<char>((start.is_final ? kFinal : 0) | (start.is_compressed ? kCompressed : 0) |
                           static_cast<unsigned>(start.opcode));
  append_length(out, payload.size(), mask.has_value());
  if (!mask) {
    out += payload;
    return;
  }
  out.append(mask->data(), mask->size());
  const std::size_t begin = out.size();
  out += payload;
  apply_mask(std::span(out).subspan(begin), *mask);
}

void apply_mask(std::span<char> bytes, const MaskKey& mask, std::size_t offset) {
  std::array<char, 8> pattern;
  for (std::size_t at = 0; at < pattern.size(); ++at) pattern[at] = mask[(offset + at) % mask.size()];
  std::uint64_t wide = 0;
  std::memcpy(&wide, pattern.data(), sizeof wide);
  std::size_t at = 0;
  for (; at + sizeof wide <= bytes.size(); at += sizeof wide) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, sizeof word);
    word ^= wide;
    std::memcpy(bytes.data() + at, &word, sizeof word);
  }
  for (; at < bytes.size(); ++at) bytes[at] = static_cast<char>(bytes[at] ^ pattern[at % pattern.size()]);
}

std::string close_payload(CloseCode code, std::string_view reason) {
  std::string payload;
  if (code == CloseCode::no_status) return payload;
  FRESHET_ASSERT(may_be_sent(code));
  append_big_endian(payload, static_cast<std::uint16_t>(code), 2);
  std::size_t length = std::min(reason.size(), kControlPayloadBytesMax - payload.size());
  const auto continues = [&](std::size_t at) { return (static_cast<unsigned char>(reason[at]) & 0xC0U) == 0x80U; };
  while (length > 0 && length < reason.size() && continues(length)) --length;
  payload += reason.substr(0, length);
  return payload;
}

}  // namespace freshet::net
