// SPDX-License-Identifier: MIT
#include "freshet/store/memory/internal/memory_table.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "freshet/base/assert.hpp"
#include "freshet/store/internal/cell_of.hpp"
#include "freshet/store/outcome.hpp"

namespace freshet::store {
namespace {

std::size_t find_column(const std::vector<Column>& columns, std::string_view name) {
  const auto found =
      std::find_if(columns.begin(), columns.end(), [&](const Column& each) { return each.name == name; });
  return found == columns.end() ? Table::kNone : static_cast<std::size_t>(found - columns.begin());
}

// Rows that are older than a column do not have it.
const Cell& cell_at(const Row& row, const std::vector<Column>& columns, std::size_t place) {
  return place < row.cells.size() ? row.cells[place] : columns[place].initial;
}

}  // namespace

bool MemoryTable::CellsLess::operator()(const Cells& left, const Cells& right) const {
  return std::lexicographical_compare(left.begin(), left.end(), right.begin(), right.end(),
                                      [](const Cell& a, const Cell& b) { return compare(a, b) < 0; });
}

SharedRow MemoryTable::find(const Key& key) const {
  const auto found = rows_.find(key);
  return found == rows_.end() ? nullptr : found->second;
}

std::optional<Cells> MemoryTable::entry_of(const UniqueIndex& index, const std::vector<Column>& columns,
                                           const Row& row) {
  Cells entry;
  for (const std::size_t place : index.places) {
    if (is_null(cell_at(row, columns, place))) return std::nullopt;
    entry.push_back(cell_at(row, columns, place));
  }
  return entry;
}

tl::unexpected<Error> MemoryTable::taken(const UniqueIndex& index, const Key& by) const {
  std::string names;
  for (const std::size_t place : index.places) names += (names.empty() ? "" : ", ") + columns_[place].name;
  return fail(ErrorCode::already_exists, "another document of '" + name_ + "' has the same " + names, by.id);
}

Result<MemoryTable::UniqueIndex> MemoryTable::make_unique_index(const Index& index,
                                                                const std::vector<Column>& columns) const {
  UniqueIndex made;
  for (const std::string& name : index.columns) {
    made.places.push_back(find_column(columns, name));
    FRESHET_ASSERT(made.places.back() != Table::kNone);
  }
  for (const auto& [key, row] : rows_) {
    auto entry = entry_of(made, columns, *row);
    if (!entry || made.entries.emplace(*std::move(entry), key).second) continue;
    return fail(ErrorCode::refused, "documents of '" + name_ + "' break a unique index that is to be added", key.id);
  }
  return made;
}

Result<void> MemoryTable::extend(const Table& table) {
  std::vector<Column> columns = columns_;
  for (const Column& column : table.columns) {
    const std::size_t place = find_column(columns, column.name);
    if (place == Table::kNone) {
      columns.push_back(column);
    } else if (columns[place].kind != column.kind) {
      return fail(ErrorCode::refused, "'" + name_ + "." + column.name + "' is there already, of another kind",
                  "it keeps " + std::string(internal::describe(columns[place].kind)) + ", the model wants " +
                      std::string(internal::describe(column.kind)),
                  "give the field another name, and copy what is in the old one");
    }
  }
  std::vector<UniqueIndex> unique;
  for (const Index& index : table.indexes) {
    if (!index.is_unique) continue;
    auto made = make_unique_index(index, columns);
    if (!made) return fail(std::move(made.error()));
    const auto is_same = [&](const UniqueIndex& each) { return each.places == made->places; };
    if (std::none_of(unique_.begin(), unique_.end(), is_same)) unique.push_back(*std::move(made));
  }
  columns_ = std::move(columns);
  std::move(unique.begin(), unique.end(), std::back_inserter(unique_));
  return {};
}

Result<void> MemoryTable::put(const Key& key, SharedRow row) {
  const SharedRow before = find(key);
  for (const UniqueIndex& index : unique_) {
    const auto entry = row == nullptr ? std::nullopt : entry_of(index, columns_, *row);
    const auto found = entry ? index.entries.find(*entry) : index.entries.end();
    if (found != index.entries.end() && found->second != key) return taken(index, found->second);
  }
  for (UniqueIndex& index : unique_) {
    const auto old = before == nullptr ? std::nullopt : entry_of(index, columns_, *before);
    if (old) index.entries.erase(*old);
    auto entry = row == nullptr ? std::nullopt : entry_of(index, columns_, *row);
    if (entry) index.entries.emplace(*std::move(entry), key);
  }
  if (row == nullptr) {
    rows_.erase(key);
  } else {
    rows_.insert_or_assign(key, std::move(row));
  }
  return {};
}

Revision MemoryTable::last_revision(const Key& key) const {
  const auto found = removed_.find(key);
  return found == removed_.end() ? revision_floor_ : found->second;
}

void MemoryTable::remember_removed(const Key& key, Revision revision) {
  const auto [entry, is_new] = removed_.insert_or_assign(key, revision);
  if (is_new) removed_order_.push_back(key);
  while (removed_order_.size() > removed_max_) {
    const auto oldest = removed_.find(removed_order_.front());
    revision_floor_ = std::max(revision_floor_, oldest->second);
    removed_.erase(oldest);
    removed_order_.pop_front();
  }
}

MemoryView::MemoryView(const Table& of, MemoryTable& in) : table(&of), stored(&in) {
  for (const Column& column : of.columns) places.push_back(find_column(in.columns(), column.name));
  is_identity = true;
  for (std::size_t i = 0; i < places.size(); ++i) is_identity = is_identity && places[i] == i;
}

Row MemoryView::seen(const Row& row) const {
  if (is_identity && row.cells.size() == places.size()) return row;
  Row result = row;
  result.cells.clear();
  for (const std::size_t place : places) result.cells.push_back(cell_at(row, stored->columns(), place));
  return result;
}

std::optional<Row> MemoryView::stored_row(const Key& key) const {
  const SharedRow found = stored->find(key);
  if (found == nullptr) return std::nullopt;
  Row row = *found;
  const std::vector<Column>& columns = stored->columns();
  for (std::size_t place = row.cells.size(); place < columns.size(); ++place) {
    row.cells.push_back(columns[place].initial);
  }
  return row;
}

Write MemoryView::stored_write(const Write& write, const std::optional<Row>& before) const {
  Write result = write;
  if (write.kind == WriteKind::remove) return result;
  if (before) {
    result.cells = before->cells;
  } else {
    result.cells.clear();
    for (const Column& column : stored->columns()) result.cells.push_back(column.initial);
  }
  for (std::size_t i = 0; i < places.size(); ++i) result.cells[places[i]] = write.cells[i];
  for (std::size_t& column : result.columns) column = places[column];
  return result;
}

namespace {

// Walks the rows that may belong to an answer, in the order of their keys, until `each` returns false.
template <class Fn> void visit_candidates(const MemoryTable& table, const Query& query, Fn&& each) {
  const auto& rows = table.rows();
  Key from{.parent = query.parent.value_or("")};
  // Without orders, a cursor with a key says where to begin.
  if (query.orders.empty() && query.start && query.start->key) from = std::max(from, *query.start->key);
  for (auto row = rows.lower_bound(from); row != rows.end(); ++row) {
    if (query.parent && row->first.parent != *query.parent) return;
    if (!each(*row->second)) return;
  }
}

// The ids that a query within one collection asks for, where it names them.
const Condition* named_ids(const Query& query) {
  if (!query.parent) return nullptr;
  for (const Condition& condition : query.conditions) {
    const bool names = condition.comparison == Comparison::equal || condition.comparison == Comparison::in;
    if (condition.column == Table::kId && names) return &condition;
  }
  return nullptr;
}

std::set<std::string> ids_in(const Condition& condition) {
  std::set<std::string> ids;
  for (const Cell& operand : condition.operands) {
    if (const auto* const id = std::get_if<std::string>(&operand)) ids.insert(*id);
  }
  return ids;
}

// Rows that match, at the addresses of the store's own where they need no conversion.
class Candidates {
 public:
  Candidates(const MemoryView& view, const Query& query) : view_(view), matcher_(query) {}

  void consider(const Row& row) {
    if (view_.is_identity && row.cells.size() == view_.places.size()) {
      if (matcher_(row)) rows_.push_back(&row);
      return;
    }
    Row converted = view_.seen(row);
    if (matcher_(converted)) rows_.push_back(&converted_.emplace_back(std::move(converted)));
  }
  std::size_t size() const { return rows_.size(); }
  const std::vector<const Row*>& rows() const { return rows_; }

 private:
  const MemoryView& view_;
  Matcher matcher_;
  std::deque<Row> converted_;
  std::vector<const Row*> rows_;
};

}  // namespace

Result<std::vector<Row>> answer(const MemoryView& view, const Query& query, std::size_t rows_max) {
  Candidates candidates(view, query);
  if (const Condition* const ids = named_ids(query)) {
    for (const std::string& id : ids_in(*ids)) {
      const SharedRow found = view.stored->find({.parent = *query.parent, .id = id});
      if (found != nullptr) candidates.consider(*found);
    }
  } else {
    const bool in_order = query.orders.empty() && !query.end;
    const std::size_t wanted =
        query.limit > Query::kNoLimit - query.offset ? Query::kNoLimit : query.offset + query.limit;
    // One more than wanted, as a cursor may leave out the row it stands at.
    visit_candidates(*view.stored, query, [&](const Row& row) {
      candidates.consider(row);
      return !in_order || candidates.size() <= wanted;
    });
  }
  const std::vector<const Row*> chosen = arrange(query, candidates.rows());
  if (chosen.size() > rows_max) {
    return fail(ErrorCode::limit_exceeded, "a query of '" + query.table->name + "' has too many rows",
                std::to_string(chosen.size()),
                "read at most " + std::to_string(rows_max) + " at once, by limit and cursor");
  }
  std::vector<Row> rows;
  rows.reserve(chosen.size());
  for (const Row* row : chosen) rows.push_back(*row);
  return rows;
}

}  // namespace freshet::store
