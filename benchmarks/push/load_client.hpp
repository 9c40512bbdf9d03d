// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "push/audit.hpp"
#include "push/channel.hpp"
#include "push/server.hpp"
#include "push/stream_reader.hpp"
#include "push/writer.hpp"

namespace freshet::bench {

/// What happened in one window of time, and what the server spent on it.
struct Run {
  Latencies latencies;
  double seconds{};
  std::uint64_t ticks{};
  std::uint64_t deliveries{};
  double server_cpu_seconds{};
  std::uint64_t bytes{};
  /// Processors that others kept busy, on average.
  double foreign_cpus{};

  double cpu_us_per_delivery() const { return server_cpu_seconds * 1e6 / static_cast<double>(deliveries); }
};

/// When to write, and what.
struct Pace {
  /// 0: as fast as it goes (closed loop), with `under_way` ticks under way at a time, or, where
  /// that is 0, as soon as the last one is answered. Otherwise at fixed times, whether
  /// or not the server keeps up (open loop).
  double ticks_per_second = 0;
  std::uint64_t under_way = 4;
  /// The keys of the tick with that number.
  std::function<void(std::uint64_t tick, std::vector<std::uint64_t>& keys)> choose;
};

/// One client that reads a window.
struct Subscriber {
  explicit Subscriber(Transport transport) : reader(transport) {}

  Channel channel;
  StreamReader reader;
  Knowledge knowledge;
  std::uint64_t window = 0;
  /// The id of the last event.
  std::string last_id;
  std::int64_t opened_ns = 0;
  std::int64_t ready_ns = 0;
  bool is_stalled = false;
  /// Was told that the stream ends, or when to come back.
  bool was_told_to_leave = false;
};

struct ClientOptions {
  std::uint64_t keys = 1;
  std::uint64_t width = 1;
  std::size_t payload_bytes = 128;
  Transport transport = Transport::sse;
  bool tls = false;
  /// Whether the server may end streams; otherwise that is an error.
  bool survives_end = false;
};

/// Subscribers, a writer and an audit in one thread with one epoll loop; no code of Freshet.
///
/// Errors: every function throws std::runtime_error (or std::system_error) when the server does not play its part.
class LoadClient final : private MessageSink {
 public:
  LoadClient(Server& server, const ClientOptions& options);

  /// Writes each key once.
  void prepare();
  /// Adds subscribers, those of window 0, 1, 2... in turn, and waits until all are ready. `receive_buffer` is that of
  /// their sockets, 0 for the kernel's choice.
  void add_subscribers(std::size_t count, int receive_buffer = 0);
  /// The same, of the first so many windows only.
  void add_subscribers_of(std::uint64_t windows, std::size_t count, int receive_buffer = 0);
  std::size_t size() const { return subscribers_.size(); }
  Subscriber& subscriber(std::size_t index) { return subscribers_[index]; }

  Run run(const Pace& pace, double seconds);
  /// The same for a time of its own, until `done`, without waiting for deliveries at the end.
  void run_until(const Pace& pace, const std::function<bool()>& done);
  /// Turns until what is written has been answered and `done`. Errors: after half a minute.
  void wait_until(const char* what, const std::function<bool()>& done);
  /// Turns for so long.
  void idle(double seconds);
  /// Writes one tick, now.
  void write_tick(const std::vector<std::uint64_t>& keys, std::int64_t due_ns);

  /// No longer reads a subscriber, or reads it again.
  void set_stalled(std::size_t index, bool is_stalled);
  /// Drops the connection, as a network does.
  void cut(std::size_t index);
  /// Reads up to so many bytes, which may end in the middle of an event, and drops it then.
  void cut_after(std::size_t index, std::size_t bytes);
  /// Connects again with the id of the last event.
  void reconnect(std::size_t index, int receive_buffer = 0);
  /// Forgets a subscriber's state and connects it anew.
  void open(std::size_t index, std::uint64_t window, int receive_buffer = 0);
  /// A subscriber that is not connected yet. Returns its index.
  std::size_t add_closed();

  const Audit& audit() const { return audit_; }
  Audit& audit() { return audit_; }
  std::size_t ready_count() const { return ready_count_; }
  /// Streams that the server ended.
  std::uint64_t ended_count() const { return ended_; }
  bool is_up_to_date(std::size_t index) const { return audit_.is_up_to_date(subscribers_[index].knowledge); }
  bool are_all_up_to_date() const;
  /// Memory and CPU time of the server, all its processes together.
  double server_bytes() const;
  double server_cpu_seconds() const;
  std::size_t answers_due() const { return writer_.answers_due(); }
  bool writer_is_answered() const { return writer_.answers_due() == 0; }

 private:
  void turn(std::int64_t timeout_ns);
  void watch(int socket, std::uint64_t tag);
  void read(std::size_t index);
  void end(std::size_t index);
  void write_if_due();
  void become_ready(Subscriber& subscriber);
  void on_open() override;
  void on_message(const Message& message) override;
  void on_ping(std::string_view payload) override;

  Server& server_;
  ClientOptions options_;
  ClientTls tls_;
  std::vector<pid_t> processes_;
  Audit audit_;
  Descriptor epoll_;
  Writer writer_;
  /// A deque, because a subscriber stays where it is.
  std::deque<Subscriber> subscribers_;
  std::vector<bool> opened_windows_;
  std::size_t ready_count_ = 0;
  std::uint64_t ended_ = 0;
  std::vector<char> buffer_;
  std::uint64_t received_bytes_ = 0;

  /// Of what is being read.
  Subscriber* current_ = nullptr;
  std::int64_t now_ns_ = 0;

  const Pace* pace_ = nullptr;
  std::int64_t next_due_ns_ = 0;
  std::int64_t period_ns_ = 0;
  std::int64_t last_due_ns_ = 0;
  std::vector<std::uint64_t> keys_;
};

}  // namespace freshet::bench
