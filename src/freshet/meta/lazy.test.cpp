// SPDX-License-Identifier: MIT
#include "freshet/graph/lazy.hpp"

#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "freshet/meta/resource.hpp"
#include "freshet/meta/verbs.hpp"
#include "freshet/service/testing/test_service.hpp"

namespace freshet {
namespace {

using testing::Reading;
using testing::TestService;

// [lazy]
double above(const Reading& reading, double limit) { return reading.celsius - limit; }
bool is_positive(double value) { return value > 0; }

/// Too costly to keep up to date when nobody looks.
Collection<std::string, double> report(const Collection<std::string, Reading>& readings, double limit) {
  return readings.map(above, limit).filter(is_positive);
}

TEST(MetaLazy, is_computed_while_somebody_reads_it) {
  Graph graph;
  const auto readings = graph.input<std::string, Reading>("readings");
  const auto too_warm = lazy(report, readings, 20.0);
  graph.commit(Transaction().set(readings, "s1", Reading{"hall", 25}));
  EXPECT_EQ(graph.stats().mapper_calls, 0u);

  std::optional rows = too_warm.open();  // computed here
  EXPECT_EQ(*rows->get("s1"), 5);
  graph.commit(Transaction().set(readings, "s1", Reading{"hall", 30}));
  EXPECT_EQ(*rows->get("s1"), 10);  // and kept up to date

  rows.reset();  // the last reader: the view goes
  const auto calls = graph.stats().mapper_calls;
  graph.commit(Transaction().set(readings, "s1", Reading{"hall", 35}));
  EXPECT_EQ(graph.stats().mapper_calls, calls);
}
// [/lazy]

TEST(MetaLazy, is_a_resource_like_any_function) {
  TestService rig;
  const auto too_warm = lazy(report, rig.readings(), 20.0);
  rig.service.resource<"too_warm">(too_warm);
  rig.set("a", 30);
  auto client = rig.connect();
  EXPECT_EQ(client.request("POST", "/v1/snapshot/too_warm").body, R"([["a",[10]]])");
  EXPECT_FALSE(too_warm.is_open()) << "looked at, and gone";
  const std::string id = rig.open("too_warm");
  EXPECT_TRUE(too_warm.is_open());
  rig.set("a", 31);
  EXPECT_EQ(client.get("/v1/snapshot/" + id).body, R"([["a",[11]]])");
  client.request("DELETE", "/v1/streams/" + id);
  EXPECT_FALSE(too_warm.is_open());
}

}  // namespace
}  // namespace freshet
