// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include "freshet/net/output_stream.hpp"

namespace freshet::net {

class StreamHub;

/// What the owner of a ByteStream hears beside what an OutputStreamListener does. All calls come from the loop, never
/// from inside a call of the stream, and each of them may do anything with the stream.
class ByteStreamInput {
 public:
  /// Bytes that arrived. They lie in a buffer that all streams share: valid, and free to be changed, during the call.
  virtual void on_input(std::span<char> bytes) = 0;
  /// The server stops: time for last words, and to close().
  virtual void on_stop() = 0;

 protected:
  ~ByteStreamInput() = default;
};

/// A connection that has left HTTP: an OutputStream that also hears what the client sends. It is made by an answer that
/// switches protocols.
///
/// What arrives goes to the input as it comes; without one it is discarded, as an OutputStream does. While nothing
/// arrives there is no buffer.
class ByteStream : public OutputStream {
 public:
  /// Not owned: outlives the stream or is taken off again, with null.
  virtual void set_input(ByteStreamInput* input) = 0;
  /// As close(), but the end of the connection is left to the client, for ServerOptions::linger_timeout: what it is
  /// still sending is discarded, and does not take away from it what was sent last.
  virtual void close_gently() = 0;

  /// What all streams of a server share, for net's own sources.
  virtual StreamHub& hub() = 0;
};

}  // namespace freshet::net
