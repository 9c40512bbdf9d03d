// SPDX-License-Identifier: MIT
#include "freshet/service/internal/etag.hpp"

#include <array>
#include <charconv>
#include <cstdint>

namespace freshet::service {

std::string etag_of(std::string_view bytes) {
  // FNV-1a, 64 bits.
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  std::array<char, 16> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), hash, 16).ptr;
  return '"' + std::string(digits.data(), end) + '"';
}

bool names_etag(std::string_view field, std::string_view etag) {
  return field == "*" || field.find(etag) != std::string_view::npos;  // the quotes are part of it
}

}  // namespace freshet::service
