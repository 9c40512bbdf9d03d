// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <sys/types.h>
#include <vector>

#include "push/audit.hpp"
#include "push/socket.hpp"
#include "push/subscriber.hpp"

namespace freshet::bench {

struct LoadOptions {
  std::uint16_t port = 0;
  /// The server's process, for its CPU time and memory.
  pid_t server = 0;
  std::size_t subscribers = 100;
  double seconds = 5;
  /// Deliveries offered per second while paced; the number of writes follows from the number of subscribers.
  double deliveries_per_second = 40'000;
  /// Writes under way at a time while going as fast as it goes.
  std::uint64_t window = 4;
  /// Size of the rows of one event as JSON.
  std::size_t payload_bytes = 128;
};

/// What the server did and spent in one window of time.
struct WindowResult {
  Deliveries deliveries;
  double seconds{};
  std::uint64_t writes{};
  double server_cpu_seconds{};
  std::uint64_t bytes{};
};

/// Opens one stream with many subscribers on the server under test, writes, and watches what arrives: one thread, one
/// epoll loop, no code of Freshet.
///
/// Errors: every function throws std::runtime_error (or std::system_error) when the server does not play its part.
class LoadClient final : private EventSink {
 public:
  explicit LoadClient(const LoadOptions& options);

  /// Opens the stream and all subscribers. Returns the server's growth in memory per subscriber, in bytes.
  double connect();
  /// Writes at fixed times, whether or not the server keeps up (open loop): `burst` writes, in as many requests, at a
  /// time.
  WindowResult run_paced(double seconds, std::size_t burst = 1);
  /// Writes as soon as no more than `window` writes are under way (closed loop).
  WindowResult run_flat_out(double seconds);
  const Audit& audit() const { return audit_; }

 private:
  enum class Pace { none, fixed_times, flat_out };

  std::string open_stream();
  WindowResult run(Pace pace, double seconds, std::size_t burst);
  /// Waits for what comes in, at most until something is to be written or `timeout_ns` is over.
  void turn(std::int64_t timeout_ns);
  void watch(const Descriptor& socket, std::uint64_t tag);
  void read_subscriber(std::size_t index);
  void read_answers();
  bool take_answer();
  void write_if_due();
  void write(std::int64_t due_ns, std::size_t count);
  void on_event(std::string_view type, std::string_view data) override;

  LoadOptions options_;
  Audit audit_;
  Descriptor epoll_;
  Descriptor writer_;
  /// What came on the writer's connection and is no complete answer yet.
  std::string unfinished_answer_;
  std::string last_answer_;
  std::size_t answers_due_ = 0;
  /// A deque, because a subscriber stays where it is.
  std::deque<Subscriber> subscribers_;
  std::size_t ready_count_ = 0;
  std::vector<char> buffer_;
  std::uint64_t received_bytes_ = 0;

  /// Of the event that is being read.
  Subscriber* current_ = nullptr;
  std::int64_t now_ns_ = 0;

  Pace pace_ = Pace::none;
  std::size_t burst_ = 1;
  std::int64_t next_due_ns_ = 0;
  std::int64_t period_ns_ = 0;
  std::int64_t last_due_ns_ = 0;
};

}  // namespace freshet::bench
