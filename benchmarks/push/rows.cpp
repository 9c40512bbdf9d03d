// SPDX-License-Identifier: MIT
#include "push/rows.hpp"

#include <algorithm>
#include <charconv>
#include <random>

namespace freshet::bench {

namespace {

constexpr std::size_t kWordsBytes = std::size_t{1} << 16;
constexpr std::string_view kBrackets = R"([[,[{"n":,"t":,"x":""}]]])";

std::size_t digits(std::uint64_t number) {
  std::size_t count = 1;
  for (; number >= 10; number /= 10) ++count;
  return count;
}

std::size_t bytes_without_text(std::uint64_t key, std::uint64_t number, std::uint64_t tick) {
  return kBrackets.size() + digits(key) + digits(number) + digits(tick);
}

void append_number(std::string& text, std::uint64_t number) {
  char digits_of[20];
  const auto end = std::to_chars(digits_of, std::end(digits_of), number).ptr;
  text.append(digits_of, end);
}

}  // namespace

Rows::Rows(std::size_t payload_bytes) : payload_bytes_(payload_bytes) {
  constexpr std::string_view kWords[] = {"level ",  "sensor ", "harbour ", "delay ",  "north ", "price ", "open ",
                                         "status ", "pier ",   "rate ",    "volume ", "flow ",  "south ", "late "};
  std::minstd_rand random(1);
  while (words_.size() < kWordsBytes) words_ += kWords[random() % std::size(kWords)];
}

std::string_view Rows::text_of(std::uint64_t key, std::uint64_t number, std::size_t bytes_without) const {
  const std::size_t size = payload_bytes_ > bytes_without ? payload_bytes_ - bytes_without : 0;
  return std::string_view(words_).substr((key * 131 + number * 17) % (words_.size() - size), size);
}

void Rows::append(std::string& json, std::uint64_t key, std::uint64_t number, std::uint64_t tick) const {
  json += '[';
  append_number(json, key);
  json += R"(,[{"n":)";
  append_number(json, number);
  json += R"(,"t":)";
  append_number(json, tick);
  json += R"(,"x":")";
  json += text_of(key, number, bytes_without_text(key, number, tick));
  json += R"("}]])";
}

bool Rows::is_intact(const Stamp& stamp) const {
  return stamp.text == text_of(stamp.key, stamp.number, bytes_without_text(stamp.key, stamp.number, stamp.tick));
}

bool RowScanner::take(std::string_view text) {
  if (!rest_.starts_with(text)) return false;
  rest_.remove_prefix(text.size());
  return true;
}

bool RowScanner::take_number(std::uint64_t& number) {
  const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), number);
  if (error != std::errc()) return false;
  rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
  return true;
}

bool RowScanner::next(Stamp& stamp) {
  if (!take(is_first_ ? "[[" : ",[")) return false;
  is_first_ = false;
  if (!take_number(stamp.key) || !take(R"(,[{"n":)") || !take_number(stamp.number)) return false;
  if (!take(R"(,"t":)") || !take_number(stamp.tick) || !take(R"(,"x":")")) return false;
  stamp.text = rest_.substr(0, rest_.find('"'));
  rest_.remove_prefix(stamp.text.size());
  return take(R"("}]])");
}

bool RowScanner::is_end() const { return rest_.starts_with(is_first_ ? "[]" : "]"); }

}  // namespace freshet::bench
