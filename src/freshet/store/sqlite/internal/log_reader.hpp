// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "freshet/store/feed.hpp"
#include "freshet/store/sqlite/internal/connection.hpp"

namespace freshet::store::sqlite {

/// Reads tables and the change log as batches of a feed.
///
/// Thread safety: its connection's.
class LogReader {
 public:
  LogReader(Connection& connection, std::vector<const Table*> tables)
      : connection_(connection), tables_(std::move(tables)) {}

  using Take = std::function<Result<void>(Batch)>;

  /// Hands out all rows of the tables as of one moment, in batches, and says which moment: the number of the last
  /// change before it. Its read transaction lasts until the last batch is taken.
  /// Errors: those of `take`, told apart by `is_taken_badly()`; of the database.
  Result<std::uint64_t> snapshot(std::size_t rows_max, const Take& take);
  bool is_taken_badly() const { return is_taken_badly_; }

  struct Page {
    /// Whole transactions; kind and changes only.
    std::vector<Change> changes;
    /// Of the last change that was read, also of tables that nobody asked for.
    std::uint64_t last = 0;
    Timestamp committed_at{};
    /// There was nothing after the number.
    bool is_end = false;
    /// What follows the number is not in the log any more, or never was.
    bool is_lost = false;
  };

  /// What follows the change of that number: transactions of `changes_max` changes together, or one that has more.
  Result<Page> read_after(std::uint64_t number, std::size_t changes_max);

  /// Looks whether the tables are prepared.
  Result<void> check();

 private:
  /// Where in a row of the log a table's columns stand.
  struct Layout {
    const Table* table = nullptr;
    std::vector<int> places;
  };

  Result<void> learn_layout();
  Result<Row> row_of(const Statement& row, const Layout& layout, bool is_after) const;
  Result<void> append_change(const Statement& row, std::vector<Change>& out) const;
  Result<bool> is_lost(std::uint64_t number);
  Result<void> fill(std::uint64_t number, std::size_t changes_max, Page& page);
  Result<void> snapshot_table(const Table& table, std::size_t rows_max, const Take& take, Batch& batch);
  Result<void> hand_out(const Take& take, Batch& batch);

  Connection& connection_;
  const std::vector<const Table*> tables_;
  std::int64_t schema_version_ = -1;
  std::string select_;
  std::unordered_map<std::string_view, Layout> layouts_;  // by the name of the table
  bool is_taken_badly_ = false;
};

}  // namespace freshet::store::sqlite
