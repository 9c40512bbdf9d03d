// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string_view>

namespace freshet::detail {

// Both compilers end the text with the value of the last template argument: `... Named = &Reading::sensor]`.
template <auto Named> constexpr std::string_view compiler_text() {
  return std::string_view(__PRETTY_FUNCTION__, sizeof(__PRETTY_FUNCTION__) - 1);
}

constexpr bool is_identifier_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}

constexpr std::string_view last_identifier(std::string_view text) {
  // GCC explains the return type after a semicolon; Clang does not.
  const std::size_t note = text.rfind("; std::string_view = ");
  std::size_t end = note == std::string_view::npos ? text.size() - 1 : note;
  while (end > 0 && !is_identifier_char(text[end - 1])) --end;
  std::size_t begin = end;
  while (begin > 0 && is_identifier_char(text[begin - 1])) --begin;
  return text.substr(begin, end - begin);
}

/// The name, as written in its declaration, of what a member pointer or enumerator points to: "sensor".
///
/// An enum's value without an enumerator gives its number: "3".
template <auto Named> inline constexpr std::string_view kSpelledName = last_identifier(compiler_text<Named>());

template <class Named> constexpr std::string_view type_compiler_text() {
  return std::string_view(__PRETTY_FUNCTION__, sizeof(__PRETTY_FUNCTION__) - 1);
}

constexpr std::string_view last_type_identifier(std::string_view text) {
  text = text.substr(text.find("Named = "));
  // Template arguments are no part of the name, nor are GCC's notes after a semicolon.
  const std::size_t end = text.find_first_of(";<]");
  return last_identifier(text.substr(0, end == std::string_view::npos ? text.size() : end + 1));
}

/// The name of a type as written in its declaration, without what it is declared in: "StandardCity".
template <class Named>
inline constexpr std::string_view kSpelledType = last_type_identifier(type_compiler_text<Named>());

/// Whether an enumerator of that value exists.
template <auto Enumerator>
inline constexpr bool kIsEnumerator = !(kSpelledName<Enumerator>[0] >= '0' && kSpelledName<Enumerator>[0] <= '9');

}  // namespace freshet::detail
