// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "freshet/net/http.hpp"
#include "freshet/net/internal/request_parser.hpp"

namespace freshet::net {

/// Makes a Request of the header fields and the body of one HTTP/2 stream: no sockets, no time.
///
/// nghttp2 has checked before that names are lower-case tokens, values without control characters, pseudo-header fields
/// complete, first and single, fields of a connection absent, and that Content-Length is the length of the body.
///
/// Invariant: memory grows with what is within the limits only. Source: RFC 9113 section 8.
class Http2Request {
 public:
  explicit Http2Request(const RequestLimits& limits) : limits_(limits) {}

  void add_field(std::string_view name, std::string_view value);
  /// For a field that is against the rules.
  void refuse_field();
  /// The head is complete.
  void end_head();
  void add_body(std::string_view bytes);
  /// What came so far is too much for the server.
  void refuse_body() { fail(413, "the body is too large"); }

  bool failed() const { return fault_.status != 0; }
  /// Whether the client waits to be asked for the body. Source: RFC 9110 section 10.1.1.
  bool expects_continue() const { return expects_continue_ && !failed(); }
  /// Requires: failed.
  const RequestFault& fault() const { return fault_; }
  /// Requires: the head has ended, and is none that failed.
  Request& request() { return request_; }
  /// What is known of one that failed after its head; else null.
  Request* head() { return has_ended_head_ ? &request_ : nullptr; }
  std::size_t body_bytes() const { return request_.body.size(); }

 private:
  void fail(int status, std::string_view reason);
  bool count(std::size_t bytes);
  void take_path(std::string_view path);

  const RequestLimits limits_;
  Request request_;
  std::string authority_;
  std::string cookies_;
  std::size_t head_bytes_ = 0;
  std::size_t field_count_ = 0;
  bool has_method_ = false;
  bool expects_continue_ = false;
  bool has_ended_head_ = false;
  RequestFault fault_;
};

}  // namespace freshet::net
