// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <deque>
#include <memory>

#include "freshet/net/loop.hpp"
#include "freshet/stream/options.hpp"
#include "freshet/stream/stepped_rows.hpp"

namespace freshet::stream {

/// Shares out how many rows may be encoded for inits in each turn of the loop: what is small is encoded at once, what
/// is large waits for its steps, one instance after the other.
///
/// Lifetime: the loop outlives it; jobs take themselves off. Thread safety: belongs to the loop.
class SnapshotTurns {
 public:
  /// An init that takes several turns.
  class Job {
   public:
    /// Does a step; may end the job, and others. Not to be called again once it is done.
    virtual SteppedRows::Step step(std::size_t rows) = 0;

   protected:
    ~Job() = default;
  };

  SnapshotTurns(net::Loop& loop, const StreamOptions& options, StreamStats& stats);
  SnapshotTurns(const SnapshotTurns&) = delete;
  SnapshotTurns& operator=(const SnapshotTurns&) = delete;

  /// Takes that many rows from this turn's share, for an init that is encoded at once. False: there are too few left,
  /// or others wait already.
  bool take(std::size_t rows);
  void add(Job& job);
  void remove(Job& job);

 private:
  std::size_t rows_left() const;
  void schedule();
  void end_turn();

  net::Loop& loop_;
  const StreamOptions& options_;
  StreamStats& stats_;
  std::deque<Job*> jobs_;       // of which the front is next
  std::size_t rows_taken_ = 0;  // in this turn
  bool scheduled_ = false;
  const std::shared_ptr<char> alive_ =
      std::make_shared<char>();  // owners: this; deferred calls ask whether it is there
};

}  // namespace freshet::stream
