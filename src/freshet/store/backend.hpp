// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "freshet/base/limits.hpp"
#include "freshet/base/result.hpp"
#include "freshet/store/feed.hpp"
#include "freshet/store/query.hpp"
#include "freshet/store/row.hpp"
#include "freshet/store/table.hpp"

namespace freshet::store {

/// What one store puts up with; beyond it, limit_exceeded or too_large, and nothing happened.
struct Limits {
  /// Text and JSON of one document, together.
  Bytes document_bytes_max = mib(16);
  std::size_t transaction_writes_max = 100'000;
  /// Rows of one answer, keys of one get_many.
  std::size_t answer_rows_max = 1'000'000;
  /// Transactions that wait for their turn.
  std::size_t waiting_max = 10'000;
};

/// The conflict of a transaction that somebody else got in the way of, and that may succeed when it is run again; other
/// conflicts (of preconditions) would only come again.
Error lost_race(std::string detail);
bool is_lost_race(const Error& error);

/// One serializable transaction under way. Reads see the transaction's own writes.
///
/// Errors: a lost_race() where somebody else was there first and the whole transaction is to be run again;
/// `unavailable` where the store cannot be reached or its disk is full. After any error of a write the transaction may
/// only be left: whatever is done in it afterwards gets that error, and so does its end.
/// Thread safety: belongs to the thread that was given it. Lifetime: during the call that gave it.
class BackendTransaction {
 public:
  virtual ~BackendTransaction() = default;

  /// In the order of the keys; nothing where there is none. One round trip.
  virtual Result<std::vector<std::optional<Row>>> get_many(const Table& table, std::span<const Key> keys) = 0;
  virtual Result<std::vector<Row>> query(const Query& query) = 0;
  /// The row as it is after the write; nothing after a remove. A set or update that changes nothing keeps revision and
  /// update time, and is no change.
  virtual Result<std::optional<Row>> write(const Write& write) = 0;
};

/// What is done in a transaction. May be called several times (conflicts are retried), so it has no effect but through
/// the transaction. An error rolls back.
using TransactionBody = std::function<Result<void>(BackendTransaction&)>;

/// The outcome of a transaction, or why it did not happen: for one that wrote, a position just after it; else a
/// position at which all that it read is there, or an empty one.
using TransactionEnd = std::function<void(Result<Position>)>;

class BackendTransaction;

/// Calls a body; what it throws becomes an error.
Result<void> run_body(const TransactionBody& body, BackendTransaction& transaction);

/// What a kind of store must be able to do; everything else in store/ works on this interface.
///
/// Thread safety: may be called from any thread.
class Backend {
 public:
  virtual ~Backend() = default;

  /// "sqlite", "postgres", "memory": for messages.
  virtual std::string_view kind() const = 0;

  /// Makes the tables that are missing and adds the columns and indexes that are missing (additive migration). Columns
  /// that a table has besides stay as they are. Lifetime: the tables outlive the backend and its feeds.
  /// Errors: refused, naming table and column, where a column of another kind is there already, or where documents
  /// break a unique index that is to be added.
  virtual Result<void> prepare(std::span<const Table* const> tables) = 0;

  /// Queues a transaction that may write, and returns at once; `end` is called on a thread of the store's own, after
  /// the commit is durable, and does not block. Transactions that wait may share one durable commit, each still all or
  /// nothing. Errors (through `end`): limit_exceeded when too many wait, unavailable when the store is being closed;
  /// these two may come at once, on the calling thread.
  virtual void write(TransactionBody body, TransactionEnd end) = 0;
  /// The same for one that only reads: one consistent state, durable or not yet.
  virtual void read(TransactionBody body, TransactionEnd end) = 0;

  /// Starts a feed. Errors: refused where the store does not permit one, with what to do about it.
  virtual Result<std::unique_ptr<Feed>> follow(FeedOptions options, FeedReceiver receiver) = 0;
};

}  // namespace freshet::store
