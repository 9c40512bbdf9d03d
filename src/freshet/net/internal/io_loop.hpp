// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "freshet/base/inbox.hpp"
#include "freshet/net/internal/asio.hpp"
#include "freshet/net/internal/io_report.hpp"
#include "freshet/net/internal/loop_core.hpp"
#include "freshet/net/internal/stream_hub.hpp"
#include "freshet/net/loop.hpp"

namespace freshet::net {

/// A loop for sockets alone, beside the one that the graph is on: it sends what comes in batches, and reports.
///
/// Its thread lives while the graph's loop runs; where that is polled, so is this one, in the same thread.
///
/// Owner: IoLoops. Thread safety: as each part says.
class IoLoop final : public FollowingLoop {
 public:
  /// What all of its streams came to, as the last turn left it. Relaxed: each is a figure by itself.
  struct Figures {
    std::atomic<std::uint64_t> writes{0};
    std::atomic<std::uint64_t> bytes{0};
    std::atomic<std::uint64_t> stalled{0};
    std::atomic<std::uint64_t> misbehaving{0};
    /// Of the bytes that came in batches, those that wait no more.
    std::atomic<std::uint64_t> gone{0};
  };

  /// Input of all streams on its way to the graph's loop; beyond it nothing more is read.
  static constexpr std::size_t kUnreadBytesMax = 8 * 1024 * 1024;

  IoLoop(IoLoops& owner, const Clock& clock, const ServerOptions& options, std::string name);
  ~IoLoop();

  // From any thread.
  void post(std::shared_ptr<Inbox::Letter> letter) { inbox_.post(std::move(letter)); }
  const Figures& figures() const { return figures_; }

  // On the graph's loop.
  bool poll() override;
  void start() override;
  void halt() override;
  /// Ends what is left, and takes nothing any more. Requires: halted; no end of a stream is left but in its inbox.
  void shut();

  // On this loop, for the ends of its streams.
  StreamHub& hub() { return *hub_; }
  asio::io_context& context() { return loop_.core().context(); }
  /// What goes to the graph's loop at the end of this turn.
  IoReport& report();
  void count_taken(std::size_t bytes) { taken_bytes_ += bytes; }
  void count_unread(std::size_t bytes) { unread_bytes_ += bytes; }
  void took(std::size_t bytes) { unread_bytes_ -= bytes; }
  bool may_read() const { return unread_bytes_ < kUnreadBytesMax; }
  void add_paused(FarEnd& end) { paused_.push_back(&end); }
  void remove_paused(FarEnd& end) { std::erase(paused_, &end); }
  /// Has those read again that may.
  void read_on();

 private:
  void run();
  void end_turn();
  void publish();

  IoLoops& owner_;
  const std::string name_;
  Loop loop_;
  const std::shared_ptr<StreamHub> hub_;
  Inbox inbox_;
  std::shared_ptr<IoReport> report_;
  std::vector<FarEnd*> paused_;
  std::uint64_t taken_bytes_ = 0;
  std::size_t unread_bytes_ = 0;
  Figures figures_;
  std::atomic<bool> halting_ = false;
  std::thread thread_;
  Timer sweep_timer_;
};

}  // namespace freshet::net
