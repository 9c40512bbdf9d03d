// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "freshet/store/query.hpp"
#include "freshet/store/row.hpp"
#include "freshet/store/table.hpp"

namespace freshet::store {

// Owners: the table, the history, and answers in the making.
using SharedRow = std::shared_ptr<const Row>;

/// The documents of one table as the memory store keeps them: with the columns of every Table of that name that was
/// prepared, in the order in which they came.
///
/// Thread safety: guarded by the store's mutex.
class MemoryTable {
 public:
  using Rows = std::map<Key, SharedRow>;

  MemoryTable(std::string name, std::size_t removed_max) : name_(std::move(name)), removed_max_(removed_max) {}
  MemoryTable(const MemoryTable&) = delete;
  MemoryTable& operator=(const MemoryTable&) = delete;

  const std::string& name() const { return name_; }
  const std::vector<Column>& columns() const { return columns_; }
  const Rows& rows() const { return rows_; }
  SharedRow find(const Key& key) const;

  /// Adds what is missing. Errors: those of Backend::prepare(); then nothing is added.
  Result<void> extend(const Table& table);

  /// Puts a document in, or takes it out if `row` is null. Errors: already_exists, by a unique index; then nothing
  /// changes.
  Result<void> put(const Key& key, SharedRow row);

  /// The last revision of a document that is not there any more.
  Revision last_revision(const Key& key) const;
  void remember_removed(const Key& key, Revision revision);

 private:
  struct CellsLess {
    bool operator()(const Cells& left, const Cells& right) const;
  };
  struct UniqueIndex {
    std::vector<std::size_t> places;
    std::map<Cells, Key, CellsLess> entries{};
  };

  static std::optional<Cells> entry_of(const UniqueIndex& index, const std::vector<Column>& columns, const Row& row);
  Result<UniqueIndex> make_unique_index(const Index& index, const std::vector<Column>& columns) const;
  tl::unexpected<Error> taken(const UniqueIndex& index, const Key& by) const;

  std::string name_;
  std::vector<Column> columns_;
  Rows rows_;
  std::vector<UniqueIndex> unique_;
  std::map<Key, Revision> removed_;
  std::deque<Key> removed_order_;  // of removed_, the first removed first
  std::size_t removed_max_;
  Revision revision_floor_ = 0;  // of documents that were forgotten
};

/// A MemoryTable through the eyes of one Table.
struct MemoryView {
  const Table* table = nullptr;
  MemoryTable* stored = nullptr;
  /// Where each column of the Table lies in the stored rows.
  std::vector<std::size_t> places{};
  bool is_identity = false;

  MemoryView(const Table& of, MemoryTable& in);

  /// A stored row with the Table's columns.
  Row seen(const Row& row) const;
  /// A write in terms of the stored columns. `before` is the stored row, if there is one.
  Write stored_write(const Write& write, const std::optional<Row>& before) const;
  /// The stored row with all stored columns.
  std::optional<Row> stored_row(const Key& key) const;
};

/// The answer to a query. Requires: check(query). Errors: limit_exceeded beyond `rows_max` rows.
Result<std::vector<Row>> answer(const MemoryView& view, const Query& query, std::size_t rows_max);

}  // namespace freshet::store
