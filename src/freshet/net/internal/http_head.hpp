// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace freshet::net {

struct HeadLimits {
  std::size_t request_line_bytes_max = 8 * 1024;
  std::size_t head_bytes_max = 16 * 1024;
  std::size_t header_fields_max = 100;
};

/// What is wrong with a head: the status to answer with, and one sentence.
struct HeadFault {
  int status = 0;
  std::string_view reason;
};

/// How the message continues after its head.
struct HeadFacts {
  /// Where the request line begins: after the one empty line that is tolerated before it.
  std::size_t begin = 0;
  /// The length of all of it, the empty line at its end included.
  std::size_t head_bytes = 0;
  int minor_version = 1;
  bool keep_alive = true;
  bool chunked = false;
  bool expects_continue = false;
  std::optional<std::uint64_t> content_length;
};

/// Checks the head of an HTTP/1.x request strictly, as it arrives: a pure function of the bytes, whatever their
/// portions.
///
/// A head that passes has one meaning for everybody who reads it. What others might read differently is refused, never
/// repaired: line endings other than CRLF, folded lines, white space around names, lengths given twice, transfer
/// codings beside lengths, hosts that are missing, repeated or malformed.
///
/// Source: RFC 9112 sections 2 to 6, RFC 9110 section 7.2. Cost: each byte is looked at once.
class HeadScanner {
 public:
  enum class State : std::uint8_t { need_more, done, failed };

  explicit HeadScanner(const HeadLimits& limits) : limits_(limits) {}

  /// Requires: `bytes` is all that arrived since the start of the message, at least as long as the last time.
  State scan(std::string_view bytes);

  /// Requires: done.
  const HeadFacts& facts() const { return facts_; }
  /// Requires: failed.
  const HeadFault& fault() const { return fault_; }

 private:
  State fail(int status, std::string_view reason);
  State check_byte(std::string_view bytes, std::size_t at);
  State check_limits(std::size_t at);
  State take_line(std::string_view line);
  State take_request_line(std::string_view line);
  State take_target(std::string_view method, std::string_view target);
  State take_version(std::string_view version);
  State take_field(std::string_view line);
  State take_value(std::string_view name, std::string_view value);
  State take_host(std::string_view value);
  State take_content_length(std::string_view value);
  State take_connection(std::string_view value);
  State take_expect(std::string_view value);
  State finish();
  State check_coding();

  HeadLimits limits_;
  State state_ = State::need_more;
  std::size_t scanned_ = 0;
  std::size_t line_start_ = 0;
  bool have_request_line_ = false;
  bool have_host_ = false;
  bool closes_ = false;
  bool keeps_alive_ = false;
  bool have_coding_ = false;
  bool last_coding_chunked_ = false;
  std::size_t coding_count_ = 0;
  std::size_t chunked_count_ = 0;
  std::size_t field_count_ = 0;
  HeadFacts facts_;
  HeadFault fault_;
};

/// The scanner on bytes that are all there: the fault of a head, or its facts, or neither while its end is missing.
struct HeadCheck {
  HeadScanner::State state = HeadScanner::State::need_more;
  HeadFacts facts;
  HeadFault fault;
};
HeadCheck check_http_head(std::string_view bytes, const HeadLimits& limits = {});

}  // namespace freshet::net
