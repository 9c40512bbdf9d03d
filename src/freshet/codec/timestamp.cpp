// SPDX-License-Identifier: MIT
#include "freshet/codec/timestamp.hpp"

#include <chrono>
#include <cstddef>

namespace freshet::codec {
namespace {

namespace chr = std::chrono;

constexpr Timestamp kFirst = chr::sys_days(chr::year(0) / 1 / 1);
constexpr Timestamp kEnd = chr::sys_days(chr::year(10000) / 1 / 1);

// Writes a number with a fixed count of digits.
void put(char* at, std::size_t digit_count, unsigned number) {
  while (digit_count-- > 0) {
    at[digit_count] = static_cast<char>('0' + number % 10);
    number /= 10;
  }
}

// Takes a fixed form apart from left to right; one mismatch and the whole fails.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  int digits(std::size_t count) {
    int number = 0;
    for (std::size_t i = 0; i < count; ++i) number = number * 10 + digit();
    return number;
  }
  int digit() {
    if (!at_digit()) {
      ok_ = false;
      return 0;
    }
    const int value = text_[0] - '0';
    text_.remove_prefix(1);
    return value;
  }
  bool at_digit() const { return !text_.empty() && text_[0] >= '0' && text_[0] <= '9'; }
  bool take(char c) {
    if (text_.empty() || text_[0] != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  void need(bool condition) { ok_ = ok_ && condition; }
  bool is_complete() const { return ok_ && text_.empty(); }

 private:
  std::string_view text_;
  bool ok_ = true;
};

chr::microseconds scan_fraction(Scanner& scanner) {
  constexpr int kMicrosecondDigits = 6;
  constexpr int kDigitsMax = 9;
  int microseconds = 0;
  int count = 0;
  for (; count < kDigitsMax && scanner.at_digit(); ++count) {
    const int digit = scanner.digit();
    if (count < kMicrosecondDigits) microseconds = microseconds * 10 + digit;
  }
  scanner.need(count > 0);
  for (; count < kMicrosecondDigits; ++count) microseconds *= 10;
  return chr::microseconds(microseconds);
}

chr::minutes scan_offset(Scanner& scanner) {
  if (scanner.take('Z') || scanner.take('z')) return chr::minutes(0);
  const bool is_west = scanner.take('-');
  scanner.need(is_west || scanner.take('+'));
  const int hours = scanner.digits(2);
  scanner.need(scanner.take(':'));
  const int minutes = scanner.digits(2);
  scanner.need(hours <= 23 && minutes <= 59);
  const chr::minutes offset = chr::hours(hours) + chr::minutes(minutes);
  return is_west ? -offset : offset;
}

}  // namespace

bool append_timestamp(std::string& out, Timestamp time) {
  if (time < kFirst || time >= kEnd) return false;
  const auto day = chr::floor<chr::days>(time);
  const chr::year_month_day date(day);
  const chr::hh_mm_ss clock(time - day);
  char text[] = "0000-00-00T00:00:00.000000Z";
  put(text, 4, static_cast<unsigned>(static_cast<int>(date.year())));
  put(text + 5, 2, static_cast<unsigned>(date.month()));
  put(text + 8, 2, static_cast<unsigned>(date.day()));
  put(text + 11, 2, static_cast<unsigned>(clock.hours().count()));
  put(text + 14, 2, static_cast<unsigned>(clock.minutes().count()));
  put(text + 17, 2, static_cast<unsigned>(clock.seconds().count()));
  put(text + 20, 6, static_cast<unsigned>(clock.subseconds().count()));
  out.append(text, sizeof text - 1);
  return true;
}

std::optional<Timestamp> parse_timestamp(std::string_view text) {
  Scanner scanner(text);
  const chr::year year(scanner.digits(4));
  scanner.need(scanner.take('-'));
  const chr::month month(static_cast<unsigned>(scanner.digits(2)));
  scanner.need(scanner.take('-'));
  const chr::day day(static_cast<unsigned>(scanner.digits(2)));
  scanner.need(scanner.take('T') || scanner.take('t'));
  const int hours = scanner.digits(2);
  scanner.need(scanner.take(':'));
  const int minutes = scanner.digits(2);
  scanner.need(scanner.take(':'));
  const int seconds = scanner.digits(2);
  const auto fraction = scanner.take('.') ? scan_fraction(scanner) : chr::microseconds(0);
  const auto offset = scan_offset(scanner);

  const chr::year_month_day date(year, month, day);
  scanner.need(date.ok() && hours <= 23 && minutes <= 59 && seconds <= 59);
  if (!scanner.is_complete()) return std::nullopt;
  const Timestamp time =
      chr::sys_days(date) + chr::hours(hours) + chr::minutes(minutes) + chr::seconds(seconds) + fraction - offset;
  if (time < kFirst || time >= kEnd) return std::nullopt;
  return time;
}

}  // namespace freshet::codec
