// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "freshet/net/websocket/close_code.hpp"

namespace freshet::net {

inline constexpr int kWindowBitsMin = 9;
inline constexpr int kWindowBitsMax = 15;

/// Inflates messages, each of them alone: a peer that was told to use no context takes none from the one before. So one
/// of these serves any number of sockets.
///
/// Source: RFC 7692 section 7.2.2. Thread safety: none. Holds 40 KiB once it was used.
class Inflater {
 public:
  Inflater();
  ~Inflater();
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  /// Errors: invalid_payload, message_too_big; no more than `bytes_max` and one are ever made.
  tl::expected<std::string, Violation> inflate(std::string_view compressed, std::size_t bytes_max);

 private:
  struct Stream;
  std::unique_ptr<Stream> stream_;
};

/// Deflates messages, each of them alone, for any number of sockets.
///
/// Source: RFC 7692 section 7.2.1. Thread safety: none. Holds 16 to 270 KiB, as the window demands, once it was used.
class Deflater {
 public:
  /// `level` from 1, fast, to 9, small. Requires: window_bits from kWindowBitsMin to kWindowBitsMax.
  Deflater(int window_bits, int level);
  ~Deflater();
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  std::string deflate(std::string_view message);

 private:
  struct Stream;
  std::unique_ptr<Stream> stream_;
};

}  // namespace freshet::net
