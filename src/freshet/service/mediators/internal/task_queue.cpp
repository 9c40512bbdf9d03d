// SPDX-License-Identifier: MIT
#include "freshet/service/mediators/internal/task_queue.hpp"

#include <map>
#include <utility>

#include "freshet/service/mediators/internal/content.hpp"
#include "freshet/service/mediators/internal/snapshot_events.hpp"
#include "freshet/service/mediators/internal/source.hpp"
#include "freshet/service/mediators/internal/transact.hpp"
#include "freshet/store/outcome.hpp"

namespace freshet::mediators {
namespace {

constexpr std::size_t kPage = 500;

/// Remembers what cannot be read any more when the task is done.
Result<void> remember(Task& task, const store::Table& table, const RowEvent& event) {
  task.before.clear();
  task.before_type.clear();
  const bool is_gone = event.trigger == Trigger::remove || event.trigger == Trigger::leave;
  if (!is_gone || !event.before) return {};
  auto content = content_of(table, *event.before);
  if (!content) return fail(std::move(content.error()));
  task.before = std::move(*content);
  task.before_type = event.before->obj_type;
  return {};
}

}  // namespace

TaskQueue::TaskQueue(const Definition& definition, const RunnerContext& context, const Following& following,
                     std::function<void()> on_queued)
    : definition_(definition), context_(context), following_(following), on_queued_(std::move(on_queued)) {
  for (const Trigger trigger : kTriggers) {
    if (definition.handler(trigger)) handled_.add(trigger);
  }
}

Result<void> TaskQueue::write(const store::TransactionBody& body) const {
  auto written = write_and_wait(*context_.backend, body);
  if (written) on_queued_();
  return written;
}

Result<void> TaskQueue::begin(bool /*anew*/) { return {}; }
Result<void> TaskQueue::reset() { return {}; }

Result<void> TaskQueue::take_snapshot(std::vector<store::Change> rows) {
  return write([&](store::BackendTransaction& transaction) -> Result<void> {
    const auto events = events_of_snapshot(transaction, definition_.name, definition_.source, rows);
    if (!events) return fail(events.error());
    if (auto queued = queue(transaction, *events); !queued) return queued;
    return following_.advance(transaction, std::nullopt);
  });
}

Result<void> TaskQueue::end_snapshot(store::Position position) {
  std::string after;
  do {
    std::string last;
    auto written = write([&](store::BackendTransaction& transaction) -> Result<void> {
      auto unseen = find_unseen(transaction, definition_.name, definition_.source, after, kPage);
      if (!unseen) return fail(std::move(unseen.error()));
      if (auto queued = queue(transaction, unseen->events); !queued) return queued;
      last = unseen->last_id;
      return following_.advance(transaction, last.empty() ? std::optional(position) : std::nullopt);
    });
    if (!written) return written;
    after = last;
  } while (!after.empty());
  return {};
}

Result<void> TaskQueue::take_changes(std::vector<store::Change> changes, store::Position position) {
  std::vector<RowEvent> events;
  for (store::Change& change : changes) {
    if (auto event = event_of(definition_.source, std::move(change))) events.push_back(std::move(*event));
  }
  return write([&](store::BackendTransaction& transaction) -> Result<void> {
    if (auto queued = queue(transaction, events); !queued) return queued;
    return following_.advance(transaction, position);
  });
}

Result<void> TaskQueue::queue(store::BackendTransaction& transaction, const std::vector<RowEvent>& events) const {
  const store::Table& table = *definition_.source.table;
  std::vector<store::Key> keys;
  for (const RowEvent& event : events) {
    if (keys.empty() || keys.back() != event.key) keys.push_back(event.key);
  }
  auto known = marks_of(transaction, definition_.name, table, keys);
  if (!known) return fail(std::move(known.error()));
  std::map<store::Key, std::optional<Task>> tasks;
  for (std::size_t i = 0; i < keys.size(); ++i) tasks.emplace(std::move(keys[i]), std::move((*known)[i]));
  for (const RowEvent& event : events) {
    std::optional<Task>& task = tasks.find(event.key)->second;
    task = merge(std::move(task), event, handled_, context_.clock->now());
    if (!task) continue;
    task->mediator = definition_.name;
    task->document = store::path_of(table, event.key);
    task->id = mark_id(task->mediator, task->document);
    // A document that is gone by now keeps what it was when it left.
    const bool new_content = task->trigger == event.trigger && task->state == Task::State::waiting;
    if (!new_content) continue;
    if (auto kept = remember(*task, table, event); !kept) return kept;
  }
  for (const auto& [key, task] : tasks) {
    auto written = task ? put_record(transaction, *task)
                        : remove_record<Task>(transaction, mark_id(definition_.name, store::path_of(table, key)));
    if (!written) return written;
  }
  return {};
}

}  // namespace freshet::mediators
