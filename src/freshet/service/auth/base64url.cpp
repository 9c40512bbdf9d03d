// SPDX-License-Identifier: MIT
#include "freshet/service/auth/base64url.hpp"

#include <cstddef>
#include <cstdint>

namespace freshet::auth {
namespace {

constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr int kBitsPerDigit = 6;

int value_of(char digit) {
  if (digit >= 'A' && digit <= 'Z') return digit - 'A';
  if (digit >= 'a' && digit <= 'z') return digit - 'a' + 26;
  if (digit >= '0' && digit <= '9') return digit - '0' + 52;
  if (digit == '-') return 62;
  return digit == '_' ? 63 : -1;
}

}  // namespace

std::string base64url_encode(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() * 4 + 2) / 3);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char byte : bytes) {
    bits = (bits << 8U) | static_cast<std::uint8_t>(byte);
    for (count += 8; count >= kBitsPerDigit; count -= kBitsPerDigit) {
      text += kDigits[(bits >> static_cast<unsigned>(count - kBitsPerDigit)) & 63U];
    }
  }
  if (count > 0) text += kDigits[(bits << static_cast<unsigned>(kBitsPerDigit - count)) & 63U];
  return text;
}

std::optional<std::string> base64url_decode(std::string_view text) {
  if (text.size() % 4 == 1) return std::nullopt;
  std::string bytes;
  bytes.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char digit : text) {
    const int value = value_of(digit);
    if (value < 0) return std::nullopt;
    bits = (bits << 6U) | static_cast<std::uint32_t>(value);
    count += kBitsPerDigit;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>((bits >> static_cast<unsigned>(count)) & 255U);
  }
  const std::uint32_t left_over = bits & ((1U << static_cast<unsigned>(count)) - 1U);
  if (left_over != 0) return std::nullopt;
  return bytes;
}

}  // namespace freshet::auth
