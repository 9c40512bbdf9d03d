// SPDX-License-Identifier: MIT
#include "freshet/store/memory/internal/memory_feed.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "freshet/base/assert.hpp"

namespace freshet::store {
namespace {

ChangeKind kind_of(const MemoryChange& change) {
  if (change.before == nullptr) return ChangeKind::create;
  return change.after == nullptr ? ChangeKind::remove : ChangeKind::update;
}

std::optional<Row> seen(const MemoryView& view, const SharedRow& row) {
  return row == nullptr ? std::nullopt : std::optional(view.seen(*row));
}

}  // namespace

MemoryFeed::MemoryFeed(std::shared_ptr<MemoryState> state, FeedOptions options, FeedReceiver receiver)
    : state_(std::move(state)), options_(std::move(options)), receiver_(std::move(receiver)) {
  const std::lock_guard lock(state_->mutex);
  for (const Table* table : options_.tables) views_.push_back(state_->view(table).value());
  // What is committed once the feed is there belongs to it, so "now" is now, not when its thread begins.
  if (options_.after == Position::now()) {
    options_.after = Position::make(state_->history.epoch(), state_->history.last());
  }
  thread_ = std::thread([this] { run(); });
}

MemoryFeed::~MemoryFeed() {
  FRESHET_ASSERT((std::this_thread::get_id() != thread_.get_id()) && "a feed is not destroyed by its own callback");
  {
    const std::lock_guard lock(state_->mutex);
    is_ended_ = true;
  }
  state_->committed.notify_all();
  thread_.join();
}

void MemoryFeed::run() {
  if (!begin()) return;
  while (auto batch = next()) {
    const bool is_lost = batch->kind == Batch::Kind::reset;
    if (!send(*std::move(batch)) || (is_lost && !snapshot())) return;
  }
}

// Finds out where to go on, and delivers a snapshot where it is not in the history.
bool MemoryFeed::begin() {
  const std::optional<Position>& after = options_.after;
  if (!after || after->text.empty()) return snapshot();
  {
    const std::lock_guard lock(state_->mutex);
    const MemoryHistory& history = state_->history;
    const auto number = after->number();
    if (number && after->epoch() == history.epoch() && history.holds_after(*number)) {
      at_ = *number;
      return true;
    }
  }
  return send({.kind = Batch::Kind::reset}) && snapshot();
}

bool MemoryFeed::snapshot() {
  std::vector<std::pair<const MemoryView*, SharedRow>> rows;
  Timestamp committed_at;
  {
    const std::lock_guard lock(state_->mutex);
    at_ = state_->history.last();
    committed_at = state_->history.last_time();
    for (const MemoryView* view : views_) {
      for (const auto& [key, row] : view->stored->rows()) rows.emplace_back(view, row);
    }
  }
  const std::size_t rows_max = std::max<std::size_t>(options_.snapshot_rows, 1);
  Batch batch{.kind = Batch::Kind::snapshot};
  for (const auto& [view, row] : rows) {
    batch.changes.push_back(
        {.kind = ChangeKind::create, .table = view->table, .key = row->key, .after = view->seen(*row)});
    if (batch.changes.size() < rows_max) continue;
    if (!send(std::exchange(batch, {.kind = Batch::Kind::snapshot}))) return false;
  }
  if (!batch.changes.empty() && !send(std::move(batch))) return false;
  Batch end{.kind = Batch::Kind::snapshot_end, .committed_at = committed_at};
  end.position = Position::make(state_->history.epoch(), at_);
  return send(std::move(end));
}

std::optional<Batch> MemoryFeed::next() {
  std::unique_lock lock(state_->mutex);
  const MemoryHistory& history = state_->history;
  Batch batch{.kind = Batch::Kind::commit};
  for (;;) {
    state_->committed.wait(lock, [&] { return is_ended_ || history.last() > at_ || !batch.position.text.empty(); });
    if (is_ended_) return std::nullopt;
    if (!history.holds_after(at_)) return Batch{.kind = Batch::Kind::reset};
    if (history.last() == at_) return batch;
    const MemoryCommit& commit = history.after(at_);
    std::vector<Change> changes;
    append(commit, changes);
    if (!batch.changes.empty() && batch.changes.size() + changes.size() > options_.commit_changes) return batch;
    at_ = commit.number;
    // Also where nobody asked for any of it: whoever waits for a position gets to hear of it.
    std::move(changes.begin(), changes.end(), std::back_inserter(batch.changes));
    batch.position = Position::make(history.epoch(), at_);
    batch.committed_at = commit.at;
  }
}

void MemoryFeed::append(const MemoryCommit& commit, std::vector<Change>& changes) const {
  for (const MemoryChange& change : commit.changes) {
    for (const MemoryView* view : views_) {
      if (view->stored != change.table) continue;
      changes.push_back({.kind = kind_of(change),
                         .table = view->table,
                         .key = change.key,
                         .before = seen(*view, change.before),
                         .after = seen(*view, change.after)});
    }
  }
}

bool MemoryFeed::send(Batch batch) {
  {
    const std::lock_guard lock(state_->mutex);
    if (is_ended_) return false;
  }
  try {
    return receiver_.on_batch(std::move(batch)).has_value();
  } catch (...) {
    return false;
  }
}

}  // namespace freshet::store
