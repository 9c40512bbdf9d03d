// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

namespace freshet::net {

/// What became of an attempt to read or write without waiting.
struct Transfer {
  enum class State : std::uint8_t {
    open,         ///< all was done; reading: there may be more
    wants_read,   ///< goes on when the socket is readable
    wants_write,  ///< goes on when the socket is writable
    ended,        ///< the client has closed its side
    failed,       ///< the connection is gone, or broken
  };

  State state = State::open;
  /// How many were read or taken, also where the rest has to wait.
  std::size_t bytes = 0;

  bool waits() const { return state == State::wants_read || state == State::wants_write; }
  bool over() const { return state == State::ended || state == State::failed; }
};

}  // namespace freshet::net
