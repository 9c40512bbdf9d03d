// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "freshet/base/clock.hpp"
#include "freshet/stream/event.hpp"
#include "freshet/stream/options.hpp"

namespace freshet::stream {

/// The last events of one instance, bounded by bytes and age, and, while clients lag behind them, the keys of those
/// before.
///
/// Invariants: 1. every event after complete_after() is here. 2. While lag keys are kept, every key that an update
/// after lag_complete_after() changed is either in an event here or among them, with the position of its last change
/// among the events that have left.
///
/// Cost: O(1) per event while nobody lags.
class History {
 public:
  struct Entry {
    EventPtr event;
    SteadyTime at;
    std::size_t bytes = 0;  // as counted
  };

  History(const StreamOptions& options, StreamStats& stats) : options_(options), stats_(stats) {}
  History(const History&) = delete;
  History& operator=(const History&) = delete;
  ~History();

  /// Adds the newest event; the oldest leave as far as they must. `keep_keys`: somebody lags.
  void append(EventPtr event, SteadyTime now, bool keep_keys);
  /// Lets go what is older than it may be.
  void expire(SteadyTime now, bool keep_keys);
  /// Lets go of everything: what was up to `position` is not known any more.
  void forget(Position position);
  /// Events get larger when they are asked for in another form: counts those after `since` anew.
  void weigh(Position since, bool keep_keys);

  Position complete_after() const { return complete_after_; }
  bool covers(Position since) const { return since >= complete_after_; }
  /// Calls `visit(entry)` for each event after `since`, the newest first, until it returns false.
  template <class Visit> void newest_first(Position since, Visit visit) const {
    for (auto entry = entries_.rbegin(); entry != entries_.rend() && entry->event->position() > since; ++entry) {
      if (!visit(*entry)) return;
    }
  }
  /// The events after `since`, the oldest first.
  std::vector<EventPtr> after(Position since) const;
  std::size_t bytes() const { return bytes_; }
  std::size_t size() const { return entries_.size(); }

  /// Whether the keys that changed after `since` are all known, by events or by lag keys, and no error left.
  bool knows_keys(Position since) const;
  /// Calls `visit(key text)` for each lag key that changed after `since`.
  void for_each_lag_key(Position since, const std::function<void(std::string_view key)>& visit) const;
  /// Nobody lags any more.
  void drop_lag_keys();

 private:
  void count(Entry& entry);
  void pop_oldest(bool keep_keys);
  void shrink(bool keep_keys);
  void keep_keys_of(const Event& event);

  const StreamOptions& options_;
  StreamStats& stats_;
  std::deque<Entry> entries_;
  std::size_t bytes_ = 0;
  Position complete_after_;

  std::unordered_map<std::string, Position> lag_keys_;
  std::size_t lag_key_bytes_ = 0;
  // Set while lag keys are kept.
  std::optional<Position> lag_complete_after_;
};

}  // namespace freshet::stream
