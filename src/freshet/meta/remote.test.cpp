// SPDX-License-Identifier: MIT
#include "freshet/meta/remote.hpp"

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/meta/verbs.hpp"
#include "freshet/service/testing/chain_world.hpp"

namespace freshet {
namespace {

using testing::ChainWorld;
using testing::MonitorParams;
using testing::Reading;
using testing::ZoneParams;

const MonitorParams kEverything{.threshold = -100, .places = {}};

double celsius_of(const Reading& reading) { return reading.celsius; }

// Not what a mapper should do: it stands for a rule of this side that changes.
bool refuses = false;
double refuse_while_told_to(const Reading& reading) {
  if (refuses) throw std::runtime_error("not now");
  return reading.celsius;
}

struct MetaRemote : ::testing::Test {
  RemoteCollection<std::string, Reading> follow(RemoteOptions options = {}) {
    options.on_state = [this](const RemoteStatus& status) { states.emplace_back(to_string(status.state)); };
    return upstreams.follow<std::string, Reading>(world.url(), "monitor", kEverything, std::move(options));
  }
  /// What every commit changed, as "a=1 b-".
  void note_changes(const Collection<std::string, double>& rows) {
    noting = rows.subscribe([this](const Changes<std::string, double>& changes) {
      std::string text;
      for (const auto change : changes) {
        if (!text.empty()) text += ' ';
        text += change.key();
        text += change.values().empty() ? "-" : "=" + std::to_string(static_cast<int>(change.values().front()));
      }
      noted.push_back(text);
    });
  }
  static std::string rows_of(const Collection<std::string, Reading>& rows) {
    std::string text;
    rows.for_each([&](const std::string& key, const Values<Reading>& values) {
      text += key + "=" + std::to_string(static_cast<int>(values.front().celsius)) + " ";
    });
    return text;
  }
  /// The id of the instance that is followed, as the upstream knows it.
  std::string instance() { return world.upstream.open("monitor", R"({"threshold":-100})"); }
  void close(const std::string& id) {
    auto client = world.upstream.connect();
    EXPECT_EQ(client.request("DELETE", "/v1/streams/" + id).status, 204);
  }

  ChainWorld world;
  Upstreams upstreams{world.service};
  std::vector<std::string> states, noted;
  Subscription noting;
};

TEST_F(MetaRemote, is_kept_equal_commit_by_commit) {
  world.upstream.set("a", 1);
  // [follow]
  const auto readings = upstreams.follow<std::string, Reading>(world.url(), "monitor", kEverything);
  const auto doubled = readings.map(celsius_of);  // a collection as any other
  // [/follow]
  note_changes(doubled);
  world.begin();
  EXPECT_EQ(readings.status().state, RemoteState::connecting);
  ASSERT_TRUE(world.settle_until([&] { return readings.status().state == RemoteState::ready; }));
  EXPECT_EQ(rows_of(readings), "a=1 ");
  Transaction transaction;
  transaction.set(world.upstream.readings(), "b", Reading{"hall", 2});
  transaction.erase(world.upstream.readings(), "a");
  ASSERT_TRUE(world.upstream.service.graph().commit(transaction));
  world.upstream.set("b", 3);
  ASSERT_TRUE(world.settle_until([&] { return readings.status().updates == 2; }));
  EXPECT_EQ(noted, (std::vector<std::string>{"a=1", "a- b=2", "b=3"}));
  EXPECT_EQ(readings.status().inits, 1U);
}

TEST_F(MetaRemote, goes_on_where_it_was_when_the_connection_breaks) {
  const auto readings = follow();
  world.begin();
  world.upstream.set("a", 1);
  ASSERT_TRUE(world.settle_until([&] { return rows_of(readings) == "a=1 "; }));
  // The upstream takes us for dead.
  world.upstream.pass(std::chrono::seconds(1));
  world.clock.advance(std::chrono::seconds(45));
  ASSERT_TRUE(world.settle_until([&] { return readings.status().state == RemoteState::behind; }));
  world.upstream.set("b", 2);
  world.upstream.set("a", 3);
  EXPECT_EQ(rows_of(readings), "a=1 ") << "the rows of an earlier time stay";
  ASSERT_TRUE(world.pass_until([&] { return rows_of(readings) == "a=3 b=2 "; }));
  EXPECT_EQ(readings.status().state, RemoteState::ready);
  EXPECT_EQ(readings.status().inits, 1U) << "what was missed was enough";
  EXPECT_EQ(states, (std::vector<std::string>{"ready", "behind", "ready"}));
}

TEST_F(MetaRemote, takes_a_whole_state_as_a_difference) {
  const auto readings = follow();
  note_changes(readings.map(celsius_of));
  world.upstream.set("a", 1);
  world.upstream.set("b", 2);
  world.begin();
  ASSERT_TRUE(world.settle_until([&] { return readings.status().inits == 1; }));
  // Somebody ends the instance, as an upstream that is restarted does.
  const std::string id = instance();
  close(id);
  close(id);
  Transaction transaction;
  transaction.erase(world.upstream.readings(), "b");
  transaction.set(world.upstream.readings(), "c", Reading{"hall", 4});
  ASSERT_TRUE(world.upstream.service.graph().commit(transaction));
  ASSERT_TRUE(world.pass_until([&] { return readings.status().inits == 2; }));
  EXPECT_EQ(noted, (std::vector<std::string>{"a=1 b=2", "b- c=4"}));
  EXPECT_EQ(readings.status().openings, 2U);
  EXPECT_EQ(states, (std::vector<std::string>{"ready", "behind", "ready"}));
}

TEST_F(MetaRemote, takes_what_this_graph_refused_as_soon_as_later_rows_make_it_fit) {
  const auto readings = follow();
  const auto picky = readings
                         .map([](const Reading& reading) {
                           if (reading.celsius == 13) throw std::runtime_error("thirteen");
                           return reading.celsius;
                         })
                         .strict();
  world.begin();
  world.upstream.set("a", 1);
  ASSERT_TRUE(world.settle_until([&] { return rows_of(readings) == "a=1 "; }));
  world.upstream.set("a", 13);
  world.upstream.set("b", 2);
  ASSERT_TRUE(world.pass_until([&] { return readings.status().refusals >= 2; }));
  EXPECT_EQ(readings.status().state, RemoteState::behind);
  EXPECT_NE(to_string(*readings.status().error).find("thirteen"), std::string::npos);
  EXPECT_EQ(rows_of(readings), "a=1 ") << "nothing half-applied";
  world.upstream.set("a", 14);
  ASSERT_TRUE(world.pass_until([&] { return rows_of(readings) == "a=14 b=2 "; }));
  EXPECT_EQ(readings.status().state, RemoteState::ready);
  EXPECT_FALSE(readings.status().error);
}

TEST_F(MetaRemote, tries_again_where_the_reason_for_a_refusal_is_on_this_side) {
  const auto readings = follow();
  const auto picky = readings.map(refuse_while_told_to).strict();
  refuses = true;
  world.upstream.set("a", 1);
  world.begin();
  ASSERT_TRUE(world.pass_until([&] { return readings.status().refusals >= 3; }));
  EXPECT_EQ(readings.size(), 0U);
  EXPECT_EQ(readings.status().openings, 1U) << "what came is kept";
  refuses = false;
  ASSERT_TRUE(world.pass_until([&] { return rows_of(readings) == "a=1 "; }));
  EXPECT_EQ(readings.status().state, RemoteState::ready);
}

TEST_F(MetaRemote, says_when_it_is_lost_and_why) {
  const auto nothing = upstreams.follow<std::string, Reading>(world.url(), "no_such");
  const auto wrong = upstreams.follow<std::string, Reading>(world.url(), "zone");  // which needs a parameter
  const auto fits_not =
      upstreams.follow<std::string, std::int64_t>(world.url(), "monitor", kEverything, {.name = "fits_not"});
  world.upstream.set("a", 1);
  world.begin();
  ASSERT_TRUE(world.settle_until([&] {
    return nothing.status().state == RemoteState::lost && wrong.status().state == RemoteState::lost &&
           fits_not.status().refusals != 0;
  }));
  EXPECT_EQ(nothing.status().error->code, ErrorCode::not_found);
  EXPECT_EQ(wrong.status().error->code, ErrorCode::invalid_argument);
  EXPECT_NE(to_string(*wrong.status().error).find("place"), std::string::npos) << to_string(*wrong.status().error);
  EXPECT_NE(to_string(*fits_not.status().error).find("$[0][1][0]"), std::string::npos);
  EXPECT_EQ(upstreams.list().size(), 3U);
}

TEST_F(MetaRemote, waits_for_a_server_that_is_away) {
  std::uint16_t port = 0;
  { port = testing::TestService().port; }
  const auto readings = upstreams.follow<std::string, Reading>("http://127.0.0.1:" + std::to_string(port), "monitor");
  world.begin();
  ASSERT_TRUE(world.settle_until([&] { return readings.status().error.has_value(); }));
  EXPECT_EQ(readings.status().state, RemoteState::connecting);
  EXPECT_EQ(readings.status().error->code, ErrorCode::unavailable);
}

TEST_F(MetaRemote, gives_its_opening_back_when_its_service_stops) {
  const auto readings = follow();
  world.begin();
  ASSERT_TRUE(world.settle_until([&] { return readings.status().state == RemoteState::ready; }));
  const std::string id = instance();
  close(id);  // ours; the other opening is the follower's
  world.service.stop();
  EXPECT_TRUE(world.settle_until([&] { return world.upstream.streams().instances == 0; }));
}

TEST_F(MetaRemote, counts_rows_that_have_an_error_upstream) {
  const auto fragile = upstreams.follow<std::string, double>(world.url(), "fragile");
  world.begin();
  world.upstream.set("a", 1);
  world.upstream.set("b", 2'000);
  ASSERT_TRUE(world.settle_until([&] { return fragile.status().faulty_rows == 1; }));
  EXPECT_EQ(fragile.size(), 1U);
  world.upstream.set("b", 2);
  ASSERT_TRUE(world.settle_until([&] { return fragile.status().faulty_rows == 0 && fragile.size() == 2; }));
}

TEST_F(MetaRemote, shows_in_the_metrics) {
  const auto readings = follow({.name = "far_away"});
  world.begin();
  ASSERT_TRUE(world.settle_until([&] { return readings.status().state == RemoteState::ready; }));
  EXPECT_EQ(readings.name(), "far_away");
  auto client = world.connect();
  const std::string metrics = client.get("/metrics").body;
  EXPECT_NE(metrics.find("freshet_upstream_ready{input=\"far_away\"} 1\n"), std::string::npos);
  EXPECT_NE(metrics.find("freshet_upstream_inits_total{input=\"far_away\"} 1\n"), std::string::npos);
}

TEST_F(MetaRemote, refuses_declarations_that_make_no_sense) {
  EXPECT_THROW((upstreams.follow<std::string, Reading>("nonsense", "monitor")), Failure);
  EXPECT_THROW((upstreams.follow<std::string, Reading>("http://a/?x", "monitor2")), Failure);
  EXPECT_THROW((upstreams.follow<std::string, Reading>("http://a/", "no/name")), Failure);
}

}  // namespace
}  // namespace freshet
