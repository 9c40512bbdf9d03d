// SPDX-License-Identifier: MIT
#include "freshet/codec/utf8.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

namespace freshet::codec {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::uint64_t kOnes = 0x0101010101010101U;
constexpr std::uint64_t kHighBits = 0x8080808080808080U;

// What the lead byte says: the length of the sequence and the range of its second byte (later ones are 80..BF). The
// narrower ranges are what keeps out overlong forms, surrogates and code points above U+10FFFF.
struct Lead {
  std::size_t length;
  unsigned char second_min, second_max;
};

constexpr Lead lead_of(unsigned char byte) {
  if (byte < 0x80) return {.length = 1, .second_min = 0, .second_max = 0};
  if (byte >= 0xC2 && byte <= 0xDF) return {.length = 2, .second_min = 0x80, .second_max = 0xBF};
  if (byte == 0xE0) return {.length = 3, .second_min = 0xA0, .second_max = 0xBF};
  if (byte == 0xED) return {.length = 3, .second_min = 0x80, .second_max = 0x9F};
  if (byte >= 0xE1 && byte <= 0xEF) return {.length = 3, .second_min = 0x80, .second_max = 0xBF};
  if (byte == 0xF0) return {.length = 4, .second_min = 0x90, .second_max = 0xBF};
  if (byte >= 0xF1 && byte <= 0xF3) return {.length = 4, .second_min = 0x80, .second_max = 0xBF};
  if (byte == 0xF4) return {.length = 4, .second_min = 0x80, .second_max = 0x8F};
  return {.length = 0, .second_min = 0, .second_max = 0};
}

constexpr auto kIsPlain = [] {
  std::array<bool, 256> is_plain{};
  for (std::size_t byte = 0x20; byte < 0x80; ++byte) is_plain[byte] = byte != '"' && byte != '\\';
  return is_plain;
}();

// Sets the high bit of bytes that are zero. A byte above a zero one may be marked too, so only "is there any" and
// "where is the lowest" may be asked.
constexpr std::uint64_t mark_zero_bytes(std::uint64_t word) { return (word - kOnes) & ~word & kHighBits; }

}  // namespace

Utf8Step utf8_step(std::string_view text) {
  const Lead lead = lead_of(static_cast<unsigned char>(text[0]));
  if (lead.length == 0) return {.length = 1, .valid = false};
  for (std::size_t i = 1; i < lead.length; ++i) {
    const auto byte = i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    const bool fits = i == 1 ? byte >= lead.second_min && byte <= lead.second_max : (byte & 0xC0U) == 0x80U;
    if (!fits) return {.length = i, .valid = false};
  }
  return {.length = lead.length, .valid = true};
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const Utf8Step step = utf8_step(text);
    if (!step.valid) return false;
    text.remove_prefix(step.length);
  }
  return true;
}

void append_utf8(std::string& out, char32_t code_point) {
  const auto tail = [&](unsigned shift) { out += static_cast<char>(0x80U | ((code_point >> shift) & 0x3FU)); };
  if (code_point < 0x80) {
    out += static_cast<char>(code_point);
  } else if (code_point < 0x800) {
    out += static_cast<char>(0xC0U | (code_point >> 6U));
    tail(0);
  } else if (code_point < 0x10000) {
    out += static_cast<char>(0xE0U | (code_point >> 12U));
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xF0U | (code_point >> 18U));
    tail(12);
    tail(6);
    tail(0);
  }
}

void append_as_utf8(std::string& out, std::string_view text) {
  while (!text.empty()) {
    std::size_t valid_bytes = 0;
    Utf8Step step{.length = 0, .valid = true};
    while (valid_bytes < text.size() && (step = utf8_step(text.substr(valid_bytes))).valid) valid_bytes += step.length;
    out += text.substr(0, valid_bytes);
    text.remove_prefix(valid_bytes);
    if (text.empty()) return;
    out += kReplacement;
    text.remove_prefix(step.length);
  }
}

std::size_t plain_length(std::string_view text) {
  const char* const data = text.data();
  std::size_t i = 0;
  if constexpr (std::endian::native == std::endian::little) {
    // Eight bytes at a time: most strings have nothing to escape, and this loop is most of what encoding them costs.
    for (; i + sizeof(std::uint64_t) <= text.size(); i += sizeof(std::uint64_t)) {
      std::uint64_t word;
      std::memcpy(&word, data + i, sizeof word);
      const std::uint64_t control = (word - 0x20 * kOnes) & ~word & kHighBits;
      const std::uint64_t found =
          control | mark_zero_bytes(word ^ ('"' * kOnes)) | mark_zero_bytes(word ^ ('\\' * kOnes)) | (word & kHighBits);
      if (found != 0) return i + static_cast<std::size_t>(std::countr_zero(found)) / 8;
    }
  }
  while (i < text.size() && kIsPlain[static_cast<unsigned char>(data[i])]) ++i;
  return i;
}

}  // namespace freshet::codec
