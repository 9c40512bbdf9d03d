// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "freshet/store/feed.hpp"
#include "freshet/store/postgres/internal/pgoutput.hpp"

namespace freshet::store::postgres {

/// A committed transaction of the server's log.
struct LoggedTransaction {
  std::vector<Change> changes{};
  pgoutput::Lsn end = 0;
  Timestamp committed_at{};
};

/// Puts together what the messages of pgoutput say: whole transactions with the changes of the tables that are
/// followed. Knows no connection; a new one needs a new assembler.
class LogAssembler {
 public:
  LogAssembler(std::string schema, std::vector<const Table*> tables, std::size_t changes_max)
      : schema_(std::move(schema)), tables_(std::move(tables)), changes_max_(changes_max) {}

  /// Takes the next message; gives a transaction when it is complete.
  ///
  /// Errors: invalid_argument for what pgoutput never says; limit_exceeded for a transaction with too many changes,
  /// refused for a change whose row of before is unknown or that names no rows (TRUNCATE): the log is of no use then,
  /// only a new snapshot is.
  Result<std::optional<LoggedTransaction>> take(std::string_view message);

  bool is_in_transaction() const { return current_.has_value(); }

 private:
  static constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);

  struct Known {
    const Table* table = nullptr;  // null: not followed
    std::size_t column_count = 0;
    /// For each system column, then each of the table's: the column of the tuple that has it.
    std::vector<std::size_t> places;
  };
  using Taken = Result<std::optional<LoggedTransaction>>;

  Taken on(const pgoutput::Begin& begin);
  Taken on(const pgoutput::Commit& commit);
  Taken on(const pgoutput::Relation& relation);
  Taken on(const pgoutput::Insert& insert);
  Taken on(const pgoutput::Update& update);
  Taken on(const pgoutput::Delete& removal);
  Taken on(const pgoutput::Truncate& truncate);
  Taken on(const pgoutput::Other&) { return std::nullopt; }

  Result<const Known*> known(std::uint32_t relation) const;
  /// `before` has what the server left out of `tuple` because it did not change.
  Result<Row> row_of(const Known& known, const pgoutput::Tuple& tuple, const pgoutput::Tuple* before) const;
  Taken add(std::uint32_t relation, const pgoutput::Tuple* before, const pgoutput::Tuple* after);
  Taken without_before(std::uint32_t relation) const;

  std::string schema_;
  std::vector<const Table*> tables_;
  std::size_t changes_max_;
  std::map<std::uint32_t, Known> relations_;
  std::optional<LoggedTransaction> current_;
};

}  // namespace freshet::store::postgres
