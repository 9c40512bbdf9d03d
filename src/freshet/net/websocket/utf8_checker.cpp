// SPDX-License-Identifier: MIT
#include "freshet/net/websocket/utf8_checker.hpp"

#include <cstddef>
#include <cstring>

namespace freshet::net {
namespace {

constexpr std::uint64_t kHighBits = 0x8080808080808080U;

// How many leading bytes are ASCII, counted in steps of eight.
std::size_t ascii_words(std::string_view bytes) {
  std::size_t at = 0;
  for (; at + sizeof(std::uint64_t) <= bytes.size(); at += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, sizeof word);
    if ((word & kHighBits) != 0) break;
  }
  return at;
}

}  // namespace

bool Utf8Checker::feed(std::string_view bytes) {
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    if (missing_ == 0) at += ascii_words(bytes.substr(at));
    if (at == bytes.size()) break;
    const auto byte = static_cast<unsigned char>(bytes[at]);
    if (missing_ == 0) {
      if (!begin(byte)) return false;
      continue;
    }
    if (byte < next_min_ || byte > next_max_) return false;
    --missing_;
    next_min_ = 0x80;
    next_max_ = 0xBF;
  }
  return true;
}

// The narrower ranges of the second byte are what keeps out overlong forms, surrogates and what is above U+10FFFF.
bool Utf8Checker::begin(unsigned char lead) {
  if (lead < 0x80) return true;
  if (lead < 0xC2 || lead > 0xF4) return false;
  missing_ = lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
  if (lead == 0xE0) next_min_ = 0xA0;
  if (lead == 0xED) next_max_ = 0x9F;
  if (lead == 0xF0) next_min_ = 0x90;
  if (lead == 0xF4) next_max_ = 0x8F;
  return true;
}

}  // namespace freshet::net
