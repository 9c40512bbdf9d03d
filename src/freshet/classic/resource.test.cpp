// SPDX-License-Identifier: MIT
#include "freshet/classic/resource.hpp"

#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "freshet/classic/mappers.hpp"
#include "freshet/classic/verbs.hpp"
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

class ScaleMapper final : public OneToOneMapper<std::string, Reading, double> {
 public:
  explicit ScaleMapper(double factor) : factor_(factor) {}
  std::optional<double> map_value(const Reading& reading) override { return reading.celsius * factor_; }

 private:
  double factor_;
};

class Scaled final : public Resource<ScaleParams, std::string, double> {
 public:
  explicit Scaled(Collection<std::string, Reading> readings) : readings_(std::move(readings)) {}

  Collection<std::string, double> build(const ScaleParams& params) override {
    if (params.factor == 0) throw Failure({.code = ErrorCode::invalid_argument, .primary = "nothing would be left"});
    return readings_.map<ScaleMapper>(params.factor);
  }

 private:
  Collection<std::string, Reading> readings_;
};

TEST(ClassicResource, is_a_class_that_builds_its_collection) {
  TestService rig;
  rig.set("a", 10);
  rig.service.resource("scaled", std::make_unique<Scaled>(rig.readings()), "Readings, scaled.");
  auto client = rig.connect();
  const auto look = [&](const std::string& params) {
    return client.request("POST", "/v1/snapshot/scaled", params, {"Content-Type: application/json"});
  };
  EXPECT_EQ(look("{}").body, R"([["a",[20]]])");
  EXPECT_EQ(look(R"({"factor":3})").body, R"([["a",[30]]])");
  EXPECT_EQ(look(R"({"factor":-1})").status, 400);
  EXPECT_EQ(look(R"({"factor":0})").status, 400);
  EXPECT_NE(client.get("/v1/resources").body.find(R"("name":"scaled","doc":"Readings, scaled.")"), std::string::npos);
}

TEST(ClassicResource, streams_like_any_other) {
  TestService rig;
  rig.service.resource("scaled", std::make_unique<Scaled>(rig.readings()));
  auto reader = rig.connect();
  reader.open_stream("/v1/streams/" + rig.open("scaled"));
  EXPECT_EQ(reader.next_event().data, "[]");
  rig.set("a", 7);
  EXPECT_EQ(reader.next_event().data, R"([["a",[14]]])");
}

TEST(ClassicResource, says_what_becomes_of_readers_that_do_not_keep_up) {
  TestService rig({.streams = {.session_queue_bytes_max = 2000}, .http = {.stream_send_buffer_bytes = 4 * 1024}});
  // [slow readers]
  rig.service.resource("scaled", std::make_unique<Scaled>(rig.readings()), "Readings, scaled.",
                       {.slow_readers = SlowReaders::disconnect()});
  // [/slow readers]
  auto slow = rig.connect({.receive_buffer_bytes = 4 * 1024});
  slow.open_stream("/v1/streams/" + rig.open("scaled"));
  for (int i = 0; i < 100'000 && rig.streams().slow_disconnected == 0; ++i) {
    rig.set("key " + std::to_string(i), i % 500);
    rig.settle();
  }
  EXPECT_EQ(rig.streams().sessions, 0u);
  codec::SseEvent event = slow.next_event();
  while (event.type != "close") event = slow.next_event();
  EXPECT_EQ(event.data, R"({"reason":"too_slow"})");
  EXPECT_TRUE(slow.stream_ends());
}

}  // namespace
}  // namespace freshet
