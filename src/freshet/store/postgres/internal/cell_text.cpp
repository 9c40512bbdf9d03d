// SPDX-License-Identifier: MIT
#include "freshet/store/postgres/internal/cell_text.hpp"

#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <utility>

namespace freshet::store::postgres {
namespace {

using std::chrono::microseconds;

tl::unexpected<Error> malformed(const char* wanted, std::string_view text) {
  constexpr std::size_t kShownMax = 40;
  return fail(ErrorCode::invalid_argument, std::string("the server's value is not ") + wanted,
              "\"" + std::string(text.substr(0, kShownMax)) + "\"");
}

Result<void> append_plain(std::string_view text, std::string& out) {
  if (text.find('\0') != std::string_view::npos) {
    return fail(ErrorCode::invalid_argument, "text has a NUL, which PostgreSQL cannot keep");
  }
  out += text;
  return {};
}

template <class Number> void append_number(Number value, std::string& out) {
  char digits[32];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
  out.append(digits, end);
}

void append_real(double value, std::string& out) {
  if (std::isnan(value)) {
    out += "NaN";
  } else if (std::isinf(value)) {
    out += value > 0 ? "Infinity" : "-Infinity";
  } else {
    append_number(value, out);
  }
}

void append_timestamp(Timestamp time, std::string& out) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  const int year = static_cast<int>(date.year());
  char text[64];
  const int size = std::snprintf(text, sizeof text, "%04d-%02u-%02u %02d:%02d:%02d.%06d+00%s",
                                 year > 0 ? year : 1 - year, static_cast<unsigned>(date.month()),
                                 static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                                 static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
                                 static_cast<int>(clock.subseconds().count()), year > 0 ? "" : " BC");
  out.append(text, static_cast<std::size_t>(size));
}

struct Appender {
  std::string& out;

  Result<void> operator()(std::monostate) const { return fail(ErrorCode::internal, "null has no text"); }
  Result<void> operator()(bool value) const { return out += value ? 't' : 'f', Result<void>(); }
  Result<void> operator()(std::int64_t value) const { return append_number(value, out), Result<void>(); }
  Result<void> operator()(double value) const { return append_real(value, out), Result<void>(); }
  Result<void> operator()(const std::string& value) const { return append_plain(value, out); }
  Result<void> operator()(Timestamp value) const { return append_timestamp(value, out), Result<void>(); }
  Result<void> operator()(const Json& value) const { return append_plain(value.text, out); }
};

// Takes fields off the front of a text.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  /// At least `least` digits, as many as there are up to `most`. Nothing counts after a fault.
  int digits(std::size_t least, std::size_t most) {
    int value = 0;
    std::size_t count = 0;
    while (count < most && count < rest_.size() && rest_[count] >= '0' && rest_[count] <= '9') {
      value = value * 10 + (rest_[count++] - '0');
    }
    if (count < least) failed_ = true;
    rest_.remove_prefix(count);
    digits_ = count;
    return value;
  }
  std::size_t digit_count() const { return digits_; }
  bool take(std::string_view word) {
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  void expect(std::string_view word) { failed_ = !take(word) || failed_; }
  bool is_done() const { return !failed_ && rest_.empty(); }

 private:
  std::string_view rest_;
  std::size_t digits_ = 0;
  bool failed_ = false;
};

microseconds scan_fraction(Scanner& in) {
  if (!in.take(".")) return {};
  int fraction = in.digits(1, 6);
  for (std::size_t digits = in.digit_count(); digits < 6; ++digits) fraction *= 10;
  return microseconds(fraction);
}

std::chrono::seconds scan_offset(Scanner& in) {
  const bool is_west = in.take("-");
  if (!is_west) in.expect("+");
  std::chrono::seconds offset = std::chrono::hours(in.digits(2, 2));
  if (in.take(":")) offset += std::chrono::minutes(in.digits(2, 2));
  if (in.take(":")) offset += std::chrono::seconds(in.digits(2, 2));
  return is_west ? -offset : offset;
}

Result<Cell> parse_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return malformed("an integer", text);
  return value;
}

Result<Cell> parse_real(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return malformed("a number", text);
  return value;
}

}  // namespace

Result<void> append_text(const Cell& cell, std::string& out) { return std::visit(Appender{out}, cell); }

Result<Timestamp> parse_timestamptz(std::string_view text) {
  constexpr Timestamp kFirst = std::chrono::sys_days(std::chrono::year(0) / 1 / 1);
  constexpr Timestamp kLast = Timestamp(std::chrono::sys_days(std::chrono::year(10000) / 1 / 1)) - microseconds(1);
  if (text == "infinity") return kLast;
  if (text == "-infinity") return kFirst;
  Scanner in(text);
  int year = in.digits(4, 6);
  in.expect("-");
  const auto month = std::chrono::month(static_cast<unsigned>(in.digits(2, 2)));
  in.expect("-");
  const auto day = std::chrono::day(static_cast<unsigned>(in.digits(2, 2)));
  if (!in.take("T")) in.expect(" ");  // JSON has the former
  const int hours = in.digits(2, 2);
  in.expect(":");
  const int minutes = in.digits(2, 2);
  in.expect(":");
  const int seconds = in.digits(2, 2);
  const microseconds fraction = scan_fraction(in);
  const std::chrono::seconds offset = scan_offset(in);
  if (in.take(" BC")) year = 1 - year;
  if (!in.is_done() || hours > 23 || minutes > 59 || seconds > 59) return malformed("a time", text);
  constexpr int kYearMax = 294246;  // PostgreSQL has thirty years more than 64 bits of microseconds since 1970
  if (year > kYearMax) return kLast;
  // std::chrono::year ends at 32767, so the whole cycles of 400 years are counted apart.
  constexpr int kCycle = 400;
  constexpr std::int64_t kCycleDays = 146097;
  const int cycles = year >= 0 ? year / kCycle : -((-year + kCycle - 1) / kCycle);
  const auto date = std::chrono::year(year - cycles * kCycle) / month / day;
  if (!date.ok()) return malformed("a time", text);
  const std::chrono::days days =
      std::chrono::sys_days(date).time_since_epoch() + std::chrono::days(cycles * kCycleDays);
  return Timestamp(microseconds(days) + std::chrono::hours(hours) + std::chrono::minutes(minutes) +
                   std::chrono::seconds(seconds) + fraction - offset);
}

Result<Cell> parse_cell(ColumnKind kind, std::string_view text) {
  switch (kind) {
    case ColumnKind::boolean:
      if (text != "t" && text != "f") return malformed("a boolean", text);
      return text == "t";
    case ColumnKind::integer:
      return parse_integer(text);
    case ColumnKind::real:
      return parse_real(text);
    case ColumnKind::text:
      return std::string(text);
    case ColumnKind::timestamp: {
      auto time = parse_timestamptz(text);
      if (!time) return fail(std::move(time.error()));
      return *time;
    }
    case ColumnKind::json:
      return Json{std::string(text)};
  }
  return malformed("of a known kind", text);
}

}  // namespace freshet::store::postgres
