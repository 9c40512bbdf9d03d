// SPDX-License-Identifier: MIT
#include "freshet/graph/why.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/graph/testing/functions.hpp"

namespace freshet {
namespace {

using ::testing::ElementsAre;
using testing::filter;
using testing::flat_map;
using ::testing::HasSubstr;
using testing::map;
using testing::reduce;

struct Reading {
  std::string place;
  double celsius{};
};
constexpr auto describe(of<Reading>) { return model("readings", field<&Reading::place>(), field<&Reading::celsius>()); }

struct Place {
  std::string house;
  std::int32_t floor{};
};
constexpr auto describe(of<Place>) { return model("places", field<&Place::house>(), field<&Place::floor>()); }

struct Undescribed {
  int x{};
  bool operator==(const Undescribed&) const = default;
};

using Limits = Collection<std::string, double>;

std::pair<std::string, Reading> by_place(const std::string&, const Reading& reading) {
  return {reading.place, reading};
}
double warmest(const std::string&, std::span<const Reading> readings) {
  return std::max_element(readings.begin(), readings.end(), [](auto& a, auto& b) { return a.celsius < b.celsius; })
      ->celsius;
}
double above_limit(const std::string& place, double celsius, const Limits& limits) {
  const double* limit = limits.get(place);
  return limit != nullptr ? celsius - *limit : 0;
}

class Why : public ::testing::Test {
 protected:
  Graph graph;
  Input<std::string, Reading> readings = graph.input<std::string, Reading>("readings");
  Input<std::string, double> limits = graph.input<std::string, double>("limits");

  void SetUp() override {
    ASSERT_TRUE(graph.commit(Transaction()
                                 .set(readings, "s1", Reading{"hall", 20})
                                 .set(readings, "s2", Reading{"hall", 31})
                                 .set(readings, "s3", Reading{"attic", 40})
                                 .set(limits, "hall", 25)));
  }
};

// [why]
TEST_F(Why, goes_from_a_row_down_to_the_inputs) {
  const auto placed = flat_map(readings, by_place).named("placed");
  const auto highest = reduce(placed, warmest).named("highest");
  const auto alerts = map(highest, above_limit, limits).named("alerts");
  EXPECT_EQ(graph.why(alerts, "hall").to_text(),
            "alerts[hall] at version 1\n"
            "alerts[hall] = 6\n"
            "├─ highest[hall] = 31\n"
            "│  ├─ placed[hall] = {\"place\":\"hall\",\"celsius\":20}\n"
            "│  │  └─ readings[s1] = {\"place\":\"hall\",\"celsius\":20}\n"
            "│  └─ placed[hall] = {\"place\":\"hall\",\"celsius\":31}\n"
            "│     └─ readings[s2] = {\"place\":\"hall\",\"celsius\":31}\n"
            "└─ read limits[hall] = 25\n");
}
// [/why]

TEST_F(Why, tells_of_reads_that_found_nothing_and_of_reads_of_everything) {
  const auto alerts = map(
                          limits,
                          [](const std::string&, double limit, const Collection<std::string, Reading>& rows) {
                            return limit + static_cast<double>(rows.size()) + (rows.get("s9") != nullptr ? 1 : 0);
                          },
                          readings)
                          .named("alerts");
  const Provenance found = graph.why(alerts, "hall");
  ASSERT_EQ(found.rows.size(), 2u);
  ASSERT_EQ(found.rows[0].reads.size(), 2u);
  EXPECT_EQ(found.rows[0].reads[0].key, std::nullopt);
  EXPECT_EQ(found.rows[0].reads[0].row_count, 3u);
  EXPECT_EQ(found.rows[0].reads[1].key, "s9");
  EXPECT_THAT(found.to_text(), HasSubstr("├─ read all of readings (3 rows)\n└─ read readings[s9]: nothing there\n"));
}

TEST_F(Why, looks_through_the_source_of_an_incremental_reducer_but_not_beyond_the_limit) {
  const auto counts = reduce(flat_map(readings, by_place), count()).named("counts");
  const Provenance found = graph.why(counts, "hall");
  EXPECT_FALSE(found.cut());
  ASSERT_EQ(found.rows.size(), 5u);
  EXPECT_EQ(found.rows[0].value, "2");
  EXPECT_THAT(found.rows[0].from, ElementsAre(1, 2));
  const Provenance limited = graph.why(counts, "hall", {.scanned_rows_max = 1});
  EXPECT_TRUE(limited.cut());
  EXPECT_EQ(limited.rows.size(), 1u);
  EXPECT_THAT(limited.to_text(), HasSubstr("not looked up"));
}

TEST_F(Why, does_not_make_the_graph_slower_by_looking) {
  const auto counts = reduce(flat_map(readings, by_place), count());
  const auto& source = static_cast<const detail::CollectionNode<std::string, Reading>&>(*counts.node().parents()[0]);
  ASSERT_FALSE(source.space().lists_rows());
  graph.why(counts, "hall");
  EXPECT_FALSE(source.space().lists_rows());
}

TEST_F(Why, follows_filters_merges_and_errors) {
  const auto warm = filter(limits, [](const std::string&, double limit) { return limit > 20; }).named("warm");
  const auto both = warm.merge(limits).named("both");
  EXPECT_EQ(graph.why(both, "hall").to_text(),
            "both[hall] at version 1\n"
            "both[hall] = 25\n"
            "└─ warm[hall] = 25\n"
            "   └─ limits[hall] = 25\n"
            "both[hall] = 25\n"
            "└─ limits[hall] = 25\n");
  const auto failing = map(limits, [](const std::string&, double) -> double { throw std::runtime_error("no"); });
  const auto errors = failing.named("failing").errors();
  EXPECT_THAT(graph.why(errors, "hall").to_text(), HasSubstr("└─ limits[hall] = 25\n"));
  EXPECT_EQ(graph.why(failing, "hall").to_text(), "failing[hall] at version 1: no row\n! failing[hall] fails: no\n");
}

TEST_F(Why, shows_a_row_once_however_many_came_from_it) {
  const auto halves = map(limits, [](const std::string&, double limit) { return limit / 2; }).named("halves");
  const auto sums = map(halves, above_limit, halves).named("sums");
  EXPECT_EQ(graph.why(sums, "hall").to_text(),
            "sums[hall] at version 1\n"
            "sums[hall] = 0\n"
            "├─ halves[hall] = 12.5\n"
            "│  └─ limits[hall] = 25\n"
            "└─ read halves[hall] = 12.5  (see above)\n");
}

TEST_F(Why, says_what_it_leaves_out) {
  Transaction transaction;
  for (int i = 0; i < 1000; ++i) transaction.set(readings, "r" + std::to_string(i), Reading{"field", 1.0 * i});
  ASSERT_TRUE(graph.commit(transaction));
  const auto placed = flat_map(readings, by_place).named("placed");
  const auto highest = reduce(placed, warmest).named("highest");
  const Provenance broad = graph.why(highest, "field", {.breadth_max = 3});
  EXPECT_EQ(broad.rows.size(), 7u);
  EXPECT_EQ(broad.rows[0].left_out, 997u);
  EXPECT_THAT(broad.to_text(), HasSubstr("└─ … and 997 more\n"));
  const Provenance shallow = graph.why(highest, "field", {.depth_max = 1});
  EXPECT_TRUE(shallow.rows[1].cut);
  const Provenance few = graph.why(highest, "field", {.breadth_max = 2000, .rows_max = 10});
  EXPECT_EQ(few.rows.size(), 10u);
  EXPECT_TRUE(few.cut());
  const Provenance roots = graph.why(placed, "field", {.rows_max = 10});
  EXPECT_EQ(roots.root_count, 10u);
  EXPECT_EQ(roots.left_out, 990u);
  EXPECT_FALSE(graph.why(highest, "hall").cut());
}

TEST_F(Why, survives_a_chain_longer_than_the_stack_is_deep) {
  Limits chain = limits;
  for (int i = 0; i < 20'000; ++i) {
    chain = map(
        chain, [](const std::string&, double value, int) { return value; }, i);
  }
  const Provenance found = graph.why(chain, "hall", {.depth_max = 100'000, .rows_max = 100'000});
  EXPECT_EQ(found.rows.size(), 20'001u);
  EXPECT_EQ(found.rows.back().view, "limits");
}

TEST_F(Why, leaves_out_values_that_cannot_be_written_or_are_too_long) {
  const auto undescribed = map(limits, [](const std::string&, double) { return Undescribed{}; });
  EXPECT_EQ(graph.why(undescribed, "hall").rows[0].value, std::nullopt);
  EXPECT_THAT(graph.why(undescribed, "hall").to_json(), HasSubstr(R"("key":"hall","value":null)"));
  EXPECT_EQ(graph.why(readings, "s1", {.value_bytes_max = 10}).rows[0].value, std::nullopt);
}

TEST_F(Why, finds_views_by_name_or_id_and_keys_by_json_or_text) {
  const auto places = graph.input<Place, double>("places");
  const auto numbers = graph.input<std::int64_t, double>("42");
  ASSERT_TRUE(graph.commit(Transaction().set(places, Place{"mill", 2}, 1).set(numbers, 7, 1).set(limits, "7", 7)));
  const auto rows = [&](const std::string& view, const std::string& key) {
    const auto found = graph.why(view, key);
    return found ? static_cast<int>(found->rows.size()) : -1;
  };
  EXPECT_EQ(rows("limits", "hall"), 1);
  EXPECT_EQ(rows("limits", "\"hall\""), 1);
  EXPECT_EQ(rows("limits", "7"), 1);
  EXPECT_EQ(rows("limits", "nobody"), 0);
  EXPECT_EQ(rows("places", R"({"house":"mill","floor":2})"), 1);
  EXPECT_EQ(rows("places", "{house: mill, floor: 2}"), 1);
  EXPECT_EQ(rows("places", R"({"house":"mill","floor":3})"), 0);
  EXPECT_EQ(rows("places", "mill"), -1);
  EXPECT_EQ(rows("42", "7"), 1);
  EXPECT_EQ(rows("42", "seven"), -1);
  EXPECT_EQ(rows(std::to_string(readings.node().id()), "s1"), 1);
  EXPECT_EQ(graph.why("nothing", "x").error().code, ErrorCode::not_found);
  const auto a = map(limits, [](const std::string&, double limit) { return limit; });
  const auto b = map(limits, [](const std::string&, double limit) { return limit + 1; });
  const auto ambiguous = graph.why("limits.map", "hall");
  ASSERT_FALSE(ambiguous);
  EXPECT_EQ(ambiguous.error().code, ErrorCode::conflict);
  EXPECT_THAT(ambiguous.error().detail, HasSubstr(std::to_string(b.node().id())));
}

TEST_F(Why, gives_the_same_as_json) {
  const auto alerts = map(limits, above_limit, limits).named("alerts");
  EXPECT_EQ(graph.why(alerts, "hall").to_json(),
            R"({"version":1,"node":3,"view":"alerts","key":"hall","root_count":1,"left_out":0,"errors":[],"rows":[)"
            R"({"node":3,"view":"alerts","kind":"map","key":"hall","value":0,"from":[1],"reads":[{"node":2,)"
            R"("view":"limits","key":"hall","row_count":1,"rows":[1]}],"left_out":0,"cut":false},)"
            R"({"node":2,"view":"limits","kind":"input","key":"hall","value":25,"from":[],"reads":[],"left_out":0,)"
            R"("cut":false}]})");
}

}  // namespace

}  // namespace freshet
