// SPDX-License-Identifier: MIT
#include "freshet/base/ids.hpp"

#include <array>
#include <sys/random.h>

#include "freshet/base/assert.hpp"

namespace freshet {

std::string random_token(std::string_view prefix) {
  std::array<unsigned char, 16> bits;
  // Up to 256 bytes are given whole and without interruption by a signal (getrandom(2)).
  FRESHET_ASSERT(getrandom(bits.data(), bits.size(), 0) == static_cast<ssize_t>(bits.size()));
  constexpr char kDigits[] = "0123456789abcdef";
  std::string token(prefix);
  token.reserve(prefix.size() + 2 * bits.size());
  for (const unsigned char byte : bits) {
    token += kDigits[byte >> 4U];
    token += kDigits[byte & 15U];
  }
  return token;
}

}  // namespace freshet
