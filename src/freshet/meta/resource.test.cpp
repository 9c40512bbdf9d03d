// SPDX-License-Identifier: MIT
#include "freshet/meta/resource.hpp"

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "freshet/meta/verbs.hpp"
#include "freshet/service/testing/test_service.hpp"

namespace freshet {
namespace {

using testing::Reading;
using testing::TestService;

struct ScaleParams {
  double factor = 2;
};
constexpr auto describe(of<ScaleParams>) {
  return model("scale_params", field<&ScaleParams::factor>(at_least(0), optional));
}

double scaled(const Reading& reading, double factor) { return reading.celsius * factor; }

struct MetaResource : ::testing::Test {
  TestService rig;
  const Input<std::string, Reading>& readings = rig.readings();

  std::string look(const std::string& resource, const std::string& params = "{}") {
    rig.set("a", 10);
    auto client = rig.connect();
    return client.request("POST", "/v1/snapshot/" + resource, params, {"Content-Type: application/json"}).body;
  }
};

TEST_F(MetaResource, is_a_function_of_its_parameters) {
  rig.service.resource<"scaled">([=, this](const ScaleParams& params) { return readings.map(scaled, params.factor); },
                                 "Readings, scaled.");
  EXPECT_EQ(look("scaled"), R"([["a",[20]]])");
  EXPECT_EQ(look("scaled", R"({"factor":3})"), R"([["a",[30]]])");
  auto client = rig.connect();
  EXPECT_NE(client.get("/v1/resources").body.find(R"("name":"scaled","doc":"Readings, scaled.")"), std::string::npos);
}

TEST_F(MetaResource, may_take_no_parameters_or_take_them_by_value_and_may_have_a_name_made_at_run_time) {
  rig.service.resource<"plain">([this] { return readings; });  // an Input is a Collection
  const std::string name = "by_" + std::string("value");
  rig.service.resource(name, [this](ScaleParams params) mutable { return readings.map(scaled, params.factor++); });
  EXPECT_EQ(look("plain"), R"([["a",[{"place":"hall","celsius":10}]]])");
  EXPECT_EQ(look("by_value"), R"([["a",[20]]])");
  auto client = rig.connect();
  EXPECT_EQ(client.request("POST", "/v1/snapshot/plain", R"({"x":1})", {"Content-Type: application/json"}).status, 400);
}

TEST_F(MetaResource, may_own_what_it_needs) {
  auto factor = std::make_unique<double>(5);
  rig.service.resource<"owning">([this, factor = std::move(factor)] { return readings.map(scaled, *factor); });
  EXPECT_EQ(look("owning"), R"([["a",[50]]])");
}

TEST_F(MetaResource, shares_what_it_has_in_common_with_others) {
  rig.service.resource<"one">([this](const ScaleParams& params) { return readings.map(scaled, params.factor); });
  rig.service.resource<"two">([this] { return readings.map(scaled, 4.0); });
  const auto before = rig.service.graph().stats().node_count;
  rig.open("one", R"({"factor":4})");
  rig.open("two");
  EXPECT_EQ(rig.service.graph().stats().node_count, before + 1);
}

TEST(MetaResourceOptions, say_what_becomes_of_readers_that_do_not_keep_up) {
  TestService rig({.streams = {.session_queue_bytes_max = 2000}, .http = {.stream_send_buffer_bytes = 4 * 1024}});
  auto& service = rig.service;
  const auto& readings = rig.readings();
  // [slow readers]
  service.resource<"readings">([=] { return readings; }, "What is measured.",
                               {.slow_readers = SlowReaders::drop_oldest()});
  // [/slow readers]
  auto slow = rig.connect({.receive_buffer_bytes = 4 * 1024});
  slow.open_stream("/v1/streams/" + rig.open("readings"));
  for (int i = 0; i < 100'000 && rig.streams().sessions_lagged == 0; ++i) {
    rig.set("key " + std::to_string(i), i % 500);
    rig.settle();
  }
  for (int i = 0; i < 1000; ++i) rig.set("late " + std::to_string(i), i % 500);
  rig.set("the end", 1);
  while (slow.next_event().data.find("the end") == std::string::npos) {
  }
  EXPECT_GT(rig.streams().slow_events_dropped, 900u);
  EXPECT_EQ(rig.streams().conflations, 0u);
}

}  // namespace
}  // namespace freshet
