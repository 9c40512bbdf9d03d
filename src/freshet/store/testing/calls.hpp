// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <vector>

#include "freshet/store/backend.hpp"
#include "freshet/store/testing/feed_log.hpp"

namespace freshet::store::testing {

/// Runs a transaction that writes, and waits for its end.
Result<Position> commit(Backend& backend, const TransactionBody& body);
/// One write in a transaction of its own.
Result<Position> commit(Backend& backend, const Write& write);
/// All documents of a table, wherever they lie. Errors: those of the store.
Result<std::vector<Row>> read_all(Backend& backend, const Table& table);

/// Whether that many changes of commits have come.
bool wait_for_changes(FeedLog& log, std::size_t count);
std::vector<Batch::Kind> kinds(const FeedLog& log);
bool has_snapshot(const std::vector<Batch>& batches);

}  // namespace freshet::store::testing
