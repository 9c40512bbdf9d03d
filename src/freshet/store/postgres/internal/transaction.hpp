// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "freshet/store/backend.hpp"
#include "freshet/store/outcome.hpp"
#include "freshet/store/postgres/internal/session.hpp"
#include "freshet/store/postgres/internal/tables.hpp"

namespace freshet::store::postgres {

/// A transaction on a session. What it writes is only queued, and travels with the next read or the commit, so a body
/// costs one round trip for each of its reads and writes, and none for the beginning.
///
/// Errors: any of a statement leaves the server's transaction broken; then, as after a write that is refused, every
/// further call gives the error again.
class Transaction final : public BackendTransaction {
 public:
  struct Rules {
    bool may_write = false;
    Limits limits{};
    /// Of the transaction: what its writes carry.
    Timestamp now{};
  };

  /// Lifetime: all that it is given outlives it.
  Transaction(Session& session, const Tables& tables, Rules rules)
      : session_(session), tables_(tables), rules_(rules) {}

  Result<std::vector<std::optional<Row>>> get_many(const Table& table, std::span<const Key> keys) override;
  Result<std::vector<Row>> query(const Query& query) override;
  Result<std::optional<Row>> write(const Write& write) override;

  /// What every further call gives.
  const std::optional<Error>& error() const { return error_; }
  /// Whether it was a statement that failed.
  bool is_broken() const { return is_broken_; }
  bool has_written() const { return writes_ > 0; }

 private:
  Result<std::vector<Rows>> run_queue();
  Result<std::vector<Row>> read_rows(const Table& table, const Rows& rows);
  Result<std::vector<std::optional<Row>>> get_few(const Table& table, std::span<const Key> keys);
  Result<std::vector<std::optional<Row>>> get_crowd(const Table& table, std::span<const Key> keys);
  Result<void> queue_change(const Write& write, ChangeKind change, const std::optional<Row>& before, const Row& after);
  Result<std::optional<Row>> try_write(const Write& write);
  void queue_last_revision(const Write& write);
  /// Gives the row as it was as well.
  Result<Outcome> decide(const Write& write, std::optional<Row>& before);

  Session& session_;
  const Tables& tables_;
  Rules rules_;
  std::optional<Error> error_;
  bool is_broken_ = false;
  std::size_t writes_ = 0;
};

}  // namespace freshet::store::postgres
