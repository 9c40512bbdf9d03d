// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <vector>

#include "freshet/store/feed.hpp"
#include "freshet/store/postgres/internal/stop_signal.hpp"

namespace freshet::store::postgres {

/// What the writers and the feeds of one store tell each other: how positions are counted, and how far a feed has to
/// come so that whoever wrote sees his own write.
///
/// Thread safety: may be used from any thread.
class History {
 public:
  enum class Kind : std::uint8_t { log, table };

  Kind kind() const { return kind_.load(); }
  void set_kind(Kind kind) { kind_.store(kind); }

  /// Says that somebody was given this position.
  void want(std::uint64_t number) {
    std::uint64_t before = wanted_.load();
    while (before < number && !wanted_.compare_exchange_weak(before, number)) continue;
    const std::lock_guard lock(mutex_);
    for (StopSignal* feed : feeds_) feed->poke();
  }
  std::uint64_t wanted() const { return wanted_.load(); }

  /// Who is to be poked when more is wanted.
  void add(StopSignal& feed) {
    const std::lock_guard lock(mutex_);
    feeds_.push_back(&feed);
  }
  void remove(StopSignal& feed) {
    const std::lock_guard lock(mutex_);
    std::erase(feeds_, &feed);
  }

 private:
  std::atomic<Kind> kind_ = Kind::log;
  std::atomic<std::uint64_t> wanted_ = 0;
  std::mutex mutex_;
  std::vector<StopSignal*> feeds_;  // protected by mutex_
};

}  // namespace freshet::store::postgres
