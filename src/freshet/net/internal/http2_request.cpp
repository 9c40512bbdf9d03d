// SPDX-License-Identifier: MIT
#include "freshet/net/internal/http2_request.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>

#include "freshet/net/internal/ascii.hpp"

namespace freshet::net {
namespace {

// What a field counts for beside its bytes. Source: RFC 9113 section 6.5.2.
constexpr std::size_t kFieldOverhead = 32;

// Visible ASCII without the fragment, which never leaves a client. Source: RFC 9112 section 3.2.
bool is_target(std::string_view path) {
  return std::all_of(path.begin(), path.end(), [](char c) { return c > 0x20 && c < 0x7f && c != '#'; });
}

}  // namespace

// The first fault counts; what was taken before is given back.
void Http2Request::fail(int status, std::string_view reason) {
  if (failed()) return;
  fault_ = {status, reason};
  if (!has_ended_head_) request_.headers = {};
  request_.body = std::string();
  cookies_ = authority_ = std::string();
}

bool Http2Request::count(std::size_t bytes) {
  head_bytes_ += bytes + kFieldOverhead;
  ++field_count_;
  if (head_bytes_ > limits_.head.head_bytes_max) fail(431, "the head is too large");
  if (field_count_ > limits_.head.header_fields_max) fail(431, "there are too many header fields");
  return !failed();
}

void Http2Request::add_field(std::string_view name, std::string_view value) {
  if (failed()) return;
  if (name == ":path" && value.size() > limits_.head.request_line_bytes_max) return fail(414, "the target is too long");
  if (!count(name.size() + value.size())) return;
  if (name == ":method") {
    const std::optional<Method> method = method_of(value);
    if (!method) return fail(501, "the method is not implemented");
    request_.method = *method;
    has_method_ = true;
  } else if (name == ":path") {
    take_path(value);
  } else if (name == ":authority") {
    authority_ = value;
  } else if (name == "host" && request_.headers.find("host") != nullptr) {
    fail(400, "there are several hosts");
  } else if (name == "cookie") {
    // In one field each, so that they compress better. Source: RFC 9113 section 8.2.3.
    cookies_.append(cookies_.empty() ? "" : "; ").append(value);
  } else if (name == "expect" && !equal_ignoring_case(value, "100-continue")) {
    fail(417, "the only expectation met here is 100-continue");
  } else if (!name.starts_with(':')) {
    expects_continue_ = expects_continue_ || name == "expect";
    request_.headers.add(std::string(name), std::string(value));
  }
}

void Http2Request::refuse_field() { fail(400, "a header field is malformed"); }

void Http2Request::take_path(std::string_view path) {
  if (path.empty() || !is_target(path) || (path.front() != '/' && path != "*")) {
    return fail(400, "the target is malformed");
  }
  const std::size_t path_end = std::min(path.find('?'), path.size());
  request_.path = path.substr(0, path_end);
  if (path_end < path.size()) request_.query = path.substr(path_end + 1);
}

void Http2Request::end_head() {
  if (failed()) return;
  const std::string_view host = request_.headers.get("host");
  if (!authority_.empty() && !host.empty() && host != authority_) return fail(400, "host and authority differ");
  if (authority_.empty() && host.empty()) return fail(400, "there is no host");
  if (authority_.find('@') != std::string::npos) return fail(400, "the authority names a user");
  if (!has_method_ || request_.path.empty()) return fail(400, "the head is not complete");
  if (host.empty()) request_.headers.add("host", std::exchange(authority_, {}));
  if (!cookies_.empty()) request_.headers.add("cookie", std::exchange(cookies_, {}));
  has_ended_head_ = true;
  const std::string_view length = request_.headers.get("content-length");
  std::uint64_t claimed = 0;
  std::from_chars(length.data(), length.data() + length.size(), claimed);
  if (claimed > limits_.body_bytes_max) refuse_body();
}

void Http2Request::add_body(std::string_view bytes) {
  if (failed()) return;
  if (request_.body.size() + bytes.size() > limits_.body_bytes_max) return refuse_body();
  request_.body.append(bytes);
}

}  // namespace freshet::net
