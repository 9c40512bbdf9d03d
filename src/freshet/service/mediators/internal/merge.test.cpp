// SPDX-License-Identifier: MIT
#include "freshet/service/mediators/internal/merge.hpp"

#include <initializer_list>

#include <gtest/gtest.h>

namespace freshet::mediators {
namespace {

using enum Trigger;
using State = Task::State;

constexpr Timestamp kNow{std::chrono::seconds(1'000)};

TriggerSet handlers(std::initializer_list<Trigger> triggers) {
  TriggerSet set;
  for (const Trigger trigger : triggers) set.add(trigger);
  return set;
}
const TriggerSet kAll = handlers({create, update, remove, leave});

RowEvent event(Trigger trigger, Revision revision) {
  RowEvent made{.trigger = trigger, .key = {"", "j1"}};
  if (trigger != create) made.before = store::Row{.revision = trigger == remove ? revision : revision - 1};
  if (trigger != remove) made.after = store::Row{.revision = revision};
  return made;
}

Task task(State state, Trigger trigger, Revision revision) {
  Task made;
  made.id = "m:jobs%2Fj1";
  made.state = state;
  made.trigger = trigger;
  made.revision = revision;
  made.attempts = 3;
  made.owner = "w1";
  made.error = "it failed";
  return made;
}

void expect_queued(const std::optional<Task>& merged, Trigger trigger, Revision revision) {
  ASSERT_TRUE(merged.has_value());
  EXPECT_EQ(merged->state, State::waiting);
  EXPECT_EQ(merged->trigger, trigger);
  EXPECT_EQ(merged->revision, revision);
  EXPECT_EQ(merged->attempts, 0);
  EXPECT_EQ(merged->due, kNow);
  EXPECT_EQ(merged->owner, "");
  EXPECT_EQ(merged->error, "");
}

TEST(Merge, queues_what_there_is_a_handler_for) {
  expect_queued(merge(std::nullopt, event(create, 1), kAll, kNow), create, 1);
  expect_queued(merge(task(State::done, create, 1), event(update, 2), kAll, kNow), update, 2);
  expect_queued(merge(task(State::done, create, 2), event(remove, 2), kAll, kNow), remove, 2);
  expect_queued(merge(task(State::done, create, 1), event(leave, 2), kAll, kNow), leave, 2);
  expect_queued(merge(task(State::dead, create, 1), event(update, 2), kAll, kNow), update, 2);
}

TEST(Merge, marks_what_nobody_handles_so_that_its_going_is_noticed) {
  const auto mark = merge(std::nullopt, event(create, 4), handlers({remove}), kNow);
  ASSERT_TRUE(mark.has_value());
  EXPECT_EQ(mark->state, State::done);
  EXPECT_EQ(mark->revision, 4);
  expect_queued(merge(mark, event(remove, 4), handlers({remove}), kNow), remove, 4);
}

TEST(Merge, keeps_no_mark_of_what_went_unless_that_is_to_be_told) {
  EXPECT_FALSE(merge(task(State::done, create, 1), event(remove, 1), handlers({create}), kNow).has_value());
  EXPECT_FALSE(merge(task(State::done, create, 1), event(leave, 2), handlers({create}), kNow).has_value());
  EXPECT_FALSE(merge(std::nullopt, event(leave, 2), handlers({create}), kNow).has_value());
}

TEST(Merge, passes_over_versions_that_were_handled_already) {
  for (const Trigger trigger : {create, update}) {
    const auto mark = merge(task(State::done, create, 5), event(trigger, 5), kAll, kNow);
    ASSERT_TRUE(mark.has_value());
    EXPECT_EQ(mark->state, State::done);
    EXPECT_EQ(mark->revision, 5);
  }
  // It left at 2, came back and was handled at 5: that it left is old news.
  for (const Trigger trigger : {leave, remove}) {
    const auto mark = merge(task(State::done, create, 5), event(trigger, 2), handlers({create}), kNow);
    ASSERT_TRUE(mark.has_value());
    EXPECT_EQ(mark->revision, 5);
  }
}

TEST(Merge, makes_one_task_of_all_that_happens_before_it_is_done) {
  const Task created = task(State::waiting, create, 1);
  expect_queued(merge(created, event(update, 2), kAll, kNow), create, 2);
  EXPECT_FALSE(merge(created, event(remove, 1), kAll, kNow).has_value());  // nobody ever heard of it
  EXPECT_FALSE(merge(created, event(leave, 2), kAll, kNow).has_value());

  const Task updated = task(State::waiting, update, 2);
  expect_queued(merge(updated, event(update, 3), kAll, kNow), update, 3);
  expect_queued(merge(updated, event(remove, 2), kAll, kNow), remove, 2);
  EXPECT_FALSE(merge(updated, event(remove, 2), handlers({create, update}), kNow).has_value());
}

TEST(Merge, takes_a_document_that_went_and_came_back_for_a_changed_one) {
  const Task gone = task(State::waiting, remove, 2);
  expect_queued(merge(gone, event(create, 3), kAll, kNow), update, 3);
  expect_queued(merge(gone, event(create, 3), handlers({create, remove}), kNow), create, 3);
  const auto mark = merge(gone, event(create, 3), handlers({remove}), kNow);
  ASSERT_TRUE(mark.has_value());
  EXPECT_EQ(mark->state, State::done);
  EXPECT_EQ(mark->revision, 3);
}

TEST(Merge, still_tells_that_a_document_left_when_it_is_gone_altogether) {
  const Task left = task(State::waiting, leave, 2);
  expect_queued(merge(left, event(remove, 2), kAll, kNow), remove, 2);
  const auto kept = merge(left, event(remove, 2), handlers({leave}), kNow);
  ASSERT_TRUE(kept.has_value());
  EXPECT_EQ(kept->trigger, leave);
  EXPECT_EQ(kept->state, State::waiting);
}

TEST(Merge, believes_that_a_document_went_unseen) {
  const RowEvent unseen{.trigger = remove, .key = {"", "j1"}};
  expect_queued(merge(task(State::done, create, 7), unseen, kAll, kNow), remove, 7);
  EXPECT_FALSE(merge(task(State::done, create, 7), unseen, handlers({create}), kNow).has_value());
}

}  // namespace
}  // namespace freshet::mediators
