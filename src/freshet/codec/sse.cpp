// SPDX-License-Identifier: MIT
#include "freshet/codec/sse.hpp"

#include "freshet/base/assert.hpp"

namespace freshet::codec {
namespace {

constexpr std::string_view kLineEnds("\r\n", 2);
constexpr std::string_view kFrameBreakers("\r\n\0", 3);

// Cuts the first line off `text`. LF, CR and CRLF end a line.
std::string_view take_line(std::string_view& text, bool& is_last) {
  const std::size_t end = text.find_first_of(kLineEnds);
  const std::string_view line = text.substr(0, end);
  is_last = end == std::string_view::npos;
  if (is_last) return line;
  const std::size_t end_length = text.substr(end).starts_with("\r\n") ? 2 : 1;
  text.remove_prefix(end + end_length);
  return line;
}

void append_lines(std::string& out, std::string_view prefix, std::string_view text) {
  for (bool is_last = false; !is_last;) {
    const std::string_view line = take_line(text, is_last);
    ((out += prefix) += line) += '\n';
  }
}

void append_field(std::string& out, std::string_view prefix, std::string_view value) {
  if (value.empty()) return;
  out += prefix;
  for (std::size_t end = 0; (end = value.find_first_of(kFrameBreakers)) != std::string_view::npos;) {
    out += value.substr(0, end);
    value.remove_prefix(end + 1);
  }
  (out += value) += '\n';
}

void append_head(std::string& out, SseFields fields) {
  append_field(out, "event: ", fields.event);
  append_field(out, "id: ", fields.id);
}

}  // namespace

void append_sse_event(std::string& out, SseFields fields, std::string_view data) {
  append_head(out, fields);
  append_lines(out, "data: ", data);
  out += '\n';
}

void begin_sse_event(std::string& out, SseFields fields) {
  append_head(out, fields);
  out += "data: ";
}

void end_sse_event(std::string& out) { out += "\n\n"; }

void append_sse_comment(std::string& out, std::string_view text) { append_lines(out, ":", text); }

void append_sse_retry(std::string& out, std::chrono::milliseconds delay) {
  FRESHET_ASSERT(delay.count() >= 0);
  ((out += "retry: ") += std::to_string(delay.count())) += '\n';
}

}  // namespace freshet::codec
