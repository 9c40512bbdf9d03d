// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace freshet::detail {

inline bool continues_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

/// How many characters a UTF-8 text has; near enough to its width on a screen.
inline std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  for (const char byte : text) width += continues_character(byte) ? 0 : 1;
  return width;
}

/// `text` in one line of at most `width_max` characters; a longer one loses its end.
inline std::string shortened(std::string_view text, std::size_t width_max) {
  std::string line;
  std::size_t width = 0;
  for (const char byte : text) {
    if (!continues_character(byte) && ++width > width_max) return line + "…";
    line += static_cast<unsigned char>(byte) < 0x20 ? ' ' : byte;
  }
  return line;
}

}  // namespace freshet::detail
