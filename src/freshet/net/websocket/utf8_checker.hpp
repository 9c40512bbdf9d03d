// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string_view>

namespace freshet::net {

/// Checks that bytes which come in portions are UTF-8, and fails at the first byte that no continuation could mend.
///
/// Refuses overlong forms, surrogates and what lies above U+10FFFF.
/// Source: Unicode 15, table 3-7. Cost: eight bytes at a time where they are ASCII.
class Utf8Checker {
 public:
  /// False as soon as the text cannot be UTF-8 any more; nothing is to be fed then.
  [[nodiscard]] bool feed(std::string_view bytes);
  /// Whether no character is under way.
  bool is_complete() const { return missing_ == 0; }

 private:
  bool begin(unsigned char lead);

  // Bytes that the character under way still needs, and the range of the next of them.
  std::uint8_t missing_ = 0;
  std::uint8_t next_min_ = 0x80;
  std::uint8_t next_max_ = 0xBF;
};

}  // namespace freshet::net
