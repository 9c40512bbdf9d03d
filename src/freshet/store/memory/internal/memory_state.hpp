// SPDX-License-Identifier: MIT
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "freshet/store/feed.hpp"
#include "freshet/store/memory/internal/memory_table.hpp"
#include "freshet/store/memory/memory_store.hpp"

namespace freshet::store {

/// A write of a transaction, with the rows as they are stored.
struct MemoryChange {
  MemoryTable* table = nullptr;
  Key key{};
  SharedRow before{};
  SharedRow after{};
};

struct MemoryCommit {
  std::uint64_t number = 0;
  std::vector<MemoryChange> changes{};
  Timestamp at{};
  Bytes bytes = 0;
};

/// The last transactions, as many as the limits allow.
///
/// Thread safety: guarded by the store's mutex.
class MemoryHistory {
 public:
  MemoryHistory(std::size_t changes_max, Bytes bytes_max);

  const std::string& epoch() const { return epoch_; }
  /// The number of the last commit; 0 before the first.
  std::uint64_t last() const { return last_; }
  Timestamp last_time() const { return last_time_; }

  void add(std::vector<MemoryChange> changes, Timestamp at);
  /// Whether all commits after `number` are there.
  bool holds_after(std::uint64_t number) const { return number >= last_ - commits_.size() && number <= last_; }
  /// The commit after `number`. Requires: holds_after(number), and it is not the last.
  const MemoryCommit& after(std::uint64_t number) const;

 private:
  std::string epoch_;
  std::size_t changes_max_;
  Bytes bytes_max_;
  std::deque<MemoryCommit> commits_;
  std::size_t changes_ = 0;
  Bytes bytes_ = 0;
  std::uint64_t last_ = 0;
  Timestamp last_time_{};
};

/// What the transactions and the feeds of a memory store share.
struct MemoryState {
  explicit MemoryState(const MemoryOptions& given)
      : options(given), history(given.history_changes_max, given.history_bytes_max) {}

  /// The view of a prepared table. Errors: invalid_argument.
  Result<const MemoryView*> view(const Table* table) const;

  const MemoryOptions options;
  std::mutex mutex;
  // The rest is guarded by the mutex.
  std::condition_variable committed;
  std::map<std::string, std::unique_ptr<MemoryTable>> tables;
  std::map<const Table*, std::unique_ptr<MemoryView>> views;
  MemoryHistory history;
};

/// A transaction of the memory store. Requires: the state's mutex is held as long as it lives.
class MemoryTransaction final : public BackendTransaction {
 public:
  MemoryTransaction(MemoryState& state, Timestamp now, bool may_write);
  ~MemoryTransaction() override;

  Result<std::vector<std::optional<Row>>> get_many(const Table& table, std::span<const Key> keys) override;
  Result<std::vector<Row>> query(const Query& query) override;
  Result<std::optional<Row>> write(const Write& write) override;

  /// Keeps what was written. Errors: that of the first write that failed; then nothing is kept.
  Result<Position> commit();

 private:
  using Place = std::pair<MemoryTable*, Key>;

  Result<std::optional<Row>> try_write(const Write& write);
  Revision last_revision(MemoryTable& table, const Key& key) const;

  MemoryState& state_;
  Timestamp now_;
  bool may_write_;
  std::vector<MemoryChange> changes_;
  std::map<Place, Revision> removed_;  // by this transaction
  std::optional<Error> failure_;
};

}  // namespace freshet::store
