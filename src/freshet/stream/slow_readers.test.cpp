// SPDX-License-Identifier: MIT
// What a client gets that did not keep up.
#include "freshet/stream/slow_readers.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "freshet/stream/testing/stream_world.hpp"

namespace freshet::stream {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using testing::StreamClient;
using testing::StreamWorld;

constexpr std::size_t kBudget = 1000;

/// A key as StreamAudit has it.
std::string key(const std::string& text) { return '"' + text + '"'; }

/// A world of some keys, and a client that has read its init and then stopped.
struct SlowReader : ::testing::Test {
  explicit SlowReader(StreamOptions options = {.session_queue_bytes_max = kBudget, .epoch = "e"}, SlowReaders way = {})
      : world(options, way) {
    for (int i = 0; i < 100; ++i) world.set("key " + std::to_string(i), 1);
    client.connect();
    client.read();
    client.bytes.clear();
  }
  /// Changes until the client is behind; it has not read anything of that yet.
  void fall_behind() {
    const auto before = world.stats().sessions_lagged;
    for (int i = 0; world.stats().sessions_lagged == before; ++i) world.set("key " + std::to_string(i % 5), i % 1000);
  }
  void expect_up_to_date(StreamClient& reader) {
    reader.read();
    EXPECT_EQ(reader.audit.complaints(), "");
    EXPECT_EQ(reader.audit.rows(), world.rows());
    EXPECT_EQ(reader.audit.errors(), world.errors());
  }

  StreamWorld world;
  StreamClient client{world};
};

TEST_F(SlowReader, gets_one_update_with_each_key_that_changed_once_and_then_events_again) {
  fall_behind();
  for (int i = 0; i < 500; ++i) {
    world.set("key " + std::to_string(50 + i % 3), i);
    EXPECT_LE(client.wire->queued_bytes(), kBudget);
  }
  world.erase("key 51");
  world.set("new", 49);
  world.set("never seen", 1), world.erase("never seen");
  client.wire->read_all().swap(client.bytes);
  const std::size_t begin = client.bytes.rfind("event: ");
  EXPECT_THAT(client.bytes.substr(begin), HasSubstr(R"(["key 51",[]])"));
  EXPECT_THAT(client.bytes.substr(begin), HasSubstr(R"(["never seen",[]])"));
  EXPECT_EQ(world.stats().conflations, 1u);
  EXPECT_EQ(world.stats().merged_encoded, 1u);
  EXPECT_EQ(world.stats().lag_inits, 0u);
  EXPECT_GE(world.stats().merged_keys, 5u);
  EXPECT_LE(world.stats().merged_keys, 10u);
  world.set("x", 1);
  EXPECT_THAT(client.wire->read_all(), HasSubstr(R"(data: [["x",[1]]])"));
  EXPECT_EQ(world.stats().inits_encoded, 1u);
}

TEST_F(SlowReader, ends_in_the_same_state_as_everybody_else) {
  fall_behind();
  for (int i = 0; i < 300; ++i) world.set("key " + std::to_string(i % 70), i % 11 == 0 ? -1 : i * 7 % 1100);
  for (int i = 0; i < 30; ++i) world.erase("key " + std::to_string(i));
  expect_up_to_date(client);
  EXPECT_EQ(client.audit.inits(), 1);
  EXPECT_EQ(world.stats().conflations, 1u);
}

TEST_F(SlowReader, may_be_cut_off_within_the_merged_update_and_comes_back_for_the_rest) {
  fall_behind();
  world.set("key 8", 5000);
  world.set("key 9", -1);
  client.read(client.wire->queued_bytes());  // what was under way; the merged errors and rows wait now
  const std::size_t merged = client.wire->queued_bytes();
  ASSERT_GT(merged, 100u);
  const std::string id = client.audit.last_id();
  for (std::size_t cut = 0; cut <= merged; cut += 7) {
    StreamClient unlucky(world);
    unlucky.connect(id);
    unlucky.cut();
  }
  client.read(merged / 2);
  client.connect();
  expect_up_to_date(client);
  EXPECT_EQ(client.audit.inits(), 1);
}

TEST_F(SlowReader, shares_its_merged_update_with_others_who_are_as_far) {
  std::vector<std::unique_ptr<StreamClient>> others;
  for (int i = 0; i < 20; ++i) {
    others.push_back(std::make_unique<StreamClient>(world));
    others.back()->connect();
    others.back()->read();
  }
  fall_behind();
  for (int i = 0; i < 50; ++i) world.set("key 60", i);
  EXPECT_EQ(world.stats().sessions_lagged, 21u);
  for (const auto& other : others) expect_up_to_date(*other);
  expect_up_to_date(client);
  EXPECT_EQ(world.stats().conflations, 21u);
  EXPECT_EQ(world.stats().merged_encoded, 1u);
}

TEST_F(SlowReader, that_falls_behind_again_and_again_loses_nothing) {
  for (int round = 0; round < 30; ++round) {
    fall_behind();
    world.erase("key " + std::to_string(round));
    client.read(client.wire->queued_bytes());
  }
  expect_up_to_date(client);
  EXPECT_EQ(client.audit.inits(), 1);
  EXPECT_GE(world.stats().conflations, 30u);
}

struct SlowReaderOfShortHistory : SlowReader {
  SlowReaderOfShortHistory()
      : SlowReader(
            {.session_queue_bytes_max = kBudget, .history_bytes_max = 1500, .lag_keys_bytes_max = 2000, .epoch = "e"}) {
  }
};

TEST_F(SlowReaderOfShortHistory, is_owed_keys_that_history_has_lost) {
  fall_behind();
  world.set("key 70", 49), world.erase("key 71");
  for (int i = 0; i < 500; ++i) world.set("key " + std::to_string(i % 3), i);
  EXPECT_GT(world.stats().lag_key_bytes, 0u);
  expect_up_to_date(client);
  EXPECT_EQ(client.audit.inits(), 1);
  EXPECT_EQ(world.stats().lag_key_bytes, 0u);  // nobody needs them any more
}

TEST_F(SlowReaderOfShortHistory, gets_a_fresh_init_when_it_would_be_owed_too_much) {
  fall_behind();
  for (int i = 0; i < 500; ++i) {
    world.set("key " + std::to_string(i), i);
    EXPECT_LE(world.stats().lag_key_bytes, 2000u);
    EXPECT_LE(world.stats().history_bytes, 1500u);
  }
  expect_up_to_date(client);
  EXPECT_EQ(client.audit.inits(), 2);
  EXPECT_GT(world.stats().lag_keys_dropped, 0u);
  EXPECT_EQ(world.stats().lag_inits, 1u);
}

TEST_F(SlowReaderOfShortHistory, gets_a_fresh_init_when_errors_were_lost) {
  fall_behind();
  world.set("key 7", 5000);
  world.set("key 7", 4);
  for (int i = 0; i < 100; ++i) world.set("key 3", i);
  expect_up_to_date(client);
  EXPECT_EQ(client.audit.inits(), 2);
}

TEST_F(SlowReaderOfShortHistory, leaves_no_keys_behind_when_it_goes) {
  fall_behind();
  for (int i = 0; i < 500; ++i) world.set("key " + std::to_string(i % 3), i);
  EXPECT_GT(world.stats().lag_key_bytes, 0u);
  client.cut();
  EXPECT_EQ(world.stats().lag_key_bytes, 0u);
  for (int i = 0; i < 500; ++i) world.set("key " + std::to_string(i % 3), i);
  EXPECT_EQ(world.stats().lag_key_bytes, 0u);
}

TEST_F(SlowReader, of_an_instance_that_shrank_gets_the_init_that_is_less) {
  fall_behind();
  for (int i = 0; i < 2000; ++i) {
    world.set("short-lived key " + std::to_string(i), 1);
    world.erase("short-lived key " + std::to_string(i));
  }
  for (int i = 0; i < 100; ++i) world.erase("key " + std::to_string(i));
  world.set("survivor", 4);
  expect_up_to_date(client);
  EXPECT_EQ(client.audit.inits(), 2);
}

TEST_F(SlowReader, on_a_connection_that_several_sessions_share_keeps_its_place) {
  const auto wire = std::make_shared<testing::FakeWire>();
  world.instances().join(world.id, testing::FakeWire::port(wire), "", Caller());
  world.instances().join(world.id, testing::FakeWire::port(wire), "", Caller());
  EXPECT_EQ(world.stats().sessions, 3u);
  for (int i = 0; i < 100; ++i) world.set("key 1", i);
  EXPECT_EQ(world.stats().sessions_lagged, 3u);
  wire->read_all();
  world.set("key 2", 4);
  const std::string both = wire->read_all();
  EXPECT_NE(both.find("key 2"), both.rfind("key 2"));
}

struct SlowReaderDisconnected : SlowReader {
  SlowReaderDisconnected()
      : SlowReader({.session_queue_bytes_max = kBudget, .epoch = "e"}, SlowReaders::disconnect()) {}
};

TEST_F(SlowReaderDisconnected, is_told_why_and_may_come_back_for_all_it_missed) {
  int written = 0;
  const auto write_one = [&] {
    ++written;
    world.set("item " + std::to_string(written), written);
  };
  while (world.stats().slow_disconnected == 0) write_one();
  for (int i = 0; i < 10; ++i) write_one();
  EXPECT_EQ(world.stats().sessions, 0u);
  EXPECT_FALSE(client.connected());
  client.read();
  EXPECT_THAT(client.bytes, ::testing::EndsWith("event: close\ndata: {\"reason\":\"too_slow\"}\n\n"));
  const int got = client.audit.events();
  client.connect();
  expect_up_to_date(client);
  EXPECT_EQ(client.audit.inits(), 1);
  EXPECT_EQ(client.audit.events(), 1 + written + 1) << got;  // the init, each item once, the close
}

struct SlowReaderDropsOldest : SlowReader {
  SlowReaderDropsOldest()
      : SlowReader({.session_queue_bytes_max = kBudget, .epoch = "e"}, SlowReaders::drop_oldest()) {}
};

TEST_F(SlowReaderDropsOldest, gets_the_newest_events_that_fit) {
  for (int i = 0; i < 1000; ++i) world.set("item " + std::to_string(i), 1);
  client.read();
  EXPECT_EQ(client.audit.complaints(), "");
  EXPECT_EQ(client.audit.inits(), 1);
  EXPECT_GT(world.stats().slow_events_dropped, 900u);
  EXPECT_EQ(client.audit.events() - 1 + static_cast<int>(world.stats().slow_events_dropped), 1000);
  const auto& rows = client.audit.rows();
  EXPECT_TRUE(rows.contains(key("item 0")));  // was under way
  EXPECT_FALSE(rows.contains(key("item 500")));
  for (int i = 990; i < 1000; ++i) EXPECT_TRUE(rows.contains(key("item " + std::to_string(i))));
  world.set("item x", 1);
  client.read();
  EXPECT_TRUE(client.audit.rows().contains(key("item x")));
}

struct SlowReaderSampled : SlowReader {
  SlowReaderSampled() : SlowReader({.session_queue_bytes_max = kBudget, .epoch = "e"}, SlowReaders::sample(100ms)) {}
};

TEST_F(SlowReaderSampled, gets_the_last_event_of_each_interval) {
  fall_behind();
  client.bytes.clear();
  for (int i = 0; i < 50; ++i) {
    world.set("item " + std::to_string(i), 1);
    world.clock.advance(20ms);
  }
  client.read();
  EXPECT_EQ(client.audit.complaints(), "");
  int items = 0;
  for (int i = 0; i < 50; ++i) items += client.audit.rows().contains(key("item " + std::to_string(i))) ? 1 : 0;
  EXPECT_EQ(items, 10);
  EXPECT_TRUE(client.audit.rows().contains(key("item 49")));
  EXPECT_GT(world.stats().slow_events_dropped, 39u);
}

}  // namespace
}  // namespace freshet::stream
