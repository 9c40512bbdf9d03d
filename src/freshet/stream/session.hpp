// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "freshet/base/clock.hpp"
#include "freshet/net/block.hpp"
#include "freshet/net/output_stream.hpp"
#include "freshet/stream/options.hpp"

namespace freshet::stream {

class Session;

/// Whoever keeps sessions supplied: the instance they read.
class SessionOwner {
 public:
  /// The whole state as one block, for a session that begins or lost its place.
  virtual net::Block init_block() = 0;
  /// The client is gone: destroys `session`.
  virtual void leave(Session& session) = 0;

 protected:
  ~SessionOwner() = default;
};

/// One client that reads one instance: a reference to its socket and whether it keeps up.
///
/// Invariant: what a client has been sent, in order, always ends in a state the instance had: it gets every update
/// since its last init, or, once its queue is over the budget, none at all until the queue is empty and a fresh init
/// follows.
///
/// Lifetime: its owner outlives it. Holds no timer and, while the client keeps up, no bytes.
class Session final : private net::OutputStreamListener {
 public:
  Session(SessionOwner& owner, std::shared_ptr<net::OutputStream> stream, const StreamOptions& options,
          StreamStats& stats);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  /// Sends the whole state; the first thing a client gets.
  void start();
  /// Sends an event, unless the client does not keep up.
  void send(const net::Block& event);
  /// Sends a comment, unless the client has something to read already.
  void heartbeat(const net::Block& comment);
  /// Sends the last bytes and ends the connection once they are out. Requires: nothing is sent afterwards.
  void finish(const net::Block& farewell);

  bool lagging() const { return lagging_; }

  /// When the token that it was begun with expires.
  std::optional<Timestamp> expires_at;
  /// Where the owner keeps this session in its list.
  std::size_t index = 0;

 private:
  void on_drained() override;
  void on_closed(net::CloseReason reason) override;
  void count(const net::Block& event);
  void fall_behind();

  SessionOwner& owner_;
  std::shared_ptr<net::OutputStream> stream_;  // owners: this session, and the server until the last byte is out
  const StreamOptions& options_;
  StreamStats& stats_;
  bool lagging_ = false;
};

}  // namespace freshet::stream
