// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace freshet::mediators {

/// Runs jobs on a few threads: those of one key one after the other, in the order in which they came; those of
/// different keys side by side.
///
/// A job that wants to be called again later keeps its place: what came for the same key waits behind it, all others go
/// on.
///
/// Invariants: 1. a key is in `ready_`, in `delayed_` or with a thread exactly if its lane holds a job, and in one of
/// them only. 2. `jobs_` is the number of jobs in all lanes.
/// Thread safety: may be used from any thread.
class Lanes {
 public:
  /// Returns nothing when it is done, or after how long it wants to be called again. May not throw.
  using Job = std::function<std::optional<std::chrono::milliseconds>()>;

  /// Requires: both at least 1.
  Lanes(std::size_t threads, std::size_t jobs_max);
  Lanes(const Lanes&) = delete;
  Lanes& operator=(const Lanes&) = delete;
  /// Stops.
  ~Lanes();

  /// Queues a job; waits while there are as many as may be. False if stopped: the job will not run.
  bool post(const std::string& key, Job job);
  /// Waits until no job is left, or stopped; whether none is.
  bool drain();
  /// Lets the jobs under way come to an end, drops those that wait, and lets in no more. May be called again.
  void stop();

  std::size_t size() const;

 private:
  using Lane = std::deque<Job>;
  using Time = std::chrono::steady_clock::time_point;

  void work();
  /// Runs the first job of a ready lane. Requires: the lock is held, some lane is ready.
  void run_one(std::unique_lock<std::mutex>& lock);
  void finish(const std::string& key);
  void wake_delayed();

  const std::size_t jobs_max_;
  mutable std::mutex mutex_;
  std::condition_variable work_waits_;
  std::condition_variable space_;  // also: nothing left

  // Changed under mutex_.
  std::unordered_map<std::string, Lane> lanes_;
  std::deque<std::string> ready_;
  std::multimap<Time, std::string> delayed_;
  std::size_t jobs_ = 0;
  bool stopping_ = false;

  std::mutex joining_;
  std::vector<std::thread> threads_;
};

}  // namespace freshet::mediators
