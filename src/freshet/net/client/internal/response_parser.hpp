// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "freshet/base/result.hpp"
#include "freshet/net/client/response.hpp"
#include "freshet/net/internal/chunk_decoder.hpp"

namespace freshet::net {

/// Takes a response apart as it arrives: a pure function of the bytes, whatever their portions.
///
/// As strict as the server's own reading of requests, since what reads as two things may be used to slip in a third:
/// CRLF only, no folded lines, no length beside chunks or a second time, no coding but `chunked`. Interim answers (1xx)
/// are passed over, no more than kInterimMax of them.
///
/// Source: RFC 9112 sections 2 to 7.
/// Example: response_parser.test.cpp [parser]
class ResponseParser {
 public:
  static constexpr int kInterimMax = 8;

  /// `to_head_request`: the answer has no body, whatever its head says.
  explicit ResponseParser(const ResponseLimits& limits = {}, bool to_head_request = false);

  /// Takes bytes from the front of `bytes` and appends what they carry of the body to `body`; returns how many. Takes
  /// all of them unless the response ends in their midst, or is refused.
  std::size_t feed(std::string_view bytes, std::string& body);
  /// The connection has ended. Errors: the response has not.
  void end();

  bool head_complete() const { return place_ > Place::head; }
  /// Requires: head_complete().
  const ResponseHead& head() const { return head_; }
  bool complete() const { return place_ == Place::complete; }
  /// What is wrong; once set, nothing more is taken.
  const std::optional<Error>& fault() const { return fault_; }

 private:
  enum class Place : std::uint8_t { head, sized, chunked, to_end, complete };

  std::size_t feed_head(std::string_view bytes);
  void take_line(std::string_view line);
  void take_status_line(std::string_view line);
  void take_field(std::string_view line);
  void take_length(std::string_view value);
  void take_coding(std::string_view value);
  void finish_head();
  std::size_t feed_body(std::string_view bytes, std::string& body);
  void refuse(std::string detail, ErrorCode code = ErrorCode::unavailable);

  const ResponseLimits limits_;
  const bool to_head_request_;
  ResponseHead head_;
  Place place_ = Place::head;
  std::optional<Error> fault_;

  std::string line_;  // of the head, as far as it has come
  std::size_t head_bytes_ = 0;
  bool have_status_line_ = false;
  bool is_1_0_ = false;
  bool have_coding_ = false;
  int interim_count_ = 0;
  std::optional<std::uint64_t> length_;

  std::uint64_t bytes_left_ = 0;  // of a body: of its length, or of what it may have
  ChunkDecoder chunks_;
};

}  // namespace freshet::net
