// SPDX-License-Identifier: MIT
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "freshet/base/result.hpp"
#include "freshet/service/mediators/internal/counters.hpp"
#include "freshet/service/mediators/internal/following.hpp"
#include "freshet/service/mediators/internal/retry_delays.hpp"
#include "freshet/store/backend.hpp"

namespace freshet::mediators {

/// What is done with what a Follower sees.
///
/// Calls come one at a time, from begin() to end() and then perhaps from begin() again. An error of one of them ends
/// the feed; it is begun again from the place that was last written down.
class FeedHandler {
 public:
  virtual ~FeedHandler() = default;

  /// The right to follow was taken. `anew`: there is no place yet, and a snapshot comes.
  virtual Result<void> begin(bool anew) = 0;
  /// Forget where the snapshot was: another begins, and what went in between went unseen.
  virtual Result<void> reset() = 0;
  virtual Result<void> take_snapshot(std::vector<store::Change> rows) = 0;
  virtual Result<void> end_snapshot(store::Position position) = 0;
  virtual Result<void> take_changes(std::vector<store::Change> changes, store::Position position) = 0;

  /// No waiting any more: the call under way is to return soon, with an error. From any thread.
  virtual void interrupt() = 0;
  /// No more calls; the right is still there, unless somebody took it.
  virtual void end() = 0;
};

/// Takes the right to follow a mediator's source, follows it while it has the right, and stands by while another
/// process has it.
///
/// Thread safety: start() and stop() by one thread.
class Follower {
 public:
  /// Requires: all that is referred to outlives the follower.
  Follower(std::shared_ptr<store::Backend> backend, Following& following, std::vector<const store::Table*> tables,
           std::chrono::milliseconds lease, FeedHandler& handler, Counters& counters);
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;
  ~Follower();

  void start();
  /// Returns when no call is under way any more and the right is given back.
  void stop();

 private:
  void run();
  /// Follows until stopped, or the right is lost, or something fails.
  void follow_while_allowed();
  void keep_right(std::unique_lock<std::mutex>& lock);
  Result<void> take(store::Batch batch);
  void failed(const Error& error);
  /// Waits; returns early, and true, if stopping.
  bool rest(std::chrono::milliseconds time);

  const std::shared_ptr<store::Backend> backend_;  // owners: whoever uses the store
  Following& following_;
  const std::vector<const store::Table*> tables_;
  const std::chrono::milliseconds lease_;
  FeedHandler& handler_;
  Counters& counters_;
  RetryDelays delays_;

  std::mutex mutex_;
  std::condition_variable changed_;
  // Changed under mutex_.
  bool stopping_ = false;
  bool ended_ = false;  // the feed is over, or the right is lost

  std::thread thread_;
};

}  // namespace freshet::mediators
