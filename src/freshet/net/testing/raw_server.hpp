// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>

#include "freshet/net/internal/descriptor.hpp"

namespace freshet::net::testing {

/// A server of bytes on 127.0.0.1, for clients that have to bear any answer: it says what the test has it say, when
/// poll() is called. Not installed.
class RawServer {
 public:
  /// What somebody who connected has sent, and what becomes of him.
  struct Connection {
    Descriptor socket;
    std::string received = {};
    bool ended = false;  // by the client

    bool has_request() const { return received.find("\r\n\r\n") != std::string::npos; }
    void send(std::string_view bytes);
    void close() { socket = Descriptor(); }
    /// With a reset, which takes away what was not read.
    void reset();
  };
  using Answer = std::function<void(Connection&)>;

  RawServer();

  std::uint16_t port() const { return port_; }
  /// How often somebody connected.
  std::size_t count() const { return connections_.size(); }
  Connection& operator[](std::size_t index) { return connections_[index]; }
  Connection& last() { return connections_.back(); }

  /// Called once for each connection, when its request has come.
  void on_request(Answer answer) { answer_ = std::move(answer); }
  /// Takes connections and what was sent on them, without waiting.
  void poll();

 private:
  Descriptor listener_;
  std::uint16_t port_ = 0;
  std::deque<Connection> connections_;
  std::deque<bool> answered_;
  Answer answer_;
};

}  // namespace freshet::net::testing
