// SPDX-License-Identifier: MIT
#include "freshet/store/memory/internal/memory_state.hpp"

#include "freshet/base/assert.hpp"
#include "freshet/base/ids.hpp"
#include "freshet/store/outcome.hpp"

namespace freshet::store {
namespace {

Bytes bytes_of(const SharedRow& row) {
  if (row == nullptr) return 0;
  Bytes bytes = sizeof(Row) + row->cells.size() * sizeof(Cell);
  for (const Cell& cell : row->cells) {
    if (const auto* const text = std::get_if<std::string>(&cell)) bytes += text->size();
    if (const auto* const json = std::get_if<Json>(&cell)) bytes += json->text.size();
  }
  return bytes;
}

}  // namespace

MemoryHistory::MemoryHistory(std::size_t changes_max, Bytes bytes_max)
    : epoch_(random_token("m")), changes_max_(changes_max), bytes_max_(bytes_max) {}

void MemoryHistory::add(std::vector<MemoryChange> changes, Timestamp at) {
  MemoryCommit commit{.number = ++last_, .changes = std::move(changes), .at = at};
  for (const MemoryChange& change : commit.changes) commit.bytes += bytes_of(change.before) + bytes_of(change.after);
  last_time_ = at;
  changes_ += commit.changes.size();
  bytes_ += commit.bytes;
  commits_.push_back(std::move(commit));
  while (!commits_.empty() && (changes_ > changes_max_ || bytes_ > bytes_max_)) {
    changes_ -= commits_.front().changes.size();
    bytes_ -= commits_.front().bytes;
    commits_.pop_front();
  }
}

const MemoryCommit& MemoryHistory::after(std::uint64_t number) const {
  FRESHET_ASSERT(holds_after(number) && number < last_);
  return commits_[static_cast<std::size_t>(number - (last_ - commits_.size()))];
}

Result<const MemoryView*> MemoryState::view(const Table* table) const {
  const auto found = views.find(table);
  if (found != views.end()) return found->second.get();
  if (table == nullptr) return fail(ErrorCode::invalid_argument, "no table is named");
  return fail(ErrorCode::invalid_argument, "table '" + table->name + "' is not prepared", {}, "prepare() it first");
}

MemoryTransaction::MemoryTransaction(MemoryState& state, Timestamp now, bool may_write)
    : state_(state), now_(now), may_write_(may_write) {}

MemoryTransaction::~MemoryTransaction() {
  for (auto change = changes_.rbegin(); change != changes_.rend(); ++change) {
    const bool undone = change->table->put(change->key, change->before).has_value();
    FRESHET_ASSERT(undone);
  }
}

Result<std::vector<std::optional<Row>>> MemoryTransaction::get_many(const Table& table, std::span<const Key> keys) {
  if (failure_) return fail(*failure_);
  const auto view = state_.view(&table);
  if (!view) return fail(view.error());
  if (keys.size() > state_.options.limits.answer_rows_max) {
    return fail(ErrorCode::limit_exceeded, "too many documents of '" + table.name + "' at once",
                std::to_string(keys.size()), "at most " + std::to_string(state_.options.limits.answer_rows_max));
  }
  std::vector<std::optional<Row>> rows;
  rows.reserve(keys.size());
  for (const Key& key : keys) {
    const SharedRow found = (*view)->stored->find(key);
    rows.push_back(found == nullptr ? std::nullopt : std::optional((*view)->seen(*found)));
  }
  return rows;
}

Result<std::vector<Row>> MemoryTransaction::query(const Query& query) {
  if (failure_) return fail(*failure_);
  if (auto ok = check(query); !ok) return fail(std::move(ok.error()));
  const auto view = state_.view(query.table);
  if (!view) return fail(view.error());
  return answer(**view, query, state_.options.limits.answer_rows_max);
}

Result<std::optional<Row>> MemoryTransaction::write(const Write& write) {
  if (failure_) return fail(*failure_);
  auto written = try_write(write);
  if (!written) failure_ = written.error();
  return written;
}

Revision MemoryTransaction::last_revision(MemoryTable& table, const Key& key) const {
  const auto found = removed_.find({&table, key});
  return found == removed_.end() ? table.last_revision(key) : found->second;
}

Result<std::optional<Row>> MemoryTransaction::try_write(const Write& write) {
  if (!may_write_) return fail(ErrorCode::invalid_argument, "a transaction that only reads cannot write");
  if (auto ok = check(write, state_.options.limits.document_bytes_max); !ok) return fail(std::move(ok.error()));
  const auto found = state_.view(write.table);
  if (!found) return fail(found.error());
  const MemoryView& view = **found;
  MemoryTable& table = *view.stored;
  const std::optional<Row> before = view.stored_row(write.key);
  auto outcome = outcome_of(view.stored_write(write, before), before, last_revision(table, write.key), now_);
  if (!outcome) return fail(std::move(outcome.error()));
  if (outcome->change) {
    if (changes_.size() == state_.options.limits.transaction_writes_max) {
      return fail(ErrorCode::limit_exceeded, "a transaction writes too much", {},
                  "at most " + std::to_string(changes_.size()) + " documents");
    }
    const SharedRow after = outcome->after ? std::make_shared<const Row>(*outcome->after) : nullptr;
    const SharedRow old = table.find(write.key);
    if (auto ok = table.put(write.key, after); !ok) return fail(std::move(ok.error()));
    if (after == nullptr) removed_.insert_or_assign({&table, write.key}, before->revision);
    changes_.push_back({.table = &table, .key = write.key, .before = old, .after = after});
  }
  if (!outcome->after) return std::optional<Row>();
  return view.seen(*outcome->after);
}

Result<Position> MemoryTransaction::commit() {
  if (failure_) return fail(*failure_);
  if (!changes_.empty()) {
    for (const auto& [place, revision] : removed_) {
      if (place.first->find(place.second) == nullptr) place.first->remember_removed(place.second, revision);
    }
    state_.history.add(std::move(changes_), now_);
    changes_.clear();
    state_.committed.notify_all();
  }
  return Position::make(state_.history.epoch(), state_.history.last());
}

}  // namespace freshet::store
