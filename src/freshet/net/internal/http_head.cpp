// SPDX-License-Identifier: MIT
#include "freshet/net/internal/http_head.hpp"

#include <charconv>

#include "freshet/net/internal/ascii.hpp"

namespace freshet::net {
namespace {

using State = HeadScanner::State;

constexpr bool is_visible(char c) { return c > ' ' && c < '\x7f'; }

bool is_name_char(std::string_view text, std::size_t at) {
  const char c = text[at];
  if (c == '%') return at + 2 < text.size() && hex_value(text[at + 1]) >= 0 && hex_value(text[at + 2]) >= 0;
  return is_digit(c) || is_alpha(c) || std::string_view("-._~!$&'()*+,;=").find(c) != std::string_view::npos;
}

bool is_registered_name(std::string_view text) {
  if (text.empty()) return false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!is_name_char(text, at)) return false;
  }
  return true;
}

bool is_ip_literal(std::string_view text) {
  if (text.size() < 4 || text.front() != '[' || text.back() != ']') return false;
  text = text.substr(1, text.size() - 2);
  return std::all_of(text.begin(), text.end(), [](char c) { return hex_value(c) >= 0 || c == ':' || c == '.'; });
}

bool is_port(std::string_view text) {
  constexpr std::size_t kDigitsMax = 5;
  return text.size() <= kDigitsMax && std::all_of(text.begin(), text.end(), is_digit);
}

// host [":" port], without user information: RFC 3986 section 3.2.
bool is_authority(std::string_view text) {
  const std::size_t host_size = text.starts_with('[') ? text.find(']') + 1 : std::min(text.find(':'), text.size());
  const std::string_view host = text.substr(0, host_size);
  const std::string_view rest = text.substr(host_size);
  if (!rest.empty() && (rest.front() != ':' || !is_port(rest.substr(1)))) return false;
  return is_ip_literal(host) || is_registered_name(host);
}

// http://authority/path, the form that clients send to proxies and that every server has to accept.
bool is_absolute_form(std::string_view target) {
  const std::size_t scheme_end = target.find("://");
  if (scheme_end == std::string_view::npos) return false;
  const std::string_view scheme = target.substr(0, scheme_end);
  if (!equal_ignoring_case(scheme, "http") && !equal_ignoring_case(scheme, "https")) return false;
  target.remove_prefix(scheme_end + 3);
  return is_authority(target.substr(0, target.find_first_of("/?")));
}

}  // namespace

State HeadScanner::fail(int status, std::string_view reason) {
  fault_ = {status, reason};
  return state_ = State::failed;
}

State HeadScanner::scan(std::string_view bytes) {
  while (state_ == State::need_more && scanned_ < bytes.size()) {
    const std::size_t at = scanned_;
    if (bytes[at] == '\r' && at + 1 == bytes.size()) break;  // what follows decides
    if (check_byte(bytes, at) == State::failed || check_limits(at) == State::failed) break;
    ++scanned_;
    if (bytes[at] != '\n') continue;
    const std::string_view line = bytes.substr(line_start_, at - 1 - line_start_);
    line_start_ = scanned_;
    take_line(line);
  }
  return state_;
}

State HeadScanner::check_byte(std::string_view bytes, std::size_t at) {
  const char c = bytes[at];
  if (c == '\n') {
    if (at == line_start_ || bytes[at - 1] != '\r') return fail(400, "a line of the head ends without CR");
  } else if (c == '\r') {
    if (bytes[at + 1] != '\n') return fail(400, "a CR in the head is not followed by LF");
  } else if (is_control(c)) {
    return fail(400, "the head contains a control character");
  }
  return state_;
}

State HeadScanner::check_limits(std::size_t at) {
  if (!have_request_line_ && at - line_start_ >= limits_.request_line_bytes_max) {
    return fail(414, "the request line is too long");
  }
  if (at >= limits_.head_bytes_max) return fail(431, "the head is too long");
  return state_;
}

State HeadScanner::take_line(std::string_view line) {
  if (!have_request_line_) {
    if (line.empty() && facts_.begin == 0) {
      facts_.begin = line_start_;
      return state_;
    }
    have_request_line_ = true;
    return take_request_line(line);
  }
  return line.empty() ? finish() : take_field(line);
}

State HeadScanner::take_request_line(std::string_view line) {
  const std::size_t method_end = line.find(' ');
  const std::size_t target_end = line.rfind(' ');
  if (method_end == std::string_view::npos || target_end == method_end) {
    return fail(400, "the request line is not 'METHOD target HTTP/1.1'");
  }
  const std::string_view method = line.substr(0, method_end);
  if (!is_token(method)) return fail(400, "the method is not a token");
  if (take_version(line.substr(target_end + 1)) == State::failed) return state_;
  return take_target(method, line.substr(method_end + 1, target_end - method_end - 1));
}

State HeadScanner::take_version(std::string_view version) {
  constexpr std::string_view kName = "HTTP/";
  constexpr std::size_t kLength = 8;
  if (version.size() != kLength || !version.starts_with(kName) || !is_digit(version[5]) || version[6] != '.' ||
      !is_digit(version[7])) {
    return fail(400, "the request line does not end in an HTTP version");
  }
  if (version[5] != '1') return fail(505, "only HTTP/1.1 and HTTP/1.0 are spoken here");
  facts_.minor_version = version[7] == '0' ? 0 : 1;
  return state_;
}

State HeadScanner::take_target(std::string_view method, std::string_view target) {
  if (target.empty() || !std::all_of(target.begin(), target.end(), is_visible)) {
    return fail(400, "the request target contains a character that has to be percent-encoded");
  }
  if (target.find('#') != std::string_view::npos) return fail(400, "the request target contains a fragment");
  if (method == "CONNECT") return fail(501, "this server is no proxy");
  if (target == "*" && method == "OPTIONS") return state_;
  if (target.front() != '/' && !is_absolute_form(target)) return fail(400, "the request target is not a path");
  return state_;
}

State HeadScanner::take_field(std::string_view line) {
  if (line.front() == ' ' || line.front() == '\t') return fail(400, "a line of the head begins with white space");
  if (++field_count_ > limits_.header_fields_max) return fail(431, "the head has too many fields");
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return fail(400, "a line of the head has no colon");
  const std::string_view name = line.substr(0, colon);
  if (!is_token(name)) return fail(400, "the name of a header field is not a token");
  return take_value(name, trim(line.substr(colon + 1)));
}

State HeadScanner::take_value(std::string_view name, std::string_view value) {
  if (equal_ignoring_case(name, "host")) return take_host(value);
  if (equal_ignoring_case(name, "content-length")) return take_content_length(value);
  if (equal_ignoring_case(name, "connection")) return take_connection(value);
  if (equal_ignoring_case(name, "expect")) return take_expect(value);
  if (equal_ignoring_case(name, "transfer-encoding")) {
    have_coding_ = true;
    // Empty elements count: a list that is not the one word may be read in several ways.
    coding_count_ += 1 + static_cast<std::size_t>(std::count(value.begin(), value.end(), ','));
    for_each_element(value, [this](std::string_view coding) {
      last_coding_chunked_ = equal_ignoring_case(coding, "chunked");
      if (last_coding_chunked_) ++chunked_count_;
    });
  }
  return state_;
}

State HeadScanner::take_host(std::string_view value) {
  if (have_host_) return fail(400, "there is more than one Host field");
  if (!is_authority(value)) return fail(400, "the Host field is not a host");
  have_host_ = true;
  return state_;
}

State HeadScanner::take_content_length(std::string_view value) {
  if (facts_.content_length) return fail(400, "there is more than one Content-Length field");
  if (value.empty() || !std::all_of(value.begin(), value.end(), is_digit)) {
    return fail(400, "the Content-Length field is not a number");
  }
  std::uint64_t length = 0;
  if (std::from_chars(value.data(), value.data() + value.size(), length).ec != std::errc()) {
    return fail(400, "the Content-Length field is out of range");
  }
  facts_.content_length = length;
  return state_;
}

State HeadScanner::take_connection(std::string_view value) {
  for_each_element(value, [this](std::string_view option) {
    closes_ = closes_ || equal_ignoring_case(option, "close");
    keeps_alive_ = keeps_alive_ || equal_ignoring_case(option, "keep-alive");
  });
  return state_;
}

State HeadScanner::take_expect(std::string_view value) {
  if (!equal_ignoring_case(value, "100-continue")) return fail(417, "the only expectation met here is 100-continue");
  facts_.expects_continue = true;
  return state_;
}

State HeadScanner::finish() {
  const bool is_1_0 = facts_.minor_version == 0;
  if (!have_host_ && !is_1_0) return fail(400, "the Host field is missing");
  if (have_coding_ && check_coding() == State::failed) return state_;
  facts_.chunked = have_coding_;
  facts_.head_bytes = line_start_;
  facts_.keep_alive = !closes_ && (!is_1_0 || keeps_alive_);
  if (is_1_0) facts_.expects_continue = false;
  return state_ = State::done;
}

State HeadScanner::check_coding() {
  if (facts_.content_length) return fail(400, "there is a Transfer-Encoding beside a Content-Length");
  if (facts_.minor_version == 0) return fail(400, "HTTP/1.0 knows no Transfer-Encoding");
  if (!last_coding_chunked_) return fail(400, "the last transfer coding is not chunked");
  if (chunked_count_ > 1) return fail(400, "chunked is applied twice");
  if (coding_count_ > 1) return fail(501, "no transfer coding but chunked is understood here");
  return state_;
}

HeadCheck check_http_head(std::string_view bytes, const HeadLimits& limits) {
  HeadScanner scanner(limits);
  HeadCheck check;
  check.state = scanner.scan(bytes);
  if (check.state == State::done) check.facts = scanner.facts();
  if (check.state == State::failed) check.fault = scanner.fault();
  return check;
}

}  // namespace freshet::net
