// SPDX-License-Identifier: MIT
#include "freshet/graph/operators/map_async.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/graph/testing/async_world.hpp"
#include "freshet/graph/testing/functions.hpp"

namespace freshet {
namespace {

using namespace std::chrono_literals;
using testing::Ask, testing::Asked, testing::AsyncWorld, testing::Contents, testing::contents_of, testing::error_of,
    testing::map_async, testing::pending_of, testing::plain;
using ::testing::HasSubstr;

class MapAsync : public ::testing::Test {
 protected:
  MapAsync() {
    AsyncWorld::current() = &outside;
    graph.set_timers(timers);
  }

  void set(int key, std::int64_t value) { ASSERT_TRUE(graph.commit(Transaction().set(rows, key, value))); }
  void erase(int key) { ASSERT_TRUE(graph.commit(Transaction().erase(rows, key))); }
  auto map(const AsyncOptions& options) { return map_async(rows, Ask(), options); }
  Asked next() { return outside.take(); }
  void answer_all() {
    outside.answer_all();
    graph.run_posted();
  }
  void fail_all() {
    outside.fail_all();
    graph.run_posted();
  }

  AsyncWorld outside;
  SimulatedClock clock;
  SimulatedTimers timers{clock};
  Graph graph;
  Input<int, std::int64_t> rows = graph.input<int, std::int64_t>("rows");
};

TEST_F(MapAsync, calls_when_the_commit_is_complete_and_shows_the_answer_in_a_later_one) {
  const auto view = map(plain());
  const auto pending = view.pending();
  std::vector<std::string> told;
  const auto one =
      view.subscribe([&](const auto& changes) { told.push_back("view@" + std::to_string(changes.version())); });
  const auto two = pending.subscribe([&](const auto& changes) {
    told.push_back("pending@" + std::to_string(changes.version()));
    EXPECT_EQ(outside.asked_ever, changes.version() == 1 ? 0u : 1u) << "not inside the commit";
  });
  set(7, 5);
  ASSERT_EQ(outside.asked.size(), 1u);
  EXPECT_EQ(outside.asked[0].key, 7);
  EXPECT_TRUE(view.empty());
  EXPECT_EQ(*pending.get(7), (Pending{.attempt = 1, .since = 1}));
  answer_all();
  EXPECT_EQ(contents_of(view), (Contents{{7, {50}}}));
  EXPECT_TRUE(pending.empty());
  EXPECT_EQ(graph.version(), 2u);
  EXPECT_EQ(told, (std::vector<std::string>{"pending@1", "pending@2", "view@2"}));
}

TEST_F(MapAsync, brings_answers_that_wait_together_in_one_commit_in_any_order) {
  const auto view = map(plain());
  Transaction transaction;
  for (int key = 0; key < 5; ++key) transaction.set(rows, key, key);
  graph.commit(transaction);
  ASSERT_EQ(outside.asked.size(), 5u);
  for (const std::size_t i : {4u, 0u, 2u}) outside.asked[i].reply(static_cast<std::int64_t>(100 + i));
  EXPECT_EQ(graph.run_posted(), 1u);
  EXPECT_EQ(graph.version(), 2u);
  EXPECT_EQ(contents_of(view), (Contents{{0, {100}}, {2, {102}}, {4, {104}}}));
  EXPECT_EQ(view.pending().size(), 2u);
  EXPECT_EQ(graph.run_posted(), 0u);
}

TEST_F(MapAsync, calls_for_rows_that_are_there_when_it_is_declared) {
  set(1, 1);
  set(2, 2);
  const auto view = map(plain());
  EXPECT_EQ(outside.asked.size(), 2u);
  EXPECT_EQ(pending_of(view, 2), (Pending{.attempt = 1, .since = 2}));
  answer_all();
  EXPECT_EQ(contents_of(view), (Contents{{1, {10}}, {2, {20}}}));
}

TEST_F(MapAsync, lets_a_newer_change_supersede_an_older_answer) {
  const auto view = map(plain());
  set(1, 1);
  Asked old = next();
  set(1, 2);
  EXPECT_TRUE(old.reply.cancelled());
  EXPECT_EQ(pending_of(view, 1).since, 2);
  old.reply(111);
  EXPECT_EQ(graph.run_posted(), 0u) << "an answer that nobody waits for is no commit";
  EXPECT_TRUE(view.empty());
  answer_all();
  EXPECT_EQ(contents_of(view), (Contents{{1, {20}}}));
}

TEST_F(MapAsync, drops_an_answer_that_a_later_change_overtakes_on_its_way) {
  const auto view = map(plain());
  set(1, 1);
  next().reply(111);
  set(1, 2);  // before the loop came to the answer
  graph.run_posted();
  EXPECT_TRUE(view.empty());
  answer_all();
  EXPECT_EQ(contents_of(view), (Contents{{1, {20}}}));
}

TEST_F(MapAsync, cancels_with_the_row_and_begins_anew_with_another_at_its_place) {
  const auto view = map(plain());
  set(1, 1);
  Asked old = next();
  erase(1);
  EXPECT_TRUE(old.reply.cancelled());
  EXPECT_TRUE(view.pending().empty());
  set(2, 2);  // takes the slot
  old.reply(111);
  graph.run_posted();
  EXPECT_TRUE(view.empty());
  answer_all();
  EXPECT_EQ(contents_of(view), (Contents{{2, {20}}}));
  erase(2);
  EXPECT_TRUE(view.empty());
}

TEST_F(MapAsync, leaves_a_row_out_while_it_waits_or_keeps_its_last_answer) {
  auto keeping = plain();
  keeping.keep_old = true;
  const auto view = map(plain());
  const auto kept = map(keeping);
  EXPECT_FALSE(view == kept);
  set(1, 1);
  answer_all();
  set(1, 2);
  EXPECT_TRUE(view.empty());
  EXPECT_EQ(contents_of(kept), (Contents{{1, {10}}}));
  EXPECT_EQ(kept.pending().size(), 1u);
  answer_all();
  EXPECT_EQ(contents_of(view), (Contents{{1, {20}}}));
  EXPECT_EQ(contents_of(kept), (Contents{{1, {20}}}));
  set(1, 3);
  fail_all();
  EXPECT_TRUE(kept.empty()) << "a row that fails is left out";
}

TEST_F(MapAsync, holds_no_more_calls_than_its_limit_first_come_first_served) {
  auto options = plain();
  options.concurrent_max = 2;
  const auto view = map(options);
  for (int key = 1; key <= 4; ++key) set(key, key);
  ASSERT_EQ(outside.asked.size(), 2u);
  EXPECT_EQ(view.pending().size(), 4u);
  set(3, 33);  // keeps its place; what it is is looked up when its turn comes
  Asked first = next();
  first.reply(10);
  graph.run_posted();
  ASSERT_EQ(outside.asked.size(), 2u);
  EXPECT_EQ(outside.asked[1].key, 3);
  EXPECT_EQ(outside.asked[1].value, 33);
  erase(4);
  answer_all();
  EXPECT_EQ(contents_of(view), (Contents{{1, {10}}, {2, {20}}, {3, {330}}}));
  EXPECT_EQ(outside.asked_ever, 3u);
}

TEST_F(MapAsync, counts_a_superseded_call_until_it_ends) {
  auto options = plain();
  options.concurrent_max = 1;
  const auto view = map(options);
  set(1, 1);
  Asked old = next();
  set(1, 2);
  EXPECT_TRUE(outside.asked.empty());
  { const Reply<std::int64_t> dropped = std::move(old.reply); }
  graph.run_posted();
  answer_all();
  EXPECT_EQ(contents_of(view), (Contents{{1, {20}}}));
}

TEST_F(MapAsync, refuses_rows_beyond_those_that_may_wait) {
  auto options = plain();
  options.concurrent_max = 1;
  options.waiting_max = 2;
  const auto view = map(options);
  const auto errors = view.errors();
  Transaction transaction;
  for (int key = 1; key <= 4; ++key) transaction.set(rows, key, key);
  graph.commit(transaction);
  EXPECT_EQ(view.pending().size(), 3u);
  EXPECT_THAT(errors.get("4")->message, HasSubstr("too many rows wait"));
  answer_all();
  answer_all();
  answer_all();
  EXPECT_EQ(view.size(), 3u);
  set(4, 44);
  EXPECT_TRUE(errors.empty());
  answer_all();
  EXPECT_EQ(view.size(), 4u);
}

TEST_F(MapAsync, tries_again_with_growing_delays_then_fails_and_heals_with_the_next_change) {
  const auto view = map({.timeout = 0s, .retries_max = 3, .retry_delay = 100ms, .retry_delay_max = 250ms});
  const auto errors = view.errors();
  const auto pending = view.pending();
  set(1, 1);
  std::int64_t attempt = 1;
  for (const auto delay : {100ms, 200ms, 250ms}) {
    EXPECT_EQ(*pending.get(1), (Pending{.attempt = attempt, .since = 1}));
    fail_all();
    EXPECT_EQ(*pending.get(1), (Pending{.attempt = ++attempt, .since = 1}));
    timers.advance(delay - 1ms);
    EXPECT_TRUE(outside.asked.empty());
    timers.advance(1ms);
    EXPECT_EQ(outside.asked.size(), 1u);
  }
  EXPECT_TRUE(errors.empty());
  fail_all();
  EXPECT_TRUE(pending.empty());
  EXPECT_THAT(errors.get("1")->message, HasSubstr("no line"));
  EXPECT_EQ(outside.asked_ever, 4u);
  set(1, 2);
  EXPECT_TRUE(errors.empty());
  answer_all();
  EXPECT_EQ(contents_of(view), (Contents{{1, {20}}}));
}

TEST_F(MapAsync, ends_the_wait_for_a_retry_with_the_row_or_its_change) {
  const auto view = map({.timeout = 0s, .retries_max = 1, .retry_delay = 100ms});
  set(1, 1);
  set(2, 2);
  fail_all();
  EXPECT_EQ(timers.waiting(), 2u);
  erase(1);
  set(2, 3);
  EXPECT_EQ(timers.waiting(), 0u);
  ASSERT_EQ(outside.asked.size(), 1u);
  answer_all();
  timers.advance(1s);
  EXPECT_TRUE(outside.asked.empty());
  EXPECT_EQ(contents_of(view), (Contents{{2, {30}}}));
}

TEST_F(MapAsync, gives_up_calls_that_take_too_long_and_frees_their_place) {
  const auto view = map({.concurrent_max = 1, .timeout = 5s, .retries_max = 1, .retry_delay = 0s});
  set(1, 1);
  set(2, 2);
  Asked lost = next();
  timers.advance(5s);
  EXPECT_TRUE(lost.reply.cancelled());
  graph.run_posted();
  ASSERT_EQ(outside.asked.size(), 1u);
  EXPECT_EQ(outside.asked[0].key, 2) << "the retry waits its turn";
  lost.reply(111);
  EXPECT_EQ(graph.run_posted(), 0u);
  answer_all();
  ASSERT_EQ(outside.asked.size(), 1u);
  EXPECT_EQ(outside.asked[0].key, 1);
  Asked lost_again = next();
  timers.advance(5s);
  graph.run_posted();
  EXPECT_THAT(error_of(view, "1").message, HasSubstr("no answer in time"));
  EXPECT_EQ(contents_of(view), (Contents{{2, {20}}}));
  EXPECT_EQ(timers.waiting(), 0u);
}

TEST_F(MapAsync, takes_a_dropped_reply_and_a_throwing_function_for_failures) {
  const auto view = map(plain());
  set(1, 1);
  { const Asked dropped = next(); }
  graph.run_posted();
  EXPECT_THAT(error_of(view, "1").message, HasSubstr("without an answer"));
  outside.throws = true;
  set(2, 2);
  graph.run_posted();
  EXPECT_THAT(error_of(view, "2").message, HasSubstr("without an answer"));
}

TEST_F(MapAsync, starts_nothing_for_a_transaction_that_is_refused) {
  const auto guard = testing::map(rows, [](int, std::int64_t value) {
    if (value < 0) throw std::domain_error("less than nothing");
    return value;
  });
  guard.strict();
  const auto view = map(plain());
  set(1, 1);
  answer_all();
  const auto calls = graph.stats().mapper_calls;
  EXPECT_FALSE(graph.commit(Transaction().set(rows, 1, -1).set(rows, 2, -2)));
  EXPECT_TRUE(outside.asked.empty());
  EXPECT_TRUE(view.pending().empty());
  EXPECT_EQ(graph.stats().mapper_calls, calls);
  EXPECT_EQ(contents_of(view), (Contents{{1, {10}}}));
  set(1, 2);
  Asked asked = next();
  EXPECT_FALSE(graph.commit(Transaction().erase(rows, 1).set(rows, 2, -2)));
  EXPECT_FALSE(asked.reply.cancelled());
  asked.reply(5);
  graph.run_posted();
  EXPECT_EQ(contents_of(view), (Contents{{1, {5}}}));
}

TEST_F(MapAsync, turns_an_answer_that_a_strict_view_refuses_into_an_error_of_its_row) {
  const auto view = map(plain());
  const auto guard = testing::map(static_cast<const Collection<int, std::int64_t>&>(view), [](int, std::int64_t value) {
    if (value < 0) throw std::domain_error("less than nothing");
    return value;
  });
  guard.strict();
  Transaction transaction;
  for (int key = 1; key <= 3; ++key) transaction.set(rows, key, key);
  graph.commit(transaction);
  outside.asked[0].reply(1);
  outside.asked[1].reply(-1);
  outside.asked[2].reply(3);
  graph.run_posted();
  EXPECT_EQ(contents_of(view), (Contents{{1, {1}}, {3, {3}}}));
  EXPECT_EQ(contents_of(guard), (Contents{{1, {1}}, {3, {3}}}));
  EXPECT_TRUE(view.pending().empty());
  EXPECT_THAT(error_of(view, "2").message, HasSubstr("less than nothing"));
  outside.asked.clear();
  set(2, 5);
  answer_all();
  EXPECT_EQ(view.size(), 3u);
  EXPECT_TRUE(view.errors().empty());
}

TEST_F(MapAsync, cannot_be_made_strict) {
  const Collection<int, std::int64_t> view = map(plain());
  EXPECT_THROW(view.strict(), Failure);
}

TEST_F(MapAsync, is_one_node_for_equal_functions_and_options) {
  const auto view = map(plain());
  EXPECT_EQ(map(plain()), view);
  EXPECT_EQ(map(plain()).pending(), view.pending());
  auto other = plain();
  other.concurrent_max = 3;
  EXPECT_FALSE(map(other) == view);
  set(1, 1);
  EXPECT_EQ(outside.asked.size(), 1u);
}

TEST_F(MapAsync, goes_with_its_last_handle_also_when_only_pending_is_held) {
  const auto nodes = graph.stats().node_count;
  set(1, 1);
  {
    std::optional<Collection<int, Pending>> pending;
    {
      const auto view = map(plain());
      pending = view.pending();
    }
    EXPECT_EQ(pending->size(), 1u);
    answer_all();
    EXPECT_TRUE(pending->empty());
    EXPECT_EQ(contents_of(map(plain())), (Contents{{1, {10}}})) << "the answers are still there";
  }
  EXPECT_EQ(graph.stats().node_count, nodes);
  {
    const auto view = map(plain());
    EXPECT_EQ(outside.asked.size(), 1u);
  }
  EXPECT_EQ(graph.stats().node_count, nodes);
  EXPECT_TRUE(outside.asked[0].reply.cancelled());
  answer_all();
}

TEST_F(MapAsync, calls_for_each_of_several_values_of_a_key) {
  const auto view = map(plain());
  set(1, 1);
  set(2, 2);
  ASSERT_TRUE(graph.commit(Transaction().set_all(rows, 1, {1, 7, 8})));
  ASSERT_EQ(outside.asked.size(), 4u) << "the row that stayed the same is not called again";
  outside.asked[3].reply(80);
  outside.asked[2].reply.fail({.code = ErrorCode::unavailable, .primary = "no line"});
  outside.asked[0].reply(10);
  graph.run_posted();
  EXPECT_EQ(contents_of(view), (Contents{{1, {10, 80}}}));
  EXPECT_EQ(error_of(view, "1").rows, 1);
  EXPECT_EQ(view.pending().size(), 1u);
}

TEST_F(MapAsync, may_follow_another_one) {
  const auto first = map(plain());
  const auto second = map_async(first, Ask(), plain());
  set(1, 1);
  set(2, 2);
  answer_all();
  ASSERT_EQ(outside.asked.size(), 2u);
  set(1, 3);  // takes the first answer away, and with it the second call
  EXPECT_TRUE(outside.asked[0].reply.cancelled());
  // Answers of both in one commit: the second view is visited once, with what the first has changed.
  outside.asked[2].reply(30);
  outside.asked[1].reply(200);
  outside.asked.clear();
  EXPECT_EQ(graph.run_posted(), 1u);
  EXPECT_EQ(contents_of(second), (Contents{{2, {200}}}));
  answer_all();
  EXPECT_EQ(contents_of(second), (Contents{{1, {300}}, {2, {200}}}));
}

struct AskWithPrice {
  using Answer = std::optional<std::int64_t>;
  static constexpr bool kIsTask = false;
  void operator()(int, std::int64_t value, Reply<Answer> reply, const Collection<int, std::int64_t>& prices) const {
    ++AsyncWorld::current()->asked_ever;
    const std::int64_t* price = prices.get(static_cast<int>(value));
    reply(price == nullptr ? Answer() : Answer(*price));
  }
  bool same(const AskWithPrice&) const { return true; }
  std::size_t hash() const { return 2; }
};

TEST_F(MapAsync, calls_again_for_rows_that_read_what_changed) {
  const Input<int, std::int64_t> prices = graph.input<int, std::int64_t>("prices");
  const auto view = map_async(rows, AskWithPrice(), plain(), prices);
  set(1, 1);
  set(2, 2);
  graph.run_posted();
  EXPECT_TRUE(view.empty()) << "an empty optional leaves the row out";
  graph.commit(Transaction().set(prices, 2, 100));
  EXPECT_EQ(outside.asked_ever, 3u);
  graph.run_posted();
  EXPECT_EQ(contents_of(view), (Contents{{2, {100}}}));
  graph.commit(Transaction().set(prices, 3, 100));
  EXPECT_EQ(outside.asked_ever, 3u);
  erase(2);
  graph.commit(Transaction().set(prices, 2, 200));
  EXPECT_EQ(outside.asked_ever, 3u) << "a row that is gone reads nothing";
}

TEST_F(MapAsync, refuses_options_that_make_no_sense_and_delays_without_timers) {
  EXPECT_THROW(map({.concurrent_max = 0}), Failure);
  EXPECT_THROW(map({.retries_max = -1}), Failure);
  Graph bare;
  const Collection<int, std::int64_t> source = bare.input<int, std::int64_t>("rows");
  EXPECT_THROW(map_async(source, Ask(), AsyncOptions()), Failure);
  EXPECT_NO_THROW(map_async(source, Ask(), plain()));
}

TEST_F(MapAsync, touches_as_many_rows_for_a_change_of_a_large_collection_as_of_a_small_one) {
  const auto view = map(plain());
  const auto work = [&](int count) {
    Transaction transaction;
    for (int key = 0; key < count; ++key) transaction.set(rows, key, key);
    graph.commit(transaction);
    while (!outside.asked.empty()) answer_all();
    const auto before = graph.stats();
    set(count / 2, -count);
    answer_all();
    const auto after = graph.stats();
    return std::pair(after.rows_changed - before.rows_changed, after.mapper_calls - before.mapper_calls);
  };
  const auto small = work(100);
  EXPECT_EQ(work(10'000), small);
  EXPECT_EQ(small.second, 1u);
}

}  // namespace
}  // namespace freshet
