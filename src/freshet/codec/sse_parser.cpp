// SPDX-License-Identifier: MIT
#include "freshet/codec/sse_parser.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>

#include "freshet/codec/utf8.hpp"

namespace freshet::codec {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::chrono::milliseconds kRetryMax = std::chrono::hours(24);

std::optional<std::chrono::milliseconds> parse_retry(std::string_view text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.empty() || !std::ranges::all_of(text, is_digit)) return std::nullopt;
  std::int64_t count = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), count);
  if (parsed.ec != std::errc()) return kRetryMax;
  return std::min(std::chrono::milliseconds(count), kRetryMax);
}

}  // namespace

Result<void> SseParser::feed(std::string_view bytes, const OnEvent& on_event) {
  while (!bytes.empty() && !failed_) {
    if (std::exchange(after_cr_, false) && bytes[0] == '\n') {
      bytes.remove_prefix(1);
      continue;
    }
    const std::size_t end = bytes.find_first_of("\r\n");
    const std::string_view part = bytes.substr(0, end);
    if (is_too_large(part.size())) {
      failed_ = true;
      break;
    }
    if (end == std::string_view::npos) {
      line_ += part;
      break;
    }
    after_cr_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    if (line_.empty()) {
      take_line(part, on_event);
    } else {
      line_ += part;
      take_line(line_, on_event);
      line_.clear();
    }
  }
  if (!failed_) return {};
  return fail(ErrorCode::too_large, "event is too long",
              "more than " + std::to_string(options_.event_bytes_max) + " bytes");
}

void SseParser::restart() {
  line_.clear();
  after_cr_ = false;
  at_beginning_ = true;
  failed_ = false;
  type_.clear();
  data_.clear();
  id_ = last_event_id_;
}

// Line ends are no part of any multi-byte sequence, so decoding line by line gives what decoding the stream would give.
void SseParser::take_line(std::string_view line, const OnEvent& on_event) {
  if (std::exchange(at_beginning_, false) && line.starts_with(kByteOrderMark))
    line.remove_prefix(kByteOrderMark.size());
  if (line.empty()) {
    dispatch(on_event);
    return;
  }
  const std::size_t colon = line.find(':');
  if (colon == 0) return;
  std::string_view value = line.substr(std::min(colon, line.size() - 1) + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  take_field(line.substr(0, colon), value);
}

void SseParser::take_field(std::string_view name, std::string_view value) {
  if (name == "data") {
    append_as_utf8(data_, value);
    data_ += '\n';
  } else if (name == "event") {
    type_.clear();
    append_as_utf8(type_, value);
  } else if (name == "id") {
    if (value.find('\0') != std::string_view::npos) return;
    id_.clear();
    append_as_utf8(id_, value);
  } else if (name == "retry") {
    if (const auto delay = parse_retry(value)) retry_ = delay;
  }
}

void SseParser::dispatch(const OnEvent& on_event) {
  last_event_id_ = id_;
  std::string type = std::exchange(type_, {});
  std::string data = std::exchange(data_, {});
  if (data.empty()) return;
  data.pop_back();
  on_event(
      {.type = type.empty() ? "message" : std::move(type), .data = std::move(data), .last_event_id = last_event_id_});
}

bool SseParser::is_too_large(std::size_t more) const {
  return line_.size() + data_.size() + type_.size() + id_.size() + more > options_.event_bytes_max;
}

}  // namespace freshet::codec
