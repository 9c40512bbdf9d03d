// SPDX-License-Identifier: MIT
#include "freshet/service/mediators/internal/event_runner.hpp"

#include <utility>

#include "freshet/service/mediators/internal/source.hpp"

namespace freshet::mediators {

EventRunner::EventRunner(Definition definition, RunnerContext context)
    : definition_(std::move(definition)), context_(std::move(context)) {}

EventRunner::~EventRunner() { stop(); }

Result<void> EventRunner::start() {
  store::FeedOptions options;
  options.tables = {definition_.source.table};
  options.after = store::Position::now();
  store::FeedReceiver receiver{.on_batch = [this](store::Batch batch) -> Result<void> {
                                 // A snapshot is what was: nobody waits for that.
                                 if (batch.kind == store::Batch::Kind::commit) take(std::move(batch.changes));
                                 return {};
                               },
                               .on_trouble = [this](const Error& error) { counters_.trouble(error); }};
  auto feed = context_.backend->follow(std::move(options), std::move(receiver));
  if (!feed) return fail(std::move(feed.error()));
  feed_ = std::move(*feed);
  counters_.state(MediatorStatus::State::running);
  return {};
}

void EventRunner::stop() {
  feed_.reset();  // waits for the handler under way
  counters_.state(MediatorStatus::State::stopped);
}

void EventRunner::take(std::vector<store::Change> changes) {
  for (store::Change& change : changes) {
    const auto event = event_of(definition_.source, std::move(change));
    if (!event || !definition_.handler(event->trigger)) continue;
    if (const auto called = call(definition_, {.event = *event}); called) {
      counters_.processed();
    } else {
      counters_.dead(called.error());
    }
  }
}

void EventRunner::fill(MediatorStatus& status) const { counters_.fill(status); }

}  // namespace freshet::mediators
