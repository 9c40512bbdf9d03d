// SPDX-License-Identifier: MIT
#include "freshet/base/task.hpp"

#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace freshet {
namespace {

/// Asks a world outside that answers when the test says so.
struct World {
  std::vector<Reply<int>> questions;
  void ask(Reply<int> reply) { questions.push_back(std::move(reply)); }
};

/// Counts frames and what they hold.
struct Held {
  explicit Held(int& alive) : alive_(alive) { ++alive_; }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  ~Held() { --alive_; }
  int& alive_;
};

class TaskTest : public ::testing::Test {
 protected:
  template <class T> void start(Task<T>& task) {
    task.start(inbox, [this] { ended = true; });
  }

  std::shared_ptr<Inbox> inbox = std::make_shared<Inbox>();
  World world;
  int alive = 0;
  bool ended = false;
};

Task<int> seven() { co_return 7; }

Task<int> asked(World& world, int& alive) {
  const Held held(alive);
  Later<int> answer;
  world.ask(answer.reply());
  const Result<int> number = co_await answer;
  if (!number) throw Failure(number.error());
  co_return *number;
}

Task<std::string> sum_of_two(World& world, int& alive) {
  const Held held(alive);
  const int first = co_await asked(world, alive);
  const int second = co_await asked(world, alive);
  const int third = co_await seven();
  co_return std::to_string(first + second + third);
}

TEST_F(TaskTest, gives_its_value_at_once_if_nothing_is_awaited) {
  Task<int> task = seven();
  EXPECT_FALSE(task.at_end());
  start(task);
  ASSERT_TRUE(ended);
  EXPECT_EQ(task.take(), 7);
}

TEST_F(TaskTest, goes_on_when_what_it_awaits_is_delivered_and_not_before) {
  Task<std::string> task = sum_of_two(world, alive);
  EXPECT_EQ(alive, 0) << "a Task starts when it is started";
  start(task);
  ASSERT_EQ(world.questions.size(), 1u);
  std::jthread([&] { world.questions[0](10); }).join();
  EXPECT_EQ(world.questions.size(), 1u) << "an answer alone runs nothing";
  inbox->deliver();
  ASSERT_EQ(world.questions.size(), 2u);
  world.questions[1](100);
  EXPECT_FALSE(ended);
  inbox->deliver();
  ASSERT_TRUE(ended);
  EXPECT_EQ(task.take(), "117");
}

TEST_F(TaskTest, passes_exceptions_on_through_those_that_await_it) {
  Task<std::string> task = sum_of_two(world, alive);
  start(task);
  world.questions[0].fail(Error{.code = ErrorCode::unavailable, .primary = "no line"});
  inbox->deliver();
  ASSERT_TRUE(ended);
  EXPECT_THROW(task.take(), Failure);
}

TEST_F(TaskTest, destroys_all_that_is_parked_with_it) {
  {
    Task<std::string> task = sum_of_two(world, alive);
    start(task);
    EXPECT_EQ(alive, 2);
    EXPECT_FALSE(world.questions[0].cancelled());
  }
  EXPECT_EQ(alive, 0);
  EXPECT_TRUE(world.questions[0].cancelled());
  world.questions[0](1);
  EXPECT_EQ(inbox->deliver(), 1u);
  EXPECT_FALSE(ended);
}

TEST_F(TaskTest, takes_an_answer_that_comes_before_it_is_awaited) {
  const auto early = [](World& outside) -> Task<int> {
    Later<int> answer;
    outside.ask(answer.reply());
    outside.questions[0](5);
    const Result<int> number = co_await answer;
    co_return *number;
  };
  Task<int> task = early(world);
  start(task);
  ASSERT_TRUE(ended);
  EXPECT_EQ(task.take(), 5);
}

TEST_F(TaskTest, needs_no_stack_for_a_long_loop_of_awaits) {
  const auto loop = []() -> Task<int> {
    int sum = 0;
    for (int i = 0; i < 1'000'000; ++i) {
      const int one = co_await seven();
      sum += one % 2;
    }
    co_return sum;
  };
  Task<int> task = loop();
  start(task);
  EXPECT_EQ(task.take(), 1'000'000);
}

TEST_F(TaskTest, needs_no_stack_for_a_long_loop_of_parked_awaits) {
  const auto loop = [](World& outside, int& held) -> Task<int> {
    int sum = 0;
    for (int i = 0; i < 20'000; ++i) {
      const int one = co_await asked(outside, held);
      sum += one;
    }
    co_return sum;
  };
  Task<int> task = loop(world, alive);
  start(task);
  while (!ended) {
    Reply<int> reply = std::move(world.questions.back());
    world.questions.clear();
    reply(1);
    inbox->deliver();
  }
  EXPECT_EQ(task.take(), 20'000);
  EXPECT_EQ(alive, 0);
}

TEST_F(TaskTest, awaits_tasks_that_give_nothing) {
  const auto note = [](int& notes) -> Task<void> {
    ++notes;
    co_return;
  };
  const auto twice = [](auto noted, int& notes) -> Task<int> {
    co_await noted(notes);
    co_await noted(notes);
    co_return notes;
  };
  int notes = 0;
  Task<int> task = twice(note, notes);
  start(task);
  EXPECT_EQ(task.take(), 2);
}

TEST_F(TaskTest, sees_a_reply_that_was_dropped_as_an_error) {
  Task<std::string> task = sum_of_two(world, alive);
  start(task);
  world.questions.clear();
  inbox->deliver();
  ASSERT_TRUE(ended);
  EXPECT_THROW(task.take(), Failure);
}

}  // namespace
}  // namespace freshet
