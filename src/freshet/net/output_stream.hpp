// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "freshet/net/block.hpp"

namespace freshet::net {

/// Why a stream ended.
enum class CloseReason : std::uint8_t {
  finished,     ///< closed here, and all that was queued is with the kernel
  peer_gone,    ///< the client closed or reset the connection
  stalled,      ///< the client took nothing for the write timeout while bytes were waiting
  misbehaving,  ///< the client kept sending bytes where nothing is expected
  aborted,      ///< closed here without waiting: abort(), or the server's stop deadline
};

const char* to_string(CloseReason reason);

/// What the owner of an OutputStream hears from it. All calls come from the loop, never from inside a call of the
/// stream.
class OutputStreamListener {
 public:
  /// Everything queued is with the kernel again, after a write was refused or a queue was dropped.
  virtual void on_drained() = 0;
  /// The stream has ended, by whatever side. The last call; comes exactly once.
  virtual void on_closed(CloseReason reason) = 0;

 protected:
  ~OutputStreamListener() = default;
};

/// The body of one response as an endless stream: a connection that after its response head only ever sends blocks.
///
/// Blocks are queued by reference and leave at the end of the loop turn, all in one gathered write that is tried
/// directly on the socket, here or on an I/O loop; only a full socket waits for readiness. An idle stream has no
/// coroutine, timer or buffer. The body is delimited by the end of the connection (no chunked coding), so that blocks
/// are the same bytes for every client.
///
/// Lifetime: owned by whoever it was handed to (one session); dropping the last reference without close() discards what
/// is not with the kernel yet and tells nobody. After close() the server keeps it until its queue is sent. Its server
/// and loop outlive it. The listener is not owned: it outlives the stream or is taken off with set_listener(nullptr).
/// Thread safety: belongs to its loop.
///
/// Invariants: (1) blocks leave whole and in order; only blocks of which no byte was sent are ever dropped. (2) memory
/// held for a client that does not read is at most the budget, or where an I/O loop has the socket 256 KiB if that is
/// more, plus one block.
class OutputStream {
 public:
  virtual ~OutputStream() = default;

  virtual void set_listener(OutputStreamListener* listener) = 0;

  /// Queues `block` for the end of this turn. False: refused, because it would exceed the byte budget (an empty queue
  /// takes a block of any size) or the stream is closing; nothing was queued, and after a refusal for the budget
  /// on_drained() follows. A burst within one turn does not refuse by itself: the socket is tried first, or, where an
  /// I/O loop has it (ServerOptions::io_loops), what was not tried yet counts only beyond 256 KiB.
  /// Requires: `block` is not null. Cost: one reference; no allocation while few blocks wait.
  [[nodiscard]] virtual bool write(Block block) = 0;
  /// Discards all blocks of which nothing has been sent, returns their bytes; on_drained() follows when the rest is
  /// out. Where an I/O loop has the socket it does so a moment later, and queued_bytes() tells: this returns 0.
  virtual std::size_t drop_queue() = 0;
  /// Ends the stream when all that is queued is sent. Later writes are refused.
  virtual void close() = 0;
  /// Ends the stream now.
  virtual void abort() = 0;

  /// False from close(), abort() or the end of the connection on.
  virtual bool is_open() const = 0;
  /// Bytes that are not with the kernel yet.
  virtual std::size_t queued_bytes() const = 0;
  virtual std::size_t budget_bytes() const = 0;
  virtual void set_budget_bytes(std::size_t bytes) = 0;
  /// Bytes of the body given to the kernel since the start.
  virtual std::uint64_t sent_bytes() const = 0;
  /// The client's address, as 192.0.2.7:50312 or [2001:db8::7]:50312.
  virtual std::string remote() const = 0;
};

}  // namespace freshet::net
