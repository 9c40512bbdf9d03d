// SPDX-License-Identifier: MIT
#include "freshet/stream/stepped_rows.hpp"

#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/graph/testing/functions.hpp"
#include "freshet/stream/snapshot.hpp"
#include "freshet/stream/source.hpp"

namespace freshet::stream {
namespace {

/// Takes a snapshot in steps of a source whose commits it hears of, as an instance does.
class Stepper {
 public:
  explicit Stepper(const Source& source) : source_(source), steps_(source.begin_steps(faults)) {
    subscription_ = source.subscribe([this](const ChangedRows& changes) { note(changes); });
  }
  bool step(std::size_t rows) {
    const auto [done_rows, done] = steps_->step(rows);
    EXPECT_GE(done_rows, 1u);
    most = std::max(most, done_rows);
    ++count;
    return done;
  }
  std::string finish() { return steps_->finish(); }

  RowFaults faults;
  std::size_t most = 0;
  int count = 0;

 private:
  void note(const ChangedRows& changes) {
    std::string text;
    std::vector<ItemAt> items;
    RowWriter rows(source_.key_type(), source_.value_type(), text, faults, &items);
    changes.write(rows);
    rows.finish();
    auto item = items.begin();
    changes.for_each_key([&](const void* key) {
      steps_->replace(key, std::string_view(text).substr(item->begin, item->size));
      ++item;
    });
    EXPECT_EQ(item, items.end());
  }

  const Source& source_;
  std::unique_ptr<SteppedRows> steps_;
  Subscription subscription_;
};

template <class Key, class Value>
void write(Graph& graph, const Input<Key, Value>& input, Key key, std::vector<Value> values) {
  Transaction transaction;
  transaction.set_all(input, std::move(key), std::move(values));
  ASSERT_TRUE(graph.commit(std::move(transaction)));
}

TEST(SteppedRows, of_nothing_is_an_empty_list) {
  Graph graph;
  const auto source = source_of(Collection<std::string, double>(graph.input<std::string, double>("numbers")));
  Stepper stepper(*source);
  EXPECT_TRUE(stepper.step(10));
  EXPECT_EQ(stepper.finish(), "[]");
}

TEST(SteppedRows, give_the_same_as_a_snapshot_in_key_order_and_no_step_does_more_than_it_may) {
  Graph graph;
  const auto numbers = graph.input<std::int64_t, double>("numbers");
  for (std::int64_t i = 0; i < 1000; ++i) write(graph, numbers, i * 7919 % 1000, {static_cast<double>(i)});
  const auto source = source_of(Collection<std::int64_t, double>(numbers));
  for (const std::size_t rows : {1, 7, 100, 5000}) {
    Stepper stepper(*source);
    while (!stepper.step(rows)) {
    }
    EXPECT_LE(stepper.most, rows);
    EXPECT_GE(stepper.count, static_cast<int>(1000 / rows));
    EXPECT_EQ(stepper.finish(), take_snapshot(graph, *source).rows);
  }
}

TEST(SteppedRows, take_in_what_commits_change_meanwhile) {
  Graph graph;
  const auto numbers = graph.input<std::int64_t, double>("numbers");
  for (std::int64_t i = 0; i < 10; ++i) write(graph, numbers, i * 10, {1.0});
  const auto source = source_of(Collection<std::int64_t, double>(numbers));
  Stepper stepper(*source);
  stepper.step(100);  // the keys are known
  stepper.step(4);    // 0, 10, 20, 30 are encoded
  write(graph, numbers, std::int64_t{10}, {2.0});
  write(graph, numbers, std::int64_t{20}, {});
  write(graph, numbers, std::int64_t{25}, {3.0});
  write(graph, numbers, std::int64_t{-5}, {4.0});
  write(graph, numbers, std::int64_t{70}, {5.0, 6.0});
  write(graph, numbers, std::int64_t{80}, {});
  write(graph, numbers, std::int64_t{95}, {7.0});
  write(graph, numbers, std::int64_t{95}, {});
  write(graph, numbers, std::int64_t{99}, {8.0});
  while (!stepper.step(4)) {
  }
  EXPECT_EQ(stepper.finish(),
            "[[-5,[4]],[0,[1]],[10,[2]],[25,[3]],[30,[1]],[40,[1]],[50,[1]],[60,[1]],[70,[5,6]],[90,[1]],[99,[8]]]");
}

TEST(SteppedRows, of_rows_that_json_cannot_express_are_without_values_and_noted) {
  Graph graph;
  const auto numbers = graph.input<double, double>("numbers");
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  for (const double key : {1.0, 2.0, 3.0, kNan}) write(graph, numbers, key, {key == 2.0 ? kNan : key});
  const auto source = source_of(Collection<double, double>(numbers));
  Stepper stepper(*source);
  stepper.step(100);
  write(graph, numbers, 3.0, {kNan});
  while (!stepper.step(1)) {
  }
  EXPECT_EQ(stepper.finish(), take_snapshot(graph, *source).rows);
  EXPECT_EQ(stepper.faults.standing().size(), 3u);
}

// Keys with several values, views that share the rows of others, and rows that come and go at any step.
TEST(SteppedRows, equal_a_snapshot_whatever_happens_between_the_steps) {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    std::mt19937 random(seed);
    const auto below = [&](int bound) { return static_cast<int>(random() % static_cast<unsigned>(bound)); };
    Graph graph;
    const auto numbers = graph.input<std::string, double>("numbers");
    const auto few = freshet::testing::filter(numbers, [](const std::string&, double number) { return number > 3; });
    const auto by_size = freshet::testing::key_by(
        numbers, [](const std::string&, double number) { return static_cast<std::int64_t>(number) / 2; });
    const std::unique_ptr<Source> sources[] = {source_of(Collection<std::string, double>(numbers)), source_of(few),
                                               source_of(by_size)};
    const auto change = [&] {
      std::vector<double> values(static_cast<std::size_t>(below(4)));
      for (double& value : values) value = below(12);
      write(graph, numbers, "k" + std::to_string(below(60)), values);
    };
    for (int i = 0; i < 100; ++i) change();
    for (const auto& source : sources) {
      Stepper stepper(*source);
      while (!stepper.step(static_cast<std::size_t>(1 + below(9)))) {
        for (int i = below(4); i > 0; --i) change();
      }
      for (int i = below(4); i > 0; --i) change();
      ASSERT_EQ(stepper.finish(), take_snapshot(graph, *source).rows) << "seed " << seed << ", " << source->name();
    }
  }
}

}  // namespace
}  // namespace freshet::stream
