// SPDX-License-Identifier: MIT
#include "freshet/net/internal/response_head.hpp"

#include <array>
#include <chrono>
#include <cstdio>

#include "freshet/net/internal/ascii.hpp"

namespace freshet::net {
namespace {

void append_field(std::string& out, std::string_view name, std::string_view value) {
  const std::size_t start = out.size();
  out.append(name).append(": ").append(value);
  for (std::size_t at = start; at < out.size(); ++at) {
    if (is_control(out[at])) out[at] = ' ';
  }
  out += "\r\n";
}

}  // namespace

std::size_t body_size(const Response& response) {
  return response.shared_body ? response.shared_body->size() : response.body.size();
}

bool has_body(int status) { return status >= 200 && status != 204 && status != 304; }

std::string response_head(const Response& response, Persistence persistence, std::string_view date) {
  std::string head = "HTTP/1.1 " + std::to_string(response.status) + ' ';
  head.append(reason_phrase(response.status)).append("\r\n");
  append_field(head, "Date", date);
  for (const Header& field : response.headers) append_field(head, field.name, field.value);
  if (!response.start && has_body(response.status)) {
    append_field(head, "Content-Length", std::to_string(body_size(response)));
  }
  if (persistence == Persistence::close) append_field(head, "Connection", "close");
  if (persistence == Persistence::keep_1_0) append_field(head, "Connection", "keep-alive");
  return head += "\r\n";
}

std::string http_date(Timestamp time) {
  static constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  namespace chrono = std::chrono;
  const auto day = chrono::floor<chrono::days>(time);
  const chrono::year_month_day date(day);
  const chrono::hh_mm_ss<chrono::seconds> clock(chrono::floor<chrono::seconds>(time - day));
  std::array<char, 64> text;
  const int size = std::snprintf(text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT",
                                 kDays[chrono::weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
                                 kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                                 static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                                 static_cast<int>(clock.seconds().count()));
  return {text.data(), static_cast<std::size_t>(size)};
}

}  // namespace freshet::net
