// SPDX-License-Identifier: MIT
#include "freshet/classic/remote.hpp"

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/classic/verbs.hpp"
#include "freshet/service/testing/chain_world.hpp"

namespace freshet {
namespace {

using testing::ChainWorld;
using testing::Reading;
using testing::ZoneParams;

// [follow]
class HallReadings final : public RemoteResource<ZoneParams, std::string, Reading> {
 public:
  explicit HallReadings(std::vector<std::string>& states) : states_(states) {}
  ZoneParams params() const override { return {"hall"}; }
  net::Headers headers() override { return {{"Authorization", "Bearer token-" + std::to_string(++tokens_)}}; }
  void on_state(const RemoteStatus& status) override { states_.emplace_back(to_string(status.state)); }

 private:
  std::vector<std::string>& states_;
  int tokens_ = 0;
};
// [/follow]

TEST(ClassicRemote, is_a_class_that_says_how_it_is_opened_and_hears_how_it_stands) {
  ServiceOptions options;
  options.auth.testing = true;  // any token is the name of a user
  ChainWorld world(options);
  Upstreams upstreams(world.service);
  std::vector<std::string> states;
  const auto readings = upstreams.follow(world.url(), "zone", std::make_unique<HallReadings>(states));
  world.upstream.set("a", 1);
  world.begin();
  ASSERT_TRUE(world.settle_until([&] { return readings.status().state == RemoteState::ready; }));
  EXPECT_EQ(readings.size(), 1U);
  EXPECT_EQ(states, std::vector<std::string>{"ready"});
  world.upstream.set("b", 2);
  ASSERT_TRUE(world.settle_until([&] { return readings.size() == 2; }));
  EXPECT_EQ(readings.values("b").front().celsius, 2);
}

}  // namespace
}  // namespace freshet
