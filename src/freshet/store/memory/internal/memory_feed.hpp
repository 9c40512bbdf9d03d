// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "freshet/store/feed.hpp"
#include "freshet/store/memory/internal/memory_state.hpp"

namespace freshet::store {

/// A feed of a memory store, on a thread of its own.
class MemoryFeed final : public Feed {
 public:
  /// Requires: the tables are prepared.
  MemoryFeed(std::shared_ptr<MemoryState> state, FeedOptions options, FeedReceiver receiver);
  ~MemoryFeed() override;

 private:
  void run();
  bool begin();
  bool snapshot();
  bool send_snapshot(const std::vector<Change>& rows);
  /// The next commits; nothing if the feed has to stop. Unset position: the history no longer holds them.
  std::optional<Batch> next();
  bool send(Batch batch);
  void append(const MemoryCommit& commit, std::vector<Change>& changes) const;

  std::shared_ptr<MemoryState> state_;  // owners: the store and its feeds
  FeedOptions options_;
  FeedReceiver receiver_;
  std::vector<const MemoryView*> views_;
  std::uint64_t at_ = 0;   // the last commit that was delivered, or is of no interest
  bool is_ended_ = false;  // guarded by the state's mutex
  std::thread thread_;
};

}  // namespace freshet::store
