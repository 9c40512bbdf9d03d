// SPDX-License-Identifier: MIT
#include "freshet/service/mediators/internal/merge.hpp"

#include <utility>

namespace freshet::mediators {
namespace {

bool is_gone(Trigger trigger) { return trigger == Trigger::remove || trigger == Trigger::leave; }

/// The version that the event is about; of one that went unseen, the last that was seen.
Revision revision_of(const RowEvent& event, const std::optional<Task>& known) {
  if (event.after) return event.after->revision;
  if (event.before) return event.before->revision;
  return known ? known->revision : 0;
}

/// To be done anew, whatever became of the last attempt.
Task queued(Task task, Trigger trigger, Revision revision, Timestamp now) {
  task.trigger = trigger;
  task.state = Task::State::waiting;
  task.revision = revision;
  task.attempts = 0;
  task.due = now;
  task.owner.clear();
  task.error.clear();
  return task;
}

std::optional<Task> merge_waiting(Task task, const RowEvent& event, const TriggerSet& handled, Revision revision,
                                  Timestamp now) {
  const bool was_gone = is_gone(task.trigger);
  if (!is_gone(event.trigger)) {
    // One that went and came back before anybody was told that it went counts as changed.
    const bool as_update = task.trigger == Trigger::update || (was_gone && handled.has(Trigger::update));
    if (was_gone && !as_update && !handled.has(Trigger::create)) {
      task.state = Task::State::done;
      task.revision = revision;
      return task;
    }
    return queued(std::move(task), as_update ? Trigger::update : Trigger::create, revision, now);
  }
  if (task.trigger == Trigger::create) return std::nullopt;  // nobody ever heard of it
  if (handled.has(event.trigger)) return queued(std::move(task), event.trigger, revision, now);
  if (was_gone) return task;  // it left, and now it is gone altogether: leaving is still to be told
  return std::nullopt;
}

}  // namespace

std::optional<Task> merge(std::optional<Task> known, const RowEvent& event, const TriggerSet& handled, Timestamp now) {
  const Revision revision = revision_of(event, known);
  if (known && known->state == Task::State::waiting) {
    return merge_waiting(std::move(*known), event, handled, revision, now);
  }
  if (is_gone(event.trigger)) {
    if (known && known->revision > revision) return known;  // it is back, and was handled since
    if (!handled.has(event.trigger)) return std::nullopt;
    return queued(known ? std::move(*known) : Task{}, event.trigger, revision, now);
  }
  if (known && known->revision >= revision) return known;
  if (handled.has(event.trigger)) return queued(known ? std::move(*known) : Task{}, event.trigger, revision, now);
  if (known) return known;
  Task mark;  // kept all the same, so that its going is noticed
  mark.revision = revision;
  return mark;
}

}  // namespace freshet::mediators
