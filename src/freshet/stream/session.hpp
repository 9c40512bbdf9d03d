// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "freshet/base/clock.hpp"
#include "freshet/stream/client_counts.hpp"
#include "freshet/stream/event.hpp"
#include "freshet/stream/options.hpp"
#include "freshet/stream/session_port.hpp"

namespace freshet::stream {

class Session;

/// Whoever keeps sessions supplied: the instance they read.
class SessionOwner {
 public:
  /// The client did not keep up; it is owed something. Called inside send() and deliver(); may finish the session.
  virtual void fell_behind(Session& session) = 0;
  /// The client got all that it was owed. Called inside deliver().
  virtual void caught_up(Session& session) = 0;
  /// The client has read all that was queued: deliver() what it is owed.
  virtual void catch_up(Session& session) = 0;
  /// The client is gone: destroys `session`.
  virtual void leave(Session& session) = 0;

 protected:
  ~SessionOwner() = default;
};

/// One client that reads one instance: its port, how far it has come, and whether it keeps up.
///
/// Invariant: what a client has been sent, in order, is all there was up to position(): each event, or, where it did
/// not keep up, one that says the same as those it stands for.
///
/// Memory: no event and no key is kept for a session, whether it keeps up or not; what it is owed follows from its
/// position. Holds no timer.
/// Lifetime: its owner outlives it.
class Session final : private SessionPortListener {
 public:
  Session(SessionOwner& owner, std::unique_ptr<SessionPort> port, const StreamOptions& options, StreamStats& stats);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  /// Sends an event, unless the client waits for its init or is behind.
  void send(const EventPtr& event) {
    if (state_ == State::live) send_live(event);
  }
  /// Brings the client up to date: sends these, all of them or none, whatever their size; with them it is at `upto`.
  /// False: there was no room for the first; the client is behind, as it was or from now on.
  bool deliver(std::span<const EventPtr> events, Position upto);
  void heartbeat();
  /// Sends the last event and ends. Requires: nothing is sent afterwards.
  void finish(const Event& farewell);
  /// Ends, and tells the client when to come back. Requires: nothing is sent afterwards.
  void send_away(std::chrono::milliseconds come_back_after);

  /// Whether it still waits for the first that it is to be sent.
  bool waiting() const { return state_ == State::waiting; }
  bool behind() const { return state_ == State::behind; }
  /// Whether it is over: nothing is sent any more, and the owner lets it go.
  bool finished() const { return state_ == State::finished; }
  /// All up to there was sent; unset before the first deliver().
  std::optional<Position> position() const { return position_; }

  /// Whose it is among those that a client may have.
  ClientCounts::Share share;
  /// When the token that it was begun with expires.
  std::optional<Timestamp> expires_at;
  /// Where the owner keeps this session in its list.
  std::size_t index = 0;
  /// How many events its owner had when this session was last up to date, for counting what is dropped.
  std::uint64_t seen = 0;
  /// Whether what it is owed is an init that is still being encoded.
  bool wants_init = false;

 private:
  enum class State : std::uint8_t { waiting, live, behind, finished };

  void send_live(const EventPtr& event);
  void on_drained() override;
  void on_closed() override;
  void count(const Event& event);
  void fall_behind();

  SessionOwner& owner_;
  const std::unique_ptr<SessionPort> port_;
  const StreamOptions& options_;
  StreamStats& stats_;
  std::optional<Position> position_;
  std::size_t budget_bytes_;
  State state_ = State::waiting;
};

}  // namespace freshet::stream
