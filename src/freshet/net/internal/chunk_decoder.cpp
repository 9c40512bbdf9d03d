// SPDX-License-Identifier: MIT
#include "freshet/net/internal/chunk_decoder.hpp"

#include <algorithm>

#include "freshet/net/internal/ascii.hpp"

namespace freshet::net {
namespace {

constexpr int kSizeDigitsMax = 16;
// Of all extensions and trailers of one body together: nobody needs either.
constexpr std::size_t kFramingBytesMax = 4 * 1024;

}  // namespace

std::size_t ChunkDecoder::feed(std::string_view bytes, std::string& body) {
  std::size_t taken = 0;
  while (taken < bytes.size() && !done() && fault_status_ == 0) {
    if (place_ != Place::data) {
      take_framing(bytes[taken++]);
      continue;
    }
    const std::size_t size = std::min<std::uint64_t>(bytes.size() - taken, chunk_bytes_left_);
    body.append(bytes, taken, size);
    taken += size;
    chunk_bytes_left_ -= size;
    if (chunk_bytes_left_ == 0) place_ = Place::data_cr;
  }
  return taken;
}

void ChunkDecoder::take_framing(char c) {
  switch (place_) {
    case Place::data_cr:
      return expect(c, '\r', Place::data_lf);
    case Place::data_lf:
      return expect(c, '\n', Place::size_begin);
    case Place::size_lf:
      return c == '\n' ? end_size_line() : refuse(400, "the size of a chunk is malformed");
    case Place::trailer_lf:
      return expect(c, '\n', Place::trailer_begin);
    case Place::final_lf:
      return expect(c, '\n', Place::end);
    case Place::trailer_begin:
    case Place::trailer_name:
    case Place::trailer_value:
      return take_trailer(c);
    default:
      return take_size(c);
  }
}

void ChunkDecoder::expect(char c, char expected, Place next) {
  if (c != expected) return refuse(400, "the end of a chunk is malformed");
  place_ = next;
}

void ChunkDecoder::refuse(int status, std::string_view reason) {
  fault_status_ = status;
  fault_reason_ = reason;
}

void ChunkDecoder::spend_framing_byte() {
  if (++framing_bytes_ > kFramingBytesMax) refuse(400, "the chunks have too many extensions or trailers");
}

// The line "1a;name=value": the digits, then anything after a semicolon and the first character of a name.
void ChunkDecoder::take_size(char c) {
  const int digit = hex_value(c);
  if (place_ == Place::size_begin) {
    chunk_bytes_left_ = 0;
    digit_count_ = 0;
  }
  if (place_ <= Place::size && digit >= 0 && digit_count_ < kSizeDigitsMax) {
    chunk_bytes_left_ = chunk_bytes_left_ * 16 + static_cast<std::uint64_t>(digit);
    ++digit_count_;
    place_ = Place::size;
  } else if ((place_ == Place::size || place_ == Place::extension) && c == '\r') {
    place_ = Place::size_lf;
  } else if (place_ == Place::size && c == ';') {
    place_ = Place::extension_begin;
  } else if ((place_ == Place::extension_begin && is_token_char(c)) || (place_ == Place::extension && !is_control(c))) {
    place_ = Place::extension;
    spend_framing_byte();
  } else {
    refuse(400, "the size of a chunk is malformed");
  }
}

void ChunkDecoder::end_size_line() {
  if (chunk_bytes_left_ > body_bytes_left_) return refuse(413, "the body is too large");
  body_bytes_left_ -= chunk_bytes_left_;
  place_ = chunk_bytes_left_ == 0 ? Place::trailer_begin : Place::data;
}

void ChunkDecoder::take_trailer(char c) {
  spend_framing_byte();
  if (c == '\r' && place_ == Place::trailer_begin) {
    place_ = Place::final_lf;
  } else if (c == '\r' && place_ == Place::trailer_value) {
    place_ = Place::trailer_lf;
  } else if (c == ':' && place_ == Place::trailer_name) {
    place_ = Place::trailer_value;
  } else if (place_ == Place::trailer_value ? is_control(c) : !is_token_char(c)) {
    refuse(400, "a trailer is malformed");
  } else if (place_ == Place::trailer_begin) {
    place_ = Place::trailer_name;
  }
}

}  // namespace freshet::net
