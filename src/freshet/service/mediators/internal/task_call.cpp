// SPDX-License-Identifier: MIT
#include "freshet/service/mediators/internal/task_call.hpp"

#include <span>
#include <utility>

#include "freshet/service/mediators/internal/content.hpp"
#include "freshet/service/mediators/internal/letters.hpp"
#include "freshet/service/mediators/internal/source.hpp"

namespace freshet::mediators {
namespace {

bool is_there(Trigger trigger) { return trigger == Trigger::create || trigger == Trigger::update; }

}  // namespace

Result<bool> TaskCall::is_same(store::BackendTransaction& transaction, const Task& task) {
  const auto now = get_record<Task>(transaction, task.id);
  if (!now) return fail(now.error());
  return *now && (*now)->state == Task::State::waiting && (*now)->owner == task.owner &&
         (*now)->attempts == task.attempts && (*now)->revision == task.revision;
}

Result<TaskCall::Outcome> TaskCall::run(store::BackendTransaction& transaction, const Task& task) const {
  const auto same = is_same(transaction, task);
  if (!same) return fail(same.error());
  if (!*same) return Outcome::lost;
  const auto event = event_for(transaction, task);
  if (!event) return fail(event.error());
  if (!*event) return Outcome::postponed;
  const Call call{.event = **event, .transaction = &transaction, .attempt = static_cast<std::size_t>(task.attempts)};
  if (auto called = mediators::call(definition_, call); !called) return fail(std::move(called.error()));
  if (auto finished = finish(transaction, task, **event); !finished) return fail(std::move(finished.error()));
  return Outcome::done;
}

Result<RowEvent> TaskCall::event_of(store::BackendTransaction& transaction, const Task& task) const {
  auto key = key_of(task.document);
  if (!key) return fail(std::move(key.error()));
  auto documents = transaction.get_many(*definition_.source.table, std::span(&*key, 1));
  if (!documents) return fail(std::move(documents.error()));
  RowEvent event{.trigger = task.trigger, .key = std::move(*key), .after = std::move(documents->front())};
  if (!task.before.empty()) {
    // What a model of today cannot hold any more counts as not known.
    if (auto before = row_of(*definition_.source.table, event.key, task.before_type, task.before)) {
      event.before = std::move(*before);
    }
  }
  return event;
}

Result<std::optional<RowEvent>> TaskCall::event_for(store::BackendTransaction& transaction, const Task& task) const {
  auto event = event_of(transaction, task);
  if (!event) return fail(std::move(event.error()));
  const bool fulfils = event->after && store::matches(definition_.source, *event->after);
  if (fulfils != is_there(task.trigger)) return std::optional<RowEvent>();
  return std::optional(std::move(*event));
}

Result<void> TaskCall::finish(store::BackendTransaction& transaction, Task task, const RowEvent& event) const {
  if (!is_there(event.trigger)) return remove_record<Task>(transaction, task.id);
  if (definition_.finish == Finish::remove) {
    // What the handler did to its own document is part of this transaction; anybody else would be in conflict with it.
    store::Write removal{.kind = store::WriteKind::remove, .table = definition_.source.table, .key = event.key};
    if (auto removed = transaction.write(removal); !removed) return fail(std::move(removed.error()));
    task.revision = event.after->revision;
  } else {
    // The handler may have written to the document itself: that version is handled too.
    auto now = transaction.get_many(*definition_.source.table, std::span(&event.key, 1));
    if (!now) return fail(std::move(now.error()));
    task.revision = now->front() ? now->front()->revision : event.after->revision;
  }
  task.state = Task::State::done;
  task.owner.clear();
  task.error.clear();
  return put_record(transaction, task);
}

Result<void> TaskCall::give_up(store::BackendTransaction& transaction, Task task, const Error& error,
                               bool tells) const {
  const auto same = is_same(transaction, task);
  if (!same) return fail(same.error());
  if (!*same) return {};
  const auto event = event_of(transaction, task);
  if (!event) return fail(event.error());
  // Who took a request back asks for nothing any more.
  const bool is_withdrawn = definition_.on_failed && is_there(task.trigger) && !event->after;
  if (is_withdrawn) return remove_record<Task>(transaction, task.id);
  const auto attempts = static_cast<std::size_t>(task.attempts);
  task.state = Task::State::dead;
  task.owner.clear();
  task.error = to_string(error);
  if (tells && definition_.on_failed) {
    if (auto told = tell(transaction, task, *event, error); !told) return told;
  } else {
    const DeadLetter letter =
        letter_of(definition_.name, *definition_.source.table, *event, attempts, error, clock_.now());
    if (auto written = put_record(transaction, letter); !written) return written;
  }
  return put_record(transaction, task);
}

Result<void> TaskCall::tell(store::BackendTransaction& transaction, Task& task, const RowEvent& event,
                            const Error& error) const {
  const Call call{.event = event, .transaction = &transaction, .attempt = static_cast<std::size_t>(task.attempts)};
  if (auto told = definition_.on_failed(call, error); !told) return told;
  auto now = transaction.get_many(*definition_.source.table, std::span(&event.key, 1));
  if (!now) return fail(std::move(now.error()));
  if (now->front()) task.revision = now->front()->revision;  // what was just written to it is no new request
  return {};
}

}  // namespace freshet::mediators
