// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "push/socket.hpp"

namespace freshet::bench {

/// Reads the event streams of a load client; it is told of each event in the order of arrival.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void on_event(std::string_view type, std::string_view data) = 0;
};

/// One open event stream. Speaks only as much of the protocol as the servers of this bench do: line feeds, one data
/// line.
class Subscriber {
 public:
  explicit Subscriber(Descriptor socket) : socket_(std::move(socket)) {}

  const Descriptor& socket() const { return socket_; }
  /// Takes the bytes that came next. Errors: std::runtime_error when the answer is not an event stream.
  void receive(std::string_view bytes, EventSink& sink);

  /// Whether its first event, the state at the beginning, was there.
  bool is_ready = false;
  /// The number that the next event must have; 0 before the first.
  std::uint64_t next_number = 0;

 private:
  std::string_view skip_head(std::string_view bytes);

  Descriptor socket_;
  bool has_head_ = false;
  /// The beginning of what has not come to its end: empty nearly always.
  std::string unfinished_;
};

}  // namespace freshet::bench
