// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>

#include "freshet/stream/event.hpp"

namespace freshet::stream {

/// What the owner of a SessionPort hears from it; never from inside a call of the port.
class SessionPortListener {
 public:
  /// All that waited has gone, after a write was refused.
  virtual void on_drained() = 0;
  /// The client has gone, or has what it came for. The last call; it may destroy the port.
  virtual void on_closed() = 0;

 protected:
  ~SessionPortListener() = default;
};

/// Where the events of one session go: a connection of its own, or a part of one that several sessions share.
///
/// Whoever shares a connection has one port for each session; a drained connection tells each port that was refused.
///
/// Lifetime: belongs to its session. The listener outlives the port, or is taken off with set_listener(nullptr).
/// Thread safety: belongs to the loop.
class SessionPort {
 public:
  SessionPort() = default;
  SessionPort(const SessionPort&) = delete;
  SessionPort& operator=(const SessionPort&) = delete;
  virtual ~SessionPort() = default;

  virtual void set_listener(SessionPortListener* listener) = 0;

  /// Queues the event in this port's format for the end of the turn, as a reference to its block. False: refused,
  /// because more than `budget_bytes` would wait on the connection (where nothing waits an event of any size has room),
  /// or because the connection has ended; nothing was queued, and after a refusal for the budget on_drained() follows.
  [[nodiscard]] virtual bool write(const Event& event, std::size_t budget_bytes) = 0;
  /// Bytes that wait on the connection.
  virtual std::size_t queued_bytes() const = 0;
  /// False once the connection has ended.
  virtual bool is_open() const = 0;

  /// Called now and then while nothing waits, so that a dead connection shows itself. A connection that is shared sees
  /// to that by itself.
  virtual void heartbeat() = 0;
  /// Tells the client to come back after that time; finish() follows.
  virtual void come_back_after(std::chrono::milliseconds delay) = 0;
  /// The session is over. What was queued still goes out, then the connection ends if it was for this session alone.
  virtual void finish() = 0;
};

}  // namespace freshet::stream
