// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "freshet/base/backoff.hpp"
#include "freshet/base/limits.hpp"
#include "freshet/base/result.hpp"
#include "freshet/codec/sse_parser.hpp"
#include "freshet/net/client/http_call.hpp"
#include "freshet/net/loop.hpp"
#include "freshet/net/url.hpp"

namespace freshet::net {

struct EventSourceOptions {
  /// Of each connection. The idle timeout is how long the server may be silent: it should be several of its heartbeats.
  HttpCallOptions http = {};
  /// Sent along, as Authorization. Authorization and Cookie are not sent on to where another host redirects.
  Headers headers = {};
  /// Where to go on; empty: from the beginning.
  std::string last_event_id = {};
  /// Between connections, where the server does not ask for longer (`retry:`, Retry-After).
  BackoffOptions backoff = {};
  std::size_t redirects_max = 5;
  Bytes event_bytes_max = mib(16);
};

/// What an EventSource tells. Comes from the loop; each call may close or destroy the EventSource.
class EventSourceListener {
 public:
  /// The server answered, events follow.
  virtual void on_open() {}
  virtual void on_event(const codec::SseEvent& event) = 0;
  /// There is no connection, and there will be another attempt in `retry_in`.
  virtual void on_lost(const Error& /*why*/, std::chrono::milliseconds /*retry_in*/) {}
  /// The last call: it will not be tried again.
  virtual void on_end(const Error& why) = 0;

 protected:
  ~EventSourceListener() = default;
};

/// Reads a stream of server-sent events, and goes on where it was whenever the connection breaks.
///
/// - Broken connections, silence, 5xx, 408 and 429: another attempt after a delay that doubles up to a bound, partly
///   random, from the start again once an event has come. The id of the last event told is sent as Last-Event-ID.
/// - The end for good: 204, other 4xx, another content type, too many or unfit redirections, an event that is too long.
/// - After a redirection the next attempt begins at the first URL again.
///
/// Source: WHATWG HTML section 9.2. Deviations: 5xx is tried again, since servers answer so while they restart.
/// Lifetime: ends before its loop and its listener. Thread safety: belongs to the loop.
/// Example: src/freshet/net/client/event_source.test.cpp [source]
class EventSource final : private HttpCallListener {
 public:
  enum class State : std::uint8_t { connecting, open, waiting, closed };

  EventSource(Loop& loop, Url url, EventSourceOptions options, EventSourceListener& listener);
  EventSource(const EventSource&) = delete;
  EventSource& operator=(const EventSource&) = delete;
  ~EventSource() { close(); }

  /// Ends it; nothing more is told.
  void close();
  /// Takes nothing more from the server until resume(). What has arrived already is told later.
  void pause();
  void resume();

  State state() const { return state_; }
  /// The id of the last event told.
  const std::string& last_event_id() const { return last_event_id_; }
  /// Connections that delivered at least a head with status 200.
  std::uint64_t opened_count() const { return opened_count_; }

 private:
  /// An answer that is no stream, and what it says.
  struct Refusal {
    int status = 0;
    std::chrono::milliseconds retry_after{0};
    std::string body = {};
  };

  void connect();
  void request(Url url);
  void on_head(const ResponseHead& head) override;
  void on_body(std::string_view bytes) override;
  void on_end(Result<void> end) override;
  void begin_stream(const ResponseHead& head);
  void redirect(const ResponseHead& head);
  void take_refusal(std::string_view bytes);
  void conclude_refusal();
  /// False if the listener closed this.
  bool tell_events();
  void lose(const Error& why, std::chrono::milliseconds at_least = std::chrono::milliseconds(0));
  void end(const Error& why);

  Loop& loop_;
  const Url url_;
  const EventSourceOptions options_;
  EventSourceListener* listener_;
  State state_ = State::connecting;
  Backoff backoff_;
  std::size_t failures_ = 0;  // since the last event
  std::size_t redirects_ = 0;
  Url at_;  // where the call under way goes to
  std::unique_ptr<HttpCall> call_;
  Timer timer_;
  std::optional<Refusal> refusal_;
  std::optional<Result<void>> ended_;  // the call, while events of it wait
  codec::SseParser parser_;
  std::string last_event_id_;
  std::vector<codec::SseEvent> events_;  // parsed; those from next_ on are not told yet
  std::size_t next_ = 0;
  bool telling_ = false;
  bool paused_ = false;
  std::uint64_t opened_count_ = 0;
  // Gone once this is closed: what calls the listener looks whether it may go on.
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace freshet::net
