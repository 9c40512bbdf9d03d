// SPDX-License-Identifier: MIT
#include "freshet/classic/lazy_view.hpp"

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "freshet/classic/mappers.hpp"
#include "freshet/classic/resource.hpp"
#include "freshet/classic/verbs.hpp"
#include "freshet/service/testing/test_service.hpp"

namespace freshet {
namespace {

using testing::Reading;
using testing::TestService;

// [lazy]
class AboveMapper final : public OneToOneMapper<std::string, Reading, double> {
 public:
  explicit AboveMapper(double limit) : limit_(limit) {}
  std::optional<double> map_value(const Reading& reading) override {
    if (reading.celsius <= limit_) return std::nullopt;
    return reading.celsius - limit_;
  }

 private:
  double limit_;
};

/// Too costly to keep up to date when nobody looks.
class TooWarm final : public LazyView<std::string, double> {
 public:
  TooWarm(Collection<std::string, Reading> readings, double limit) : readings_(std::move(readings)), limit_(limit) {}

 private:
  Collection<std::string, double> build() override { return readings_.map<AboveMapper>(limit_); }

  Collection<std::string, Reading> readings_;
  double limit_;
};
// [/lazy]

TEST(ClassicLazyView, is_computed_while_somebody_reads_it) {
  Graph graph;
  const auto readings = graph.input<std::string, Reading>("readings");
  TooWarm too_warm(readings, 20);
  graph.commit(Transaction().set(readings, "s1", Reading{"hall", 25}));
  EXPECT_EQ(graph.stats().mapper_calls, 0u);
  std::optional rows = too_warm.open();
  EXPECT_EQ(*rows->get("s1"), 5);
  EXPECT_EQ(too_warm.open(), *rows);
  graph.commit(Transaction().set(readings, "s1", Reading{"hall", 30}));
  EXPECT_EQ(*rows->get("s1"), 10);
  rows.reset();
  EXPECT_FALSE(too_warm.is_open());
  const auto calls = graph.stats().mapper_calls;
  graph.commit(Transaction().set(readings, "s1", Reading{"hall", 35}));
  EXPECT_EQ(graph.stats().mapper_calls, calls);
}

class TooWarmResource final : public Resource<NoParams, std::string, double> {
 public:
  explicit TooWarmResource(std::shared_ptr<TooWarm> view) : view_(std::move(view)) {}
  Collection<std::string, double> build(const NoParams&) override { return view_->open(); }

 private:
  std::shared_ptr<TooWarm> view_;  // shared with the test
};

TEST(ClassicLazyView, is_opened_by_a_resource) {
  TestService rig;
  const auto view = std::make_shared<TooWarm>(rig.readings(), 20);
  rig.service.resource("too_warm", std::make_unique<TooWarmResource>(view));
  rig.set("a", 30);
  EXPECT_FALSE(view->is_open());
  const std::string id = rig.open("too_warm");
  EXPECT_TRUE(view->is_open());
  auto client = rig.connect();
  EXPECT_EQ(client.get("/v1/snapshot/" + id).body, R"([["a",[10]]])");
  client.request("DELETE", "/v1/streams/" + id);
  EXPECT_FALSE(view->is_open());
}

}  // namespace
}  // namespace freshet
