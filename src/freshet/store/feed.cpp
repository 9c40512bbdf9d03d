// SPDX-License-Identifier: MIT
#include "freshet/store/feed.hpp"

#include <charconv>

namespace freshet::store {

Position Position::make(std::string_view epoch, std::uint64_t number) {
  std::string text(epoch);
  text += '-';
  text += std::to_string(number);
  return {std::move(text)};
}

std::string_view Position::epoch() const { return std::string_view(text).substr(0, text.rfind('-')); }

std::optional<std::uint64_t> Position::number() const {
  const std::size_t dash = text.rfind('-');
  if (dash == std::string::npos) return std::nullopt;
  const char* const begin = text.data() + dash + 1;
  const char* const end = text.data() + text.size();
  std::uint64_t number = 0;
  const auto [rest, error] = std::from_chars(begin, end, number);
  if (begin == end || rest != end || error != std::errc()) return std::nullopt;
  return number;
}

bool reached(const Position& here, const Position& wanted) {
  if (wanted.text.empty()) return true;
  const auto at = here.number();
  const auto to = wanted.number();
  return at && to && here.epoch() == wanted.epoch() && *at >= *to;
}

}  // namespace freshet::store
