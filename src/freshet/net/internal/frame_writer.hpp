// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "freshet/net/block.hpp"
#include "freshet/net/internal/wire.hpp"

namespace freshet::net {

/// What waits to leave on one HTTP/2 connection, in order: frames as nghttp2 writes them, and parts of shared blocks
/// behind the headers of their frames, gathered into few system calls.
class FrameWriter {
 public:
  std::size_t bytes() const { return bytes_; }

  void add_bytes(std::string_view bytes);
  /// Shares the block until that part of it is sent.
  void add_part(Block block, std::size_t offset, std::size_t size);

  /// Sends as much as the socket takes. Requires: the wire has nothing unsent, or nothing waits but that.
  Transfer send(Wire& wire);
  void clear();

 private:
  struct Part {
    Block block;  // null: of own_
    std::size_t offset = 0;
    std::size_t size = 0;
  };

  void take_off(std::size_t sent);

  std::vector<Part> parts_;
  std::size_t front_ = 0;
  std::string own_;
  std::size_t bytes_ = 0;
};

}  // namespace freshet::net
