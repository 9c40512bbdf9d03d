// SPDX-License-Identifier: MIT
#include "freshet/stream/snapshot_job.hpp"

#include <string_view>
#include <utility>
#include <vector>

#include "freshet/graph/graph.hpp"

namespace freshet::stream {

SnapshotJob::SnapshotJob(const Graph& graph, SnapshotTurns& turns, std::shared_ptr<const Source> source, Calls calls)
    : graph_(graph),
      turns_(turns),
      source_(std::move(source)),
      calls_(std::move(calls)),
      steps_(source_->begin_steps(faults_)),
      changes_(source_->subscribe([this](const ChangedRows& changes) { note(changes); })) {
  turns_.add(*this);
}

SnapshotJob::~SnapshotJob() { turns_.remove(*this); }

void SnapshotJob::note(const ChangedRows& changes) {
  std::string text;
  std::vector<ItemAt> items;
  RowWriter rows(source_->key_type(), source_->value_type(), text, faults_, &items);
  changes.write(rows);
  rows.finish();
  faults_.take_news();
  auto item = items.begin();
  changes.for_each_key([&](const void* key) {
    steps_->replace(key, std::string_view(text).substr(item->begin, item->size));
    ++item;
  });
}

SteppedRows::Step SnapshotJob::step(std::size_t rows) {
  SteppedRows::Step step{.rows = 1, .done = true};
  if (!calls_.cancelled()) {
    step = steps_->step(rows);
    faults_.take_news();
    if (!step.done) return step;
    Snapshot snapshot;
    snapshot.version = graph_.version();
    snapshot.rows = steps_->finish();
    snapshot.missing_rows = faults_.standing().size() + source_->standing_errors().size();
    calls_.done(std::move(snapshot));
  }
  const auto ended = calls_.ended;  // the call destroys this
  ended(*this);
  return step;
}

}  // namespace freshet::stream
