// SPDX-License-Identifier: MIT
#include "freshet/model/names.hpp"

namespace freshet {
namespace {

constexpr char kCaseBit = 'a' - 'A';

constexpr bool is_small(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }

}  // namespace

std::string to_camel_case(std::string_view snake_case) {
  std::string text;
  text.reserve(snake_case.size());
  for (std::size_t i = 0; i < snake_case.size(); ++i) {
    const bool begins_word = i > 0 && snake_case[i] == '_' && i + 1 < snake_case.size() && is_small(snake_case[i + 1]);
    text += begins_word ? static_cast<char>(snake_case[++i] - kCaseBit) : snake_case[i];
  }
  return text;
}

std::string to_snake_case(std::string_view camel_case) {
  std::string text;
  text.reserve(camel_case.size() + 4);
  for (const char c : camel_case) {
    if (is_capital(c)) text += '_';
    text += is_capital(c) ? static_cast<char>(c + kCaseBit) : c;
  }
  return text;
}

}  // namespace freshet
