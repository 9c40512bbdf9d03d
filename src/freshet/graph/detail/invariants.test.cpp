// SPDX-License-Identifier: MIT
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "freshet/graph/testing/functions.hpp"

namespace freshet::detail {
namespace {

/// A view that is as its source, until it is told to forget to settle.
class CopyNode final : public StoredNode<int, std::int64_t> {
 public:
  CopyNode(Core& core, const std::shared_ptr<CollectionNode<int, std::int64_t>>& source)
      : StoredNode(core, "copy", {source}, source->shared_space()), source_(*source) {}

  void update() override {
    for (const auto& delta : source_.deltas()) {
      delta.after != nullptr ? store(delta.row, std::int64_t{*delta.after}) : drop(delta.row);
    }
  }
  void settle() override {
    if (!forgetful) settle_values();
  }
  void roll_back() override {
    if (!forgetful) roll_back_values();
  }
  std::optional<std::string> invariant() const override {
    ++checks;
    return StoredNode::invariant();
  }

  bool forgetful = false;
  mutable int checks = 0;

 private:
  const CollectionNode<int, std::int64_t>& source_;
};

struct Invariants : ::testing::Test {
  Graph graph{GraphOptions{.check_invariants = true}};
  Input<int, std::int64_t> numbers = graph.input<int, std::int64_t>("numbers");
  std::shared_ptr<CopyNode> copy =
      numbers.node().core().own(std::make_unique<CopyNode>(numbers.node().core(), numbers.shared_node()));

  Result<Version> set(int key, std::int64_t value) { return graph.commit(Transaction().set(numbers, key, value)); }
};

TEST_F(Invariants, are_asked_after_each_commit_that_touches_a_node) {
  ASSERT_TRUE(set(1, 1));
  EXPECT_EQ(copy->checks, 1);
  ASSERT_TRUE(set(1, 1));
  EXPECT_EQ(copy->checks, 1) << "nothing came here";
}

TEST_F(Invariants, are_asked_after_a_refusal_too) {
  const auto guard = testing::map(Collection<int, std::int64_t>(copy), [](int, std::int64_t value) {
    if (value < 0) throw std::runtime_error("negative");
    return value;
  });
  guard.strict();
  ASSERT_FALSE(set(1, -1));
  EXPECT_EQ(copy->checks, 1);
}

TEST_F(Invariants, are_asked_now_and_then_in_large_nodes) {
  Transaction transaction;
  for (int key = 0; key < 10'000; ++key) transaction.set(numbers, key, key);
  ASSERT_TRUE(graph.commit(transaction));
  const int before = copy->checks;
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(set(i, -1));
  EXPECT_EQ(copy->checks, before + 5) << "one in twenty: 20,000 rows to look at, 1,000 for each commit";
}

TEST(InvariantsOption, may_switch_the_asking_off) {
  Graph graph(GraphOptions{.check_invariants = false});
  const auto numbers = graph.input<int, std::int64_t>("numbers");
  Core& core = numbers.node().core();
  const auto copy = core.own(std::make_unique<CopyNode>(core, numbers.shared_node()));
  ASSERT_TRUE(graph.commit(Transaction().set(numbers, 1, 1)));
  EXPECT_EQ(copy->checks, 0);
}

using InvariantsDeathTest = Invariants;

TEST_F(InvariantsDeathTest, end_the_program_with_the_node_and_a_sentence) {
  copy->forgetful = true;
  EXPECT_DEATH(set(1, 1).value(), "'copy' \\(copy\\) holds on to changes of a commit that is over");
}

TEST(RowSpaceInvariant, tells_rows_that_were_not_settled_from_those_that_were) {
  RowSpace<int> space(RowSpace<int>::Shape::grouped);
  space.keep_groups();
  const Slot first = space.add(1);
  space.link(first);
  const Slot second = space.add(1);
  space.link(second);
  space.finish();
  EXPECT_EQ(space.invariant(), "holds on to rows of a commit that is over");
  space.settle();
  EXPECT_EQ(space.invariant(), std::nullopt);
  space.unlink(first);
  space.finish();
  space.roll_back();
  EXPECT_EQ(space.invariant(), std::nullopt);
  space.unlink(first);
  space.unlink(second);
  space.settle();
  EXPECT_EQ(space.invariant(), "holds on to rows of a commit that is over") << "finish() was forgotten";
  space.finish();
  space.settle();
  EXPECT_EQ(space.invariant(), std::nullopt);
}

TEST(KeyTableInvariant, finds_slots_that_were_lost) {
  KeyTable<int> keys;
  const Slot one = keys.add(1);
  EXPECT_EQ(keys.invariant(), std::nullopt);
  keys.remove(one);
  EXPECT_EQ(keys.invariant(), "does not find the key of slot 0") << "neither restored nor released";
  keys.release(one);
  EXPECT_EQ(keys.invariant(), std::nullopt);
}

TEST(ReadIndexInvariant, finds_reads_of_rows_that_are_gone) {
  ReadIndex<int> reads;
  reads.begin();
  reads.read(7);
  reads.end(3);
  const auto all = [](Slot) { return true; };
  EXPECT_EQ(reads.invariant(all), "holds on to reads of a commit that is over");
  reads.settle();
  EXPECT_EQ(reads.invariant(all), std::nullopt);
  EXPECT_EQ(reads.invariant([](Slot) { return false; }), "remembers what row 3 read, which is gone");
}

}  // namespace
}  // namespace freshet::detail
