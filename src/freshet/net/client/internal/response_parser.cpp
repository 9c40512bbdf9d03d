// SPDX-License-Identifier: MIT
#include "freshet/net/client/internal/response_parser.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

#include "freshet/net/internal/ascii.hpp"

namespace freshet::net {

ResponseParser::ResponseParser(const ResponseLimits& limits, bool to_head_request)
    : limits_(limits),
      to_head_request_(to_head_request),
      chunks_(limits.body_bytes_max.value_or(std::numeric_limits<std::size_t>::max())) {}

void ResponseParser::refuse(std::string detail, ErrorCode code) {
  if (fault_) return;
  fault_ = Error{.code = code, .primary = "the answer is not one of HTTP/1.1", .detail = std::move(detail)};
  if (code == ErrorCode::too_large) fault_->primary = "the answer is too long";
}

std::size_t ResponseParser::feed(std::string_view bytes, std::string& body) {
  std::size_t taken = 0;
  while (taken < bytes.size() && !fault_ && !complete()) {
    const std::string_view rest = bytes.substr(taken);
    taken += head_complete() ? feed_body(rest, body) : feed_head(rest);
  }
  return taken;
}

void ResponseParser::end() {
  if (fault_ || complete()) return;
  if (place_ == Place::to_end) {
    place_ = Place::complete;
  } else {
    refuse(have_status_line_ || !line_.empty() ? "the connection ended in its midst" : "the connection ended");
  }
}

// One line: up to its LF, or all there is.
std::size_t ResponseParser::feed_head(std::string_view bytes) {
  const std::size_t end = bytes.find('\n');
  const std::string_view part = bytes.substr(0, end);
  if (head_bytes_ + part.size() + 1 > limits_.head_bytes_max) {
    refuse("its head has more than " + std::to_string(limits_.head_bytes_max) + " bytes", ErrorCode::too_large);
    return 0;
  }
  // A CR is followed by LF, or ends what has arrived.
  if (!line_.empty() && line_.back() == '\r' && !part.empty()) refuse("a CR in its head is not followed by LF");
  const std::size_t cr = part.find('\r');
  if (cr != std::string_view::npos && cr + 1 != part.size()) refuse("a CR in its head is not followed by LF");
  line_ += part;
  head_bytes_ += part.size() + (end == std::string_view::npos ? 0 : 1);
  if (fault_) return 0;
  if (end == std::string_view::npos) return part.size();
  if (!line_.ends_with('\r')) {
    refuse("a line of its head ends without CR");
    return 0;
  }
  line_.pop_back();
  const std::string line = std::exchange(line_, {});
  if (std::any_of(line.begin(), line.end(), is_control)) {
    refuse("its head contains a control character");
  } else {
    take_line(line);
  }
  return part.size() + 1;
}

void ResponseParser::take_line(std::string_view line) {
  if (!have_status_line_) {
    have_status_line_ = true;
    take_status_line(line);
  } else if (line.empty()) {
    finish_head();
  } else {
    take_field(line);
  }
}

// HTTP/1.1 200 OK; the reason may be missing, and many leave out the blank before it then.
void ResponseParser::take_status_line(std::string_view line) {
  constexpr std::size_t kVersionEnd = 8, kStatusEnd = 12;
  const bool has_form = line.size() >= kStatusEnd && line.starts_with("HTTP/1.") && is_digit(line[7]) &&
                        line[kVersionEnd] == ' ' && (line.size() == kStatusEnd || line[kStatusEnd] == ' ');
  const std::string_view status = has_form ? line.substr(kVersionEnd + 1, 3) : std::string_view();
  if (!has_form || !std::all_of(status.begin(), status.end(), is_digit) || status[0] == '0') {
    return refuse("it begins with \"" + std::string(line.substr(0, 40)) + "\"");
  }
  is_1_0_ = line[7] == '0';
  head_.status = (status[0] - '0') * 100 + (status[1] - '0') * 10 + (status[2] - '0');
}

void ResponseParser::take_field(std::string_view line) {
  if (line.front() == ' ' || line.front() == '\t') return refuse("a line of its head begins with white space");
  if (head_.headers.size() >= limits_.header_fields_max) {
    return refuse("its head has too many fields", ErrorCode::too_large);
  }
  const std::size_t colon = line.find(':');
  const std::string_view name = line.substr(0, colon);
  if (colon == std::string_view::npos || !is_token(name)) return refuse("a line of its head is not a field");
  const std::string_view value = trim(line.substr(colon + 1));
  if (equal_ignoring_case(name, "content-length")) take_length(value);
  if (equal_ignoring_case(name, "transfer-encoding")) take_coding(value);
  head_.headers.add(std::string(name), std::string(value));
}

void ResponseParser::take_length(std::string_view value) {
  if (length_) return refuse("its length is given twice");
  std::uint64_t length = 0;
  const char* const last = value.data() + value.size();
  const bool digits = !value.empty() && std::all_of(value.begin(), value.end(), is_digit);
  if (!digits || std::from_chars(value.data(), last, length).ec != std::errc()) {
    return refuse("its length is not a number");
  }
  length_ = length;
}

void ResponseParser::take_coding(std::string_view value) {
  if (have_coding_ || !equal_ignoring_case(value, "chunked")) return refuse("its transfer coding is not chunked alone");
  have_coding_ = true;
}

void ResponseParser::finish_head() {
  if (have_coding_ && length_) return refuse("it has a transfer coding beside a length");
  if (have_coding_ && is_1_0_) return refuse("HTTP/1.0 knows no transfer coding");
  constexpr int kSwitchingProtocols = 101;
  if (head_.status == kSwitchingProtocols) return refuse("it switches to a protocol that nobody asked for");
  if (head_.status < 200) {
    if (++interim_count_ > kInterimMax) return refuse("too many interim answers come before it");
    head_ = {};
    have_status_line_ = have_coding_ = false;
    length_.reset();
    return;
  }
  const std::string_view encoding = head_.headers.get("content-encoding");
  if (!encoding.empty() && !equal_ignoring_case(encoding, "identity")) {
    return refuse("its body is encoded, which was not asked for");
  }
  if (to_head_request_ || head_.status == 204 || head_.status == 304) {
    place_ = Place::complete;
  } else if (have_coding_) {
    place_ = Place::chunked;
  } else if (length_) {
    if (limits_.body_bytes_max && *length_ > *limits_.body_bytes_max) {
      return refuse("its body has " + std::to_string(*length_) + " bytes", ErrorCode::too_large);
    }
    bytes_left_ = *length_;
    place_ = bytes_left_ == 0 ? Place::complete : Place::sized;
  } else {
    bytes_left_ = limits_.body_bytes_max.value_or(std::numeric_limits<std::uint64_t>::max());
    place_ = Place::to_end;
  }
}

std::size_t ResponseParser::feed_body(std::string_view bytes, std::string& body) {
  if (place_ == Place::chunked) {
    const std::size_t taken = chunks_.feed(bytes, body);
    if (chunks_.fault_status() != 0) {
      constexpr int kTooLarge = 413;
      refuse(std::string(chunks_.fault_reason()),
             chunks_.fault_status() == kTooLarge ? ErrorCode::too_large : ErrorCode::unavailable);
    } else if (chunks_.done()) {
      place_ = Place::complete;
    }
    return taken;
  }
  const std::size_t count = std::min<std::uint64_t>(bytes.size(), bytes_left_);
  body.append(bytes.substr(0, count));
  bytes_left_ -= count;
  if (place_ == Place::sized && bytes_left_ == 0) place_ = Place::complete;
  if (place_ == Place::to_end && count < bytes.size()) refuse("its body goes on and on", ErrorCode::too_large);
  return count;
}

}  // namespace freshet::net
