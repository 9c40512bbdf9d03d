// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace freshet::net {

/// Goes over what arrives on an HTTP/2 connection, frame by frame, however it is cut: for the frames that nghttp2
/// passes over without a word. Source: RFC 9113 section 4.1.
class Http2FrameWalk {
 public:
  static constexpr std::size_t kHeaderBytes = 9;

  /// `skipped`: bytes before the first frame.
  explicit Http2FrameWalk(std::size_t skipped) : left_(skipped) {}

  /// How many of the bytes come before the next place where something ends: the header of a frame, or its payload.
  std::size_t take(std::string_view bytes) {
    at_header_ = false;
    if (left_ > 0) {
      const std::size_t size = std::min(left_, bytes.size());
      left_ -= size;
      return size;
    }
    const std::size_t size = std::min(kHeaderBytes - filled_, bytes.size());
    std::copy_n(bytes.begin(), size, header_.begin() + static_cast<std::ptrdiff_t>(filled_));
    filled_ += size;
    if (filled_ == kHeaderBytes) {
      filled_ = 0;
      at_header_ = true;
      left_ = (byte(0) << 16U) + (byte(1) << 8U) + byte(2);
    }
    return size;
  }

  /// Whether what was taken last ended a header.
  bool at_header() const { return at_header_; }
  /// Of that header. Requires: at_header().
  std::uint8_t type() const { return static_cast<std::uint8_t>(header_[3]); }
  std::int32_t stream_id() const {
    return static_cast<std::int32_t>(((byte(5) & 0x7fU) << 24U) + (byte(6) << 16U) + (byte(7) << 8U) + byte(8));
  }

 private:
  std::size_t byte(std::size_t index) const { return static_cast<unsigned char>(header_[index]); }

  std::array<char, kHeaderBytes> header_{};
  std::size_t filled_ = 0;
  std::size_t left_;
  bool at_header_ = false;
};

}  // namespace freshet::net
