// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>

#include "freshet/base/clock.hpp"
#include "freshet/base/limits.hpp"
#include "freshet/store/backend.hpp"

namespace freshet::store {

struct MemoryOptions {
  Limits limits{};
  /// What is kept of past transactions for feeds that resume or fall behind; a feed that needs more is reset.
  std::size_t history_changes_max = 100'000;
  Bytes history_bytes_max = mib(256);
  /// Removed documents of a table whose revision is remembered; after more of them, new documents begin above the
  /// revisions that were forgotten.
  std::size_t removed_max = 100'000;
  /// Where times come from; the machine's clock if null. Outlives the store.
  const Clock* clock = nullptr;
};

/// A store that lives and dies with the program: for tests, for caches, and as the measure of what all stores do.
///
/// One thread runs all transactions, one after the other, which makes them serializable; a body that blocks holds up
/// everybody. Each feed has a thread of its own.
std::unique_ptr<Backend> open_memory(MemoryOptions options = {});

}  // namespace freshet::store
