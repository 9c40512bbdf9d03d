// SPDX-License-Identifier: MIT
#include "freshet/graph/explain.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/codec/json.hpp"
#include "freshet/graph/testing/functions.hpp"

namespace freshet {
namespace {

using ::testing::ElementsAre;
using testing::filter;
using testing::flat_map;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::map;
using ::testing::Not;
using testing::reduce;

using Numbers = Collection<std::string, std::int64_t>;

std::int64_t doubled(const std::string&, std::int64_t value) { return value * 2; }
std::int64_t positive_only(const std::string&, std::int64_t value) {
  if (value < 0) throw std::runtime_error("negative");
  return value;
}
std::int64_t plus(const std::string& key, std::int64_t value, const Numbers& other) {
  const std::int64_t* found = other.get(key);
  return value + (found != nullptr ? *found : 0);
}
std::int64_t slow(const std::string&, std::int64_t value) {
  std::this_thread::sleep_for(std::chrono::milliseconds(2));
  return value;
}
std::int64_t plus_number(const std::string&, std::int64_t value, std::int64_t number) { return value + number; }

class Explain : public ::testing::Test {
 protected:
  Graph graph;
  Input<std::string, std::int64_t> numbers = graph.input<std::string, std::int64_t>("numbers");
  Input<std::string, std::int64_t> others = graph.input<std::string, std::int64_t>("others");

  void set(const std::string& key, std::int64_t value) {
    ASSERT_TRUE(graph.commit(Transaction().set(numbers, key, value)));
  }
  NodePicture picture(const detail::NodeBase& node) const {
    for (const NodePicture& each : graph.explain().nodes) {
      if (each.id == node.id()) return each;
    }
    throw std::logic_error("no such node");
  }
};

TEST_F(Explain, shows_each_node_with_what_it_holds_and_has_done) {
  const auto sums = map(numbers, plus, others).named("sums");
  const auto positive = map(sums, positive_only).strict();
  const auto subscription = positive.subscribe([](const auto&) {});
  set("a", 1);
  set("b", 2);
  set("b", 3);
  const GraphPicture picture = graph.explain();
  EXPECT_EQ(picture.version, 3u);
  EXPECT_EQ(picture.commits, 3u);
  ASSERT_EQ(picture.nodes.size(), 4u);
  const NodePicture& node = picture.nodes[2];
  EXPECT_EQ(node.name, "sums");
  EXPECT_EQ(node.kind, "map");
  EXPECT_THAT(node.parents, ElementsAre(picture.nodes[0].id, picture.nodes[1].id));
  EXPECT_EQ(node.height, 1u);
  EXPECT_EQ(node.rows, 2u);
  EXPECT_GT(node.bytes, 2 * sizeof(std::int64_t));
  EXPECT_EQ(node.calls, 3u);
  EXPECT_EQ(node.changes, 3u);
  EXPECT_EQ(node.time_ns, std::nullopt) << "time is not measured unless one asks for it";
  EXPECT_FALSE(node.strict);
  EXPECT_EQ(node.subscribers, 0u);
  EXPECT_TRUE(picture.nodes[3].strict);
  EXPECT_EQ(picture.nodes[3].subscribers, 1u);
}

TEST_F(Explain, counts_rows_that_fail_now_apart_from_errors_that_were) {
  const auto positive = map(numbers, positive_only);
  set("a", -1);
  set("b", -2);
  set("a", 1);
  const NodePicture node = picture(positive.node());
  EXPECT_EQ(node.failures, 2u);
  EXPECT_EQ(node.failing_rows, 1u);
}

TEST_F(Explain, names_the_kind_of_every_operator) {
  const auto mapped = map(numbers, doubled);
  const auto emitted = flat_map(numbers, [](const std::string& key, std::int64_t value) {
    return std::vector<std::pair<std::string, std::int64_t>>{{key, value}};
  });
  const auto kept = filter(numbers, [](const std::string&, std::int64_t value) { return value > 0; });
  const auto folded = reduce(numbers, [](const std::string&, std::span<const std::int64_t> values) {
    return static_cast<std::int64_t>(values.size());
  });
  const auto counted = reduce(numbers, count());
  const auto merged = mapped.merge(kept);
  const auto errors = mapped.errors();
  EXPECT_EQ(numbers.node().kind(), "input");
  EXPECT_EQ(mapped.named("a.fancy.name").node().kind(), "map");
  EXPECT_EQ(emitted.node().kind(), "flat_map");
  EXPECT_EQ(kept.node().kind(), "filter");
  EXPECT_EQ(folded.node().kind(), "reduce");
  EXPECT_EQ(counted.node().kind(), "incremental_reduce");
  EXPECT_EQ(merged.node().kind(), "merge");
  EXPECT_EQ(errors.node().kind(), "errors");
}

TEST_F(Explain, counts_memory_where_it_is_and_only_once) {
  const auto mapped = map(numbers, doubled);
  const auto kept = filter(mapped, [](const std::string&, std::int64_t) { return true; });
  const auto counted = reduce(numbers, count());
  Transaction transaction;
  for (int i = 0; i < 10'000; ++i) transaction.set(numbers, "key " + std::to_string(i), i);
  ASSERT_TRUE(graph.commit(transaction));
  const std::uint64_t input = picture(numbers.node()).bytes;
  EXPECT_GT(input, 10'000 * (sizeof(std::string) + sizeof(std::int64_t) + 8)) << "keys, values, and the index";
  const std::uint64_t map_bytes = picture(mapped.node()).bytes;
  EXPECT_GT(map_bytes, 10'000 * sizeof(std::int64_t));
  EXPECT_LT(map_bytes, input / 2) << "the keys are the input's";
  EXPECT_LT(picture(counted.node()).bytes, input) << "and so are those of a reduction";
  EXPECT_GT(picture(kept.node()).bytes, 10'000u / 8);
}

TEST_F(Explain, counts_what_failures_and_tracked_reads_take) {
  const auto sums = map(numbers, plus, others);
  const auto positive = map(numbers, positive_only);
  const std::uint64_t empty = picture(positive.node()).bytes;
  Transaction transaction;
  for (int i = 0; i < 1000; ++i) transaction.set(numbers, std::to_string(i), -1);
  ASSERT_TRUE(graph.commit(transaction));
  EXPECT_GT(picture(positive.node()).bytes, empty + 1000 * sizeof(std::string));
  EXPECT_GT(picture(sums.node()).bytes, 1000 * (sizeof(std::string) + 5 * sizeof(detail::Slot)));
}

TEST_F(Explain, tells_where_the_time_goes_while_it_is_measured) {
  const auto slowly = map(numbers, slow);
  const auto quickly = map(numbers, doubled);
  set("a", 1);
  EXPECT_EQ(graph.explain().commit_time_ns, std::nullopt);
  graph.measure_time(true);
  set("a", 2);
  set("b", 2);
  const GraphPicture picture = graph.explain();
  EXPECT_EQ(picture.measured_commits, 2u);
  EXPECT_GE(*this->picture(slowly.node()).time_ns, 4'000'000u);
  EXPECT_GT(*this->picture(quickly.node()).time_ns, 0u);
  EXPECT_GT(*this->picture(numbers.node()).time_ns, 0u) << "the writing itself";
  EXPECT_GE(*picture.commit_time_ns, *this->picture(slowly.node()).time_ns);
  EXPECT_THAT(picture.to_text(), HasSubstr("2 measured"));
  graph.measure_time(false);
  EXPECT_EQ(graph.explain().commit_time_ns, std::nullopt);
  graph.measure_time(true);
  EXPECT_EQ(graph.explain().commit_time_ns, 0u) << "it begins again";
}

/// A picture as it would be of a graph that has run for a while.
GraphPicture example_picture() {
  GraphPicture picture{
      .version = 1042, .commits = 1042, .refused = 2, .measured_commits = {}, .commit_time_ns = {}, .nodes = {}};
  const auto add = [&](std::string name, std::string kind, std::vector<std::uint32_t> parents, std::uint64_t rows,
                       std::uint64_t bytes, std::uint64_t calls, std::uint64_t changes) -> NodePicture& {
    NodePicture node;
    node.id = static_cast<std::uint32_t>(picture.nodes.size()) + 1;
    node.name = std::move(name);
    node.kind = std::move(kind);
    node.height = parents.empty() ? 0 : 1;
    node.parents = std::move(parents);
    node.rows = rows;
    node.bytes = bytes;
    node.calls = calls;
    node.changes = changes;
    picture.nodes.push_back(std::move(node));
    return picture.nodes.back();
  };
  add("readings", "input", {}, 120'000, 9'600'000, 0, 1'211'040);
  add("limits", "input", {}, 3, 912, 0, 3);
  add("readings.reduce", "reduce", {1}, 40, 5'120, 1'211'040, 980'000);
  add("alerts", "map", {3, 2}, 2, 4'096, 980'006, 77).subscribers = 2;
  add("readings.map", "map", {1}, 119'999, 1'920'000, 1'211'040, 1'211'040).failing_rows = 1;
  add("readings.map.filter", "filter", {5}, 17, 15'000, 1'211'040, 34).strict = true;
  return picture;
}

TEST_F(Explain, is_written_as_a_tree_with_a_table) {
  EXPECT_EQ(example_picture().to_text(),
            "version 1042: 6 nodes, 240 k rows, 11.5 MB; 1042 commits, 2 refused\n"
            "\n"
            "                       id  kind     rows    bytes   calls  changes\n"
            "readings                1  input   120 k  9.60 MB       -   1.21 M\n"
            "├─ .reduce              3  reduce     40  5.12 kB  1.21 M    980 k\n"
            "│  └─ alerts + limits   4  map         2  4.10 kB   980 k       77  2 subscribers\n"
            "└─ .map                 5  map     120 k  1.92 MB  1.21 M   1.21 M  1 failing\n"
            "   └─ .filter           6  filter     17  15.0 kB  1.21 M       34  strict\n"
            "limits                  2  input       3    912 B       -        3\n");
}

TEST_F(Explain, gives_the_same_as_json) {
  const GraphPicture picture = example_picture();
  const auto read = from_json<GraphPicture>(picture.to_json());
  ASSERT_TRUE(read) << to_string(read.error());
  EXPECT_TRUE(equal(*read, picture));
  EXPECT_THAT(picture.to_json(),
              HasSubstr(R"({"id":4,"name":"alerts","kind":"map","parents":[3,2],"height":1,"rows":2)"));
}

TEST_F(Explain, draws_a_flow_chart) {
  EXPECT_EQ(example_picture().to_mermaid(3),
            "flowchart TD\n"
            "  n1[(\"readings<br/>input, 120000 rows\")]\n"
            "  n2[(\"limits<br/>input, 3 rows\")]\n"
            "  n3[\"readings.reduce<br/>reduce, 40 rows\"]\n"
            "  more[\"and 3 more nodes\"]\n"
            "  n1 --> n3\n");
  GraphPicture hostile;
  NodePicture& node = hostile.nodes.emplace_back();
  node.name = "a\"]<b>\n#";
  node.kind = "input";
  EXPECT_EQ(hostile.to_mermaid(), "flowchart TD\n  n0[(\"a#quot;]#lt;b#gt; #35;<br/>input, 0 rows\")]\n");
}

TEST_F(Explain, sums_up_what_would_not_fit) {
  std::vector<Numbers> views;
  for (std::int64_t i = 0; i < 1000; ++i) views.push_back(map(numbers, plus_number, i));
  Numbers chain = numbers;
  for (std::int64_t i = 0; i < 5000; ++i) chain = map(chain, plus_number, i + 5000);
  set("a", 1);
  const GraphPicture picture = graph.explain();
  ASSERT_EQ(picture.nodes.size(), 6002u);
  const std::string text = picture.to_text();
  EXPECT_THAT(text, HasSubstr("└─ … 989 more nodes"));
  EXPECT_THAT(text, HasSubstr("└─ … 4985 more nodes "));
  EXPECT_LT(text.size(), 20'000u);
  const std::string few = picture.to_text({.lines_max = 5});
  EXPECT_EQ(std::count(few.begin(), few.end(), '\n'), 2 + 1 + 5 + 1);
  EXPECT_THAT(few, HasSubstr("… 5997 more nodes"));
  EXPECT_LT(picture.to_mermaid().size(), 20'000u);
}

// [explain]
TEST_F(Explain, is_something_to_look_at) {
  const auto sums = map(numbers, plus, others).named("sums");
  ASSERT_TRUE(graph.commit(Transaction().set(numbers, "a", 1).set(others, "a", 10)));
  const GraphPicture picture = graph.explain();
  for (const NodePicture& node : picture.nodes) {
    EXPECT_EQ(node.rows, 1u) << node.name;
  }
  EXPECT_THAT(picture.to_text(), HasSubstr("└─ sums + others"));
}
// [/explain]

}  // namespace
}  // namespace freshet
