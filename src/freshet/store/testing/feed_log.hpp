// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "freshet/store/feed.hpp"

namespace freshet::store::testing {

/// Receives a feed and keeps a copy of the store by it, checking each change against that copy: a gap, an overlap or a
/// wrong order shows at once.
///
/// Thread safety: may be used from any thread.
class FeedLog {
 public:
  using Copy = std::map<std::pair<std::string, Key>, Row>;  // by the table's name

  FeedReceiver receiver();
  /// Is called with the copy after each whole batch of kind commit or snapshot_end.
  void check_each(std::function<void(const Copy&)> check);

  /// Waits until the copy has reached a position. False after a while.
  bool wait_for(const Position& position);
  bool wait_until(const std::function<bool(const std::vector<Batch>&)>& holds);

  std::vector<Batch> batches() const;
  /// The changes of all batches of a kind, in order.
  std::vector<Change> changes(Batch::Kind kind = Batch::Kind::commit) const;
  Copy copy() const;
  Position position() const;
  /// What did not fit the copy.
  std::vector<std::string> faults() const;

 private:
  static constexpr std::chrono::seconds kPatience{30};

  Result<void> take(Batch batch);
  void apply(const Change& change);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Batch> batches_;
  Copy copy_;
  bool knows_all_ = false;  // it has had a snapshot, so that the copy is complete
  Position position_;
  std::vector<std::string> faults_;
  std::function<void(const Copy&)> check_;
};

}  // namespace freshet::store::testing
