// SPDX-License-Identifier: MIT
#include "freshet/service/mediators/internal/query_runner.hpp"

#include <algorithm>
#include <utility>

#include "freshet/service/mediators/internal/letters.hpp"
#include "freshet/service/mediators/internal/snapshot_events.hpp"
#include "freshet/service/mediators/internal/source.hpp"
#include "freshet/service/mediators/internal/transact.hpp"
#include "freshet/store/outcome.hpp"

namespace freshet::mediators {
namespace {

constexpr std::size_t kPage = 500;

tl::unexpected<Error> interrupted() { return fail(ErrorCode::unavailable, "the mediator is stopping"); }

}  // namespace

QueryRunner::QueryRunner(Definition definition, RunnerContext context)
    : definition_(std::move(definition)),
      context_(std::move(context)),
      delays_(definition_.options.retry, random_seed()),
      following_(definition_.name, definition_.options.lease, *context_.clock),
      progress_(definition_, context_, following_, counters_),
      follower_(context_.backend, following_, {definition_.source.table, &store::table_of<DeadLetter>()},
                definition_.options.lease, *this, counters_) {}

QueryRunner::~QueryRunner() { stop(); }

Result<void> QueryRunner::start() {
  follower_.start();
  return {};
}
void QueryRunner::stop() { follower_.stop(); }

void QueryRunner::fill(MediatorStatus& status) const {
  counters_.fill(status);
  progress_.fill(status);
}

Result<void> QueryRunner::begin(bool anew) {
  if (anew) {
    auto looked = read_and_wait(*context_.backend, [&](store::BackendTransaction& transaction) -> Result<void> {
      store::Query any = records_of<Task>(definition_.name);
      any.limit = 1;
      const auto marks = transaction.query(any);
      if (!marks) return fail(marks.error());
      look_for_unseen_ = !marks->empty();
      return {};
    });
    if (!looked) return looked;
  }
  {
    const std::scoped_lock lock(mutex_);
    lanes_ = std::make_shared<Lanes>(definition_.options.workers, definition_.options.events_max);
  }
  progress_.begin();
  return {};
}

Result<void> QueryRunner::reset() {
  look_for_unseen_ = true;
  return drain();  // so that the marks tell what was handled
}

Result<void> QueryRunner::take_snapshot(std::vector<store::Change> rows) {
  std::vector<RowEvent> events;
  auto looked = read_and_wait(*context_.backend, [&](store::BackendTransaction& transaction) -> Result<void> {
    std::vector<store::Change> documents;
    for (const store::Change& row : rows) {
      if (row.table == definition_.source.table) documents.push_back(row);
    }
    auto found = events_of_snapshot(transaction, definition_.name, definition_.source, std::move(documents));
    if (!found) return fail(std::move(found.error()));
    events = std::move(*found);
    return {};
  });
  if (!looked) return looked;
  for (const store::Change& row : rows) {
    auto event = requeued(row);
    if (!event) return fail(std::move(event.error()));
    if (*event) events.push_back(std::move(**event));
  }
  return post(std::move(events), std::nullopt);
}

Result<void> QueryRunner::end_snapshot(store::Position position) {
  if (look_for_unseen_) {
    if (auto drained = drain(); !drained) return drained;
    if (auto posted = post_unseen(); !posted) return posted;
    look_for_unseen_ = false;
  }
  return post({}, std::move(position));
}

Result<void> QueryRunner::post_unseen() {
  Unseen page;
  do {
    const std::string after = page.last_id;
    auto looked = read_and_wait(*context_.backend, [&](store::BackendTransaction& transaction) -> Result<void> {
      auto found = find_unseen(transaction, definition_.name, definition_.source, after, kPage);
      if (!found) return fail(std::move(found.error()));
      page = std::move(*found);
      return {};
    });
    if (!looked) return looked;
    if (auto posted = post(std::move(page.events), std::nullopt); !posted) return posted;
  } while (!page.last_id.empty());
  return {};
}

Result<void> QueryRunner::take_changes(std::vector<store::Change> changes, store::Position position) {
  std::vector<RowEvent> events;
  for (store::Change& change : changes) {
    if (change.table == definition_.source.table) {
      if (auto event = event_of(definition_.source, std::move(change))) events.push_back(std::move(*event));
      continue;
    }
    auto event = requeued(change);
    if (!event) return fail(std::move(event.error()));
    if (*event) events.push_back(std::move(**event));
  }
  return post(std::move(events), std::move(position));
}

Result<std::optional<RowEvent>> QueryRunner::requeued(const store::Change& change) {
  std::optional<RowEvent> event;
  if (change.table != &store::table_of<DeadLetter>() || !change.after) return event;
  const auto letter = record_of<DeadLetter>(*change.after);
  if (!letter) return fail(letter.error());
  if (letter->state != DeadLetter::State::requeued || letter->mediator != definition_.name) return event;
  auto looked = write_and_wait(*context_.backend, [&](store::BackendTransaction& transaction) -> Result<void> {
    auto found = event_of_letter(transaction, definition_.source, *letter);
    if (!found) return fail(std::move(found.error()));
    event = std::move(*found);
    return event ? Result<void>() : remove_record<DeadLetter>(transaction, letter->id);
  });
  if (!looked) return fail(std::move(looked.error()));
  return event;
}

Result<void> QueryRunner::post(std::vector<RowEvent> events, std::optional<store::Position> position) {
  // Others than changes leave a mark, handled or not: by it the document's going is noticed.
  std::erase_if(events, [&](const RowEvent& event) {
    return event.trigger == Trigger::update && !definition_.handler(Trigger::update);
  });
  const Progress::BatchPtr batch = progress_.add(events.size(), std::move(position));
  const std::shared_ptr<Lanes> lanes = this->lanes();
  for (RowEvent& event : events) {
    const std::string path = store::path_of(*definition_.source.table, event.key);
    auto job = [this, batch, event = std::move(event), number = std::size_t{0}]() mutable {
      return attempt(event, batch, ++number);
    };
    if (!lanes->post(path, std::move(job))) return interrupted();
  }
  return {};
}

std::optional<std::chrono::milliseconds> QueryRunner::attempt(const RowEvent& event, const Progress::BatchPtr& batch,
                                                              std::size_t number) {
  auto outcome = call(definition_, {.event = event, .attempt = number});
  if (!outcome) {
    if (!delays_.exhausted(number)) {
      counters_.retried(outcome.error());
      return delays_.after(number);
    }
    if (auto buried = bury(event, number, outcome.error()); !buried) {
      counters_.trouble(buried.error());
      return delays_.after(number);
    }
    counters_.dead(outcome.error());
  } else {
    if (auto settled = settle_letter(event); !settled) {
      counters_.trouble(settled.error());
      return delays_.after(number);
    }
    if (definition_.handler(event.trigger)) counters_.processed();
  }
  progress_.done(event, batch);
  return std::nullopt;
}

Result<void> QueryRunner::settle_letter(const RowEvent& event) {
  if (event.letter.empty()) return {};
  return write_and_wait(*context_.backend, [&](store::BackendTransaction& transaction) {
    return remove_record<DeadLetter>(transaction, event.letter);
  });
}

Result<void> QueryRunner::bury(const RowEvent& event, std::size_t attempts, const Error& error) {
  const DeadLetter letter =
      letter_of(definition_.name, *definition_.source.table, event, attempts, error, context_.clock->now());
  return write_and_wait(*context_.backend,
                        [&](store::BackendTransaction& transaction) { return put_record(transaction, letter); });
}

std::shared_ptr<Lanes> QueryRunner::lanes() const {
  const std::scoped_lock lock(mutex_);
  return lanes_;
}

Result<void> QueryRunner::drain() {
  if (!lanes()->drain()) return interrupted();
  return progress_.checkpoint();
}

void QueryRunner::interrupt() {
  if (const auto lanes = this->lanes()) lanes->stop();
}

void QueryRunner::end() {
  progress_.end();
  const std::scoped_lock lock(mutex_);
  lanes_.reset();
}

}  // namespace freshet::mediators
