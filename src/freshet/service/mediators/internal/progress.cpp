// SPDX-License-Identifier: MIT
#include "freshet/service/mediators/internal/progress.hpp"

#include <chrono>
#include <utility>

#include "freshet/service/mediators/internal/source.hpp"
#include "freshet/service/mediators/internal/transact.hpp"
#include "freshet/store/outcome.hpp"

namespace freshet::mediators {
namespace {

// Marks that one transaction writes.
constexpr std::size_t kPage = 500;

}  // namespace

Progress::Progress(const Definition& definition, const RunnerContext& context, const Following& following,
                   Counters& counters)
    : definition_(definition), context_(context), following_(following), counters_(counters) {}

void Progress::begin() {
  const std::scoped_lock lock(mutex_);
  writing_ends_ = false;
  writer_ = std::thread([this] { keep_writing(); });
}

void Progress::end() {
  {
    const std::scoped_lock lock(mutex_);
    writing_ends_ = true;
  }
  changed_.notify_all();
  if (writer_.joinable()) writer_.join();
  if (const auto written = checkpoint(); !written) counters_.trouble(written.error());
  const std::scoped_lock lock(mutex_);
  batches_.clear();
  marks_.clear();
  reached_.reset();
}

Progress::BatchPtr Progress::add(std::size_t events, std::optional<store::Position> position) {
  const BatchPtr batch = std::make_shared<Batch>(Batch{events, std::move(position), context_.clock->steady_now()});
  const std::scoped_lock lock(mutex_);
  batches_.push_back(batch);
  pop_done();
  return batch;
}

void Progress::done(const RowEvent& event, const BatchPtr& batch) {
  const std::string path = store::path_of(*definition_.source.table, event.key);
  const std::string id = mark_id(definition_.name, path);
  std::optional<Task> mark;
  const bool is_there = event.trigger == Trigger::create || event.trigger == Trigger::update;
  if (is_there) {
    mark.emplace();
    mark->id = id;
    mark->mediator = definition_.name;
    mark->document = path;
    mark->trigger = event.trigger;
    mark->revision = event.after->revision;
  }
  const std::scoped_lock lock(mutex_);
  // An old letter does not undo what is known of newer versions.
  if (event.letter.empty()) marks_[id] = std::move(mark);
  --batch->left;
  pop_done();
}

void Progress::pop_done() {
  while (!batches_.empty() && batches_.front()->left == 0) {
    if (batches_.front()->position) reached_ = std::move(batches_.front()->position);
    batches_.pop_front();
  }
}

void Progress::keep_writing() {
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, definition_.options.checkpoint, [&] { return writing_ends_; })) {
    lock.unlock();
    if (const auto written = checkpoint(); !written) counters_.trouble(written.error());
    lock.lock();
  }
}

Result<void> Progress::checkpoint() {
  const std::scoped_lock writing(writing_);
  Marks marks;
  std::optional<store::Position> reached;
  {
    const std::scoped_lock lock(mutex_);
    marks.swap(marks_);
    reached.swap(reached_);
  }
  if (marks.empty() && !reached) return {};
  auto written = write(marks, reached);
  if (written) return {};
  const std::scoped_lock lock(mutex_);
  marks_.merge(marks);  // what came since is newer and stays
  if (!reached_) reached_ = std::move(reached);
  return written;
}

Result<void> Progress::write(const Marks& marks, const std::optional<store::Position>& position) {
  auto next = marks.begin();
  do {
    const auto begin = next;
    for (std::size_t i = 0; i < kPage && next != marks.end(); ++i) ++next;
    auto written = write_and_wait(*context_.backend, [&](store::BackendTransaction& transaction) -> Result<void> {
      for (auto mark = begin; mark != next; ++mark) {
        auto done =
            mark->second ? put_record(transaction, *mark->second) : remove_record<Task>(transaction, mark->first);
        if (!done) return done;
      }
      // The place with the last of the marks that belong to it.
      return following_.advance(transaction, next == marks.end() ? position : std::nullopt);
    });
    if (!written) return written;
  } while (next != marks.end());
  return {};
}

void Progress::fill(MediatorStatus& status) const {
  const std::scoped_lock lock(mutex_);
  for (const BatchPtr& batch : batches_) status.waiting += static_cast<std::int64_t>(batch->left);
  if (batches_.empty()) return;
  const auto lag = context_.clock->steady_now() - batches_.front()->taken_at;
  status.lag_ms = std::chrono::duration_cast<std::chrono::milliseconds>(lag).count();
}

}  // namespace freshet::mediators
