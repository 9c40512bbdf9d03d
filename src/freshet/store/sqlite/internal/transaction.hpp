// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "freshet/store/backend.hpp"
#include "freshet/store/sqlite/internal/connection.hpp"

namespace freshet::store::sqlite {

/// The SQL for single rows of tables, written once for each.
///
/// Thread safety: its connection's.
class TableTexts {
 public:
  struct Texts {
    std::string select;
    std::string insert;
    std::string remove;
  };

  const Texts& of(const Table& table);
  /// Forgets all: tables may be others now.
  void clear() { texts_.clear(); }

 private:
  std::unordered_map<const Table*, Texts> texts_;
};

/// Reads a row that begins at the statement's first column: sql::row_columns().
Row read_row(const Statement& statement, const Table& table);

/// The cell of a column as a row has it: rows that are older than the column, or that other programs wrote, may lack
/// what is not nullable.
Cell read_cell(const Statement& statement, int at, const Column& column);

/// A transaction, or a savepoint in one, on a connection. Whoever makes it begins and ends it in the database.
class SqliteTransaction final : public BackendTransaction {
 public:
  SqliteTransaction(Connection& connection, TableTexts& texts, const Limits& limits, std::optional<Timestamp> now)
      : connection_(connection), texts_(texts), limits_(limits), now_(now) {}

  Result<std::vector<std::optional<Row>>> get_many(const Table& table, std::span<const Key> keys) override;
  Result<std::vector<Row>> query(const Query& query) override;
  Result<std::optional<Row>> write(const Write& write) override;

  std::size_t change_count() const { return changes_; }
  /// The first error of a write: then nothing else may become of the transaction.
  const std::optional<Error>& broken() const { return broken_; }

 private:
  Result<std::optional<Row>> find(const Table& table, const Key& key);
  Result<Revision> last_revision(const Write& write);
  Result<std::optional<Row>> try_write(const Write& write);
  Result<void> insert(const Table& table, const Row& row);
  Result<void> update(const Table& table, const Row& before, const Row& after);
  Result<void> remove(const Table& table, const Key& key);

  Connection& connection_;
  TableTexts& texts_;
  const Limits& limits_;
  const std::optional<Timestamp> now_;  // unset: it only reads
  std::size_t writes_ = 0;
  std::size_t changes_ = 0;
  std::optional<Error> broken_;
};

}  // namespace freshet::store::sqlite
