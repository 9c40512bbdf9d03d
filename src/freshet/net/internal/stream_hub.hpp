// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "freshet/net/byte_stream.hpp"
#include "freshet/net/internal/asio.hpp"
#include "freshet/net/internal/sweep_ring.hpp"
#include "freshet/net/server.hpp"

namespace freshet::net {

class LoopCore;
class StreamSocket;
class Wire;

/// All streams of one server: flushes those with something to send once per loop turn, and ends the stalled ones.
///
/// Owners: the server and each of its streams, so that a stream may outlive its server as a closed one.
///
/// Invariants: (1) `open_` holds exactly the streams that have not ended. (2) `blocked_` holds exactly those of them
/// that wait for a full socket, `lingering_` those that wait for the client to end; of the others the sweep looks at
/// nothing but the rings. (3) dirty or ended streams are waiting only while
/// a flush is scheduled.
class StreamHub : public std::enable_shared_from_this<StreamHub> {
 public:
  struct Counters {
    std::uint64_t opened = 0;
    std::uint64_t writes = 0;
    std::uint64_t bytes = 0;
    std::uint64_t refusals = 0;
    std::uint64_t stalled = 0;
    std::uint64_t misbehaving = 0;
    std::size_t queued_bytes = 0;
  };

  StreamHub(LoopCore& loop, const ServerOptions& options);

  /// Makes a stream of a connection; `head`, the response head, is sent first. `early` is what the client has
  /// sent behind its request.
  std::shared_ptr<StreamSocket> adopt(Wire wire, std::string head, std::string early = {});

  void close_all();
  /// Keeps what nobody else may keep any more until its stream has ended, and no longer than the hub is open.
  void keep(std::shared_ptr<const void> listener);
  void let_go(const void* listener);
  /// Returns how many there were.
  std::size_t abort_all();
  /// Ends everything for good. Afterwards the hub holds no stream, which hold the hub.
  void shut();
  /// Ends the streams whose client has taken nothing for the write timeout.
  void sweep();
  void on_stream_gone(std::function<void()> listener) { on_stream_gone_ = std::move(listener); }

  std::size_t size() const { return open_.size(); }
  const Counters& counters() const { return counters_; }
  Counters& counters() { return counters_; }

  // For WebSockets.
  SteadyTime now() const;
  WebSocketStats& websockets() { return websockets_; }
  /// Those that are looked at once in ServerOptions::idle_check_interval.
  SweepRing& idle_ring() { return idle_ring_; }
  /// Those that are looked at in each sweep.
  SweepRing& urgent_ring() { return urgent_ring_; }

 private:
  friend class StreamSocket;

  /// A list of streams that each know their place in it, so that removal is one move.
  using Places = std::vector<StreamSocket*>;
  static void insert(Places& places, StreamSocket& stream, std::size_t StreamSocket::*place);
  static void erase(Places& places, StreamSocket& stream, std::size_t StreamSocket::*place);

  void mark_dirty(std::shared_ptr<StreamSocket> stream);
  void add_ended(std::shared_ptr<StreamSocket> stream);
  void schedule();
  void end_turn();
  /// A buffer that everyone may use until the next byte is received.
  std::vector<char>& scratch();

  LoopCore& loop_;
  const ServerOptions options_;
  Counters counters_;
  Places open_;
  Places blocked_;
  Places lingering_;
  WebSocketStats websockets_;
  SweepRing idle_ring_;
  SweepRing urgent_ring_;
  std::vector<char> scratch_;
  std::vector<std::shared_ptr<StreamSocket>> dirty_;
  std::vector<std::shared_ptr<StreamSocket>> ended_;
  // What closes by itself. Not held by itself, which nobody could end but its stream.
  std::unordered_map<const void*, std::shared_ptr<const void>> kept_;
  // Taken turns with dirty_, so that neither allocates in the long run.
  std::vector<std::shared_ptr<StreamSocket>> flushing_;
  bool scheduled_ = false;
  std::function<void()> on_stream_gone_;
};

}  // namespace freshet::net
