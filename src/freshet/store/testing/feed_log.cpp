// SPDX-License-Identifier: MIT
#include "freshet/store/testing/feed_log.hpp"

#include "freshet/store/outcome.hpp"

namespace freshet::store::testing {

FeedReceiver FeedLog::receiver() {
  return {.on_batch = [this](Batch batch) { return take(std::move(batch)); }, .on_trouble = [](const Error&) {}};
}

void FeedLog::check_each(std::function<void(const Copy&)> check) {
  const std::lock_guard lock(mutex_);
  check_ = std::move(check);
}

Result<void> FeedLog::take(Batch batch) {
  const std::lock_guard lock(mutex_);
  if (batch.kind == Batch::Kind::reset) {
    copy_.clear();
    knows_all_ = false;
  }
  if (batch.kind == Batch::Kind::snapshot_end) knows_all_ = true;
  for (const Change& change : batch.changes) apply(change);
  if (!batch.position.text.empty()) position_ = batch.position;
  const bool is_whole = batch.kind == Batch::Kind::commit || batch.kind == Batch::Kind::snapshot_end;
  if (is_whole && check_) check_(copy_);
  batches_.push_back(std::move(batch));
  changed_.notify_all();
  return {};
}

void FeedLog::apply(const Change& change) {
  const auto fault = [&](const char* what) { faults_.push_back(path_of(*change.table, change.key) + " " + what); };
  const auto place = std::make_pair(change.table->name, change.key);
  const auto known = copy_.find(place);
  if (change.before.has_value() == (change.kind == ChangeKind::create)) fault("is told with a wrong before");
  if (change.after.has_value() == (change.kind == ChangeKind::remove)) fault("is told with a wrong after");
  if (change.kind == ChangeKind::create && known != copy_.end()) fault("is created and was there");
  if (change.kind != ChangeKind::create && knows_all_ && known == copy_.end()) fault("is changed and was not there");
  if (change.before && known != copy_.end()) {
    const Row& before = known->second;
    if (before.revision != change.before->revision || before.cells != change.before->cells) {
      fault("was not what the change says it was");
    }
  }
  if (change.after) {
    if (change.before && change.after->revision <= change.before->revision) fault("goes back in its revisions");
    copy_.insert_or_assign(place, *change.after);
  } else {
    copy_.erase(place);
  }
}

bool FeedLog::wait_for(const Position& position) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, [&] { return reached(position_, position); });
}

bool FeedLog::wait_until(const std::function<bool(const std::vector<Batch>&)>& holds) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, [&] { return holds(batches_); });
}

std::vector<Batch> FeedLog::batches() const {
  const std::lock_guard lock(mutex_);
  return batches_;
}

std::vector<Change> FeedLog::changes(Batch::Kind kind) const {
  const std::lock_guard lock(mutex_);
  std::vector<Change> result;
  for (const Batch& batch : batches_) {
    if (batch.kind == kind) result.insert(result.end(), batch.changes.begin(), batch.changes.end());
  }
  return result;
}

FeedLog::Copy FeedLog::copy() const {
  const std::lock_guard lock(mutex_);
  return copy_;
}

Position FeedLog::position() const {
  const std::lock_guard lock(mutex_);
  return position_;
}

std::vector<std::string> FeedLog::faults() const {
  const std::lock_guard lock(mutex_);
  return faults_;
}

}  // namespace freshet::store::testing
