// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "freshet/base/inbox.hpp"
#include "freshet/net/block.hpp"
#include "freshet/net/internal/io_batch.hpp"
#include "freshet/net/internal/wire.hpp"
#include "freshet/net/output_stream.hpp"
#include "freshet/net/server.hpp"

namespace freshet::net {

class FarEnd;
class IoLoop;
class IoReport;
class Loop;
class RelayedStream;
class StreamHub;

/// The I/O loops of one server, and the streams whose sockets they have, as the graph's loop sees them.
///
/// What the graph's loop has for an I/O loop in one turn crosses at its end as one IoBatch, what that has for it as one
/// IoReport. Neither ever waits for the other. Order is kept in each direction, so a stream has two ends that agree: a
/// RelayedStream here, a FarEnd there. The far end reports once that it has ended, as its last word; then it is
/// forgotten, as the last word to it.
///
/// Owners: the server and each of its streams, so that a stream may outlive its server as a closed one.
/// Thread safety: belongs to the graph's loop, but for post().
///
/// Invariants: (1) a slot is in use from adopt() to the last report on its stream. (2) batches are pending only while
/// their hand-over is scheduled.
class IoLoops : public std::enable_shared_from_this<IoLoops> {
 public:
  /// `hub` is that of the graph's loop, for what all streams of the server share.
  IoLoops(Loop& loop, std::shared_ptr<StreamHub> hub, const ServerOptions& options);
  ~IoLoops();
  IoLoops(const IoLoops&) = delete;
  IoLoops& operator=(const IoLoops&) = delete;

  /// Makes the loops.
  void open();
  /// Whether streams stay on the graph's loop.
  bool empty() const { return lanes_.empty(); }
  /// Makes a stream of a connection, on the I/O loop that has the fewest. `head` is sent first; `early` is what the
  /// client has sent behind its request; `listens` is whether it may send more.
  std::shared_ptr<RelayedStream> adopt(Wire wire, std::string head, std::string early, bool listens);

  void close_all();
  /// Returns how many there were. They are gone when the I/O loops have said so.
  std::size_t abort_all();
  /// Ends everything for good, the threads first.
  void shut();
  void on_stream_gone(std::function<void()> listener) { on_stream_gone_ = std::move(listener); }
  std::size_t size() const { return slots_.size() - free_slots_.size(); }
  void add_to(ServerStats& stats) const;

  // For the I/O loops.
  /// From any thread.
  void post(std::shared_ptr<Inbox::Letter> letter) { inbox_.post(std::move(letter)); }
  void hear(IoReport& report);

  // For the streams.
  StreamHub& hub() { return *hub_; }
  void order(RelayedStream& stream, IoOrder::Kind kind);
  void order_write(RelayedStream& stream, const Block& block);
  /// The application has let go of a stream without a word.
  void abandon(RelayedStream& stream);
  void count_refusal() { ++refusals_; }

 private:
  struct Lane {
    std::unique_ptr<IoLoop> loop;
    // What crosses at the end of this turn; null if there is nothing.
    std::shared_ptr<IoBatch> batch;
    std::size_t orders_last = 0;
    std::size_t streams = 0;
    std::uint64_t handed_bytes = 0;
  };
  struct Slot {
    std::unique_ptr<FarEnd> end;
    RelayedStream* stream = nullptr;  // null when nobody listens any more
    std::uint32_t lane = 0;
  };

  std::uint32_t choose_lane() const;
  std::uint32_t take_slot();
  IoBatch& batch(Lane& lane);
  void hand_over();
  void close_slot(std::uint32_t index, CloseReason reason);

  Loop& loop_;
  const std::shared_ptr<StreamHub> hub_;
  const ServerOptions options_;
  std::vector<Lane> lanes_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_slots_;
  Inbox inbox_;
  std::function<void()> on_stream_gone_;
  std::uint64_t opened_ = 0;
  std::uint64_t refusals_ = 0;
  bool scheduled_ = false;
  bool shut_ = false;
};

}  // namespace freshet::net
