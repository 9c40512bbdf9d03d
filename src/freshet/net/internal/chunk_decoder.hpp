// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace freshet::net {

/// Decodes a chunked body as it arrives: a pure function of the bytes, whatever their portions.
///
/// Strict where decoders are known to differ: CRLF alone ends a line, a size is one to sixteen hexadecimal digits and
/// nothing else, an extension has no control characters. Extensions and trailers are checked and dropped.
///
/// Own code, because Boost.Beast's decoder reads extensions across the ends of lines, waits where a line can no longer
/// become valid, and merges trailers into the header.
/// Source: RFC 9112 section 7.1.
class ChunkDecoder {
 public:
  explicit ChunkDecoder(std::size_t body_bytes_max) : body_bytes_left_(body_bytes_max) {}

  /// Takes bytes from the front of `bytes`, all of them unless the body ends or is refused; appends what they carry to
  /// `body`. Returns how many were taken.
  std::size_t feed(std::string_view bytes, std::string& body);

  bool done() const { return place_ == Place::end; }
  /// The status to refuse the body with: 400, 413, or 0 as long as nothing is wrong.
  int fault_status() const { return fault_status_; }
  std::string_view fault_reason() const { return fault_reason_; }

 private:
  // What the next byte belongs to.
  enum class Place : std::uint8_t {
    size_begin,
    size,
    extension_begin,
    extension,
    size_lf,
    data,
    data_cr,
    data_lf,
    trailer_begin,
    trailer_name,
    trailer_value,
    trailer_lf,
    final_lf,
    end,
  };

  void take_framing(char c);
  void take_size(char c);
  void take_trailer(char c);
  void end_size_line();
  void expect(char c, char expected, Place next);
  void refuse(int status, std::string_view reason);
  void spend_framing_byte();

  std::size_t body_bytes_left_;
  std::uint64_t chunk_bytes_left_ = 0;
  int digit_count_ = 0;
  std::size_t framing_bytes_ = 0;
  Place place_ = Place::size_begin;
  int fault_status_ = 0;
  std::string_view fault_reason_;
};

}  // namespace freshet::net
