// SPDX-License-Identifier: MIT
#pragma once

#include <mutex>
#include <shared_mutex>
#include <span>
#include <unordered_set>
#include <vector>

#include "freshet/base/result.hpp"
#include "freshet/store/table.hpp"

namespace freshet::store::postgres {

/// The tables that have been prepared.
///
/// Thread safety: may be used from any thread.
class Tables {
 public:
  void add(std::span<const Table* const> tables) {
    const std::unique_lock lock(mutex_);
    tables_.insert(tables.begin(), tables.end());
  }
  std::vector<const Table*> all() const {
    const std::shared_lock lock(mutex_);
    return {tables_.begin(), tables_.end()};
  }
  /// Errors: invalid_argument.
  Result<void> check(const Table* table) const {
    const std::shared_lock lock(mutex_);
    if (table == nullptr) return fail(ErrorCode::invalid_argument, "no table is named");
    if (tables_.contains(table)) return {};
    return fail(ErrorCode::invalid_argument, "table '" + table->name + "' is not prepared in this store", {},
                "call prepare() first");
  }

 private:
  mutable std::shared_mutex mutex_;
  std::unordered_set<const Table*> tables_;  // protected by mutex_
};

}  // namespace freshet::store::postgres
