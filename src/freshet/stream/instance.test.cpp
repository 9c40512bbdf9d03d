// SPDX-License-Identifier: MIT
// What a client gets that joins, comes back, or reads in another form. Those that do not keep up:
// slow_readers.test.cpp.
#include "freshet/stream/instance.hpp"

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

TEST(Resume, gives_exactly_what_was_missed_and_encodes_nothing_anew) {
  StreamWorld world({.epoch = "e"});
  world.set("a", 1);
  StreamClient client(world);
  client.connect();
  world.set("b", 4);
  client.read();
  EXPECT_EQ(client.audit.last_id(), "e-2");
  client.cut();
  world.set("c", 9);
  world.set("d", 16);
  world.erase("a");
  const auto encoded = world.stats().updates_encoded;
  client.bytes.clear();
  client.connect();
  client.read();
  EXPECT_EQ(client.bytes,
            "event: update\nid: e-3\ndata: [[\"c\",[3]]]\n\n"
            "event: update\nid: e-4\ndata: [[\"d\",[4]]]\n\n"
            "event: update\nid: e-5\ndata: [[\"a\",[]]]\n\n");
  EXPECT_EQ(world.stats().updates_encoded, encoded);
  EXPECT_EQ(world.stats().inits_encoded, 1u);
  EXPECT_EQ(world.stats().resumes, 1u);
  EXPECT_EQ(world.stats().events_resumed, 3u);
  EXPECT_EQ(client.audit.rows(), world.rows());
}

TEST(Resume, with_nothing_missed_says_nothing) {
  StreamWorld world({.epoch = "e"});
  StreamClient client(world);
  client.connect();
  client.read();
  client.bytes.clear();
  client.connect();
  client.read();
  EXPECT_EQ(client.bytes, "");
  world.set("a", 1);
  client.read();
  EXPECT_EQ(client.bytes, "event: update\nid: e-1\ndata: [[\"a\",[1]]]\n\n");
}

TEST(Resume, tells_the_errors_of_a_commit_to_those_who_got_only_its_rows) {
  StreamWorld world({.epoch = "e"});
  world.set("a", 1);
  StreamClient client(world);
  client.connect();
  client.read();
  world.set("a", 5000);
  client.read(std::string("event: update\nid: e-2\ndata: [[\"a\",[]]]\n\nevent: err").size());
  EXPECT_EQ(client.audit.last_id(), "e-2");
  EXPECT_TRUE(client.audit.errors().empty());
  client.bytes.clear();
  client.connect();
  client.read();
  EXPECT_EQ(client.bytes,
            "event: error\nid: e-2.1\ndata: [{\"node\":\"roots\",\"key\":\"a\",\"error\":\"too large\"}]\n\n");
  EXPECT_EQ(client.audit.errors(), world.errors());
}

TEST(Resume, after_half_of_an_init_begins_anew) {
  StreamWorld world({.epoch = "e"});
  world.set("a", 5000);
  StreamClient client(world);
  client.connect();
  client.read(std::string("event: init\nid: e-1e\ndata: []\n\nevent:").size());
  EXPECT_EQ(client.audit.last_id(), "e-1e");
  client.connect();
  client.read();
  EXPECT_EQ(client.audit.inits(), 2);
  EXPECT_EQ(client.audit.errors(), world.errors());
  EXPECT_EQ(world.stats().resumes_partial, 1u);
  EXPECT_EQ(client.audit.last_id(), "e-1");
}

TEST(Resume, is_refused_with_a_fresh_init_for_ids_that_say_nothing_here) {
  StreamWorld world({.epoch = "e"});
  world.set("a", 1);
  const std::vector<std::pair<std::string, std::uint64_t StreamStats::*>> cases = {
      {"f-1", &StreamStats::resumes_foreign},  {"e-2", &StreamStats::resumes_future},
      {"e-1.1", &StreamStats::resumes_future}, {"e-0", &StreamStats::resumes_too_old},
      {"1", &StreamStats::resumes_garbled},    {"e-1x", &StreamStats::resumes_garbled}};
  for (const auto& [id, reason] : cases) {
    const auto before = world.stats().*reason;
    StreamClient client(world);
    client.connect(id);
    client.read();
    EXPECT_EQ(client.bytes, "event: init\nid: e-1\ndata: [[\"a\",[1]]]\n\n") << id;
    EXPECT_EQ(world.stats().*reason, before + 1) << id;
  }
  EXPECT_EQ(world.stats().resumes, 0u);
}

TEST(Resume, takes_no_id_of_another_start_or_another_instance) {
  StreamWorld world;
  StreamClient client(world);
  client.connect();
  client.read();
  const std::string id = client.audit.last_id();
  EXPECT_THAT(id, ::testing::MatchesRegex("[0-9a-f]+-0"));
  client.cut();
  world.start();
  client.connect();
  client.read();
  EXPECT_EQ(client.audit.inits(), 2);
  EXPECT_EQ(world.stats().resumes_foreign, 1u);
}

TEST(Resume, is_possible_for_as_long_as_history_reaches_back) {
  StreamWorld world({.history_bytes_max = 2000, .epoch = "e"});
  StreamClient client(world);
  client.connect();
  client.read();
  world.set("a", 1);
  client.connect();
  client.read();
  EXPECT_EQ(client.audit.inits(), 1);
  client.cut();
  for (int i = 0; i < 100; ++i) world.set("a", i);
  EXPECT_LE(world.stats().history_bytes, 2000u);
  client.connect();
  client.read();
  EXPECT_EQ(client.audit.inits(), 2);
  EXPECT_EQ(world.stats().resumes_too_old, 1u);
  EXPECT_EQ(client.audit.rows(), world.rows());
}

TEST(Resume, works_for_a_while_after_the_last_reader_has_gone_and_then_nothing_is_encoded) {
  StreamWorld world({.history_age_max = 10s, .epoch = "e", .idle_time = 60min});
  StreamClient client(world);
  client.connect();
  client.read();
  client.cut();
  world.pass(9s);
  world.set("a", 4);
  client.connect();
  client.read();
  EXPECT_EQ(client.audit.inits(), 1);
  EXPECT_EQ(client.audit.last_id(), "e-1");
  client.cut();
  world.pass(12s);
  EXPECT_EQ(world.stats().history_bytes, 0u);
  client.connect();  // nothing has happened since
  client.read();
  EXPECT_EQ(client.audit.inits(), 1);
  EXPECT_EQ(world.stats().resumes, 2u);
  client.cut();
  world.pass(12s);
  const auto encoded = world.stats().updates_encoded;
  for (int i = 0; i < 100; ++i) world.set("a", i);
  EXPECT_EQ(world.stats().updates_encoded, encoded);
  EXPECT_EQ(world.stats().history_bytes, 0u);
  client.connect();
  client.read();
  EXPECT_EQ(client.audit.inits(), 2);
  EXPECT_EQ(client.audit.rows(), world.rows());
}

TEST(Resume, shows_nobody_what_was_taken_from_him_meanwhile) {
  StreamWorld world({.epoch = "e"}, {}, true);
  world.set("a", 1);
  for (int i = 0; i < 9; ++i) world.set("key " + std::to_string(i), i);
  StreamClient client(world);
  client.connect();
  client.read();
  client.cut();
  world.set("secret", 900);
  world.set("a", 4);
  world.erase("secret");  // as if by a permission that ended
  client.bytes.clear();
  client.connect();
  client.read();
  EXPECT_EQ(client.bytes, "event: update\nid: e-13\ndata: [[\"a\",[2]],[\"secret\",[]]]\n\n");
  EXPECT_EQ(client.audit.rows(), world.rows());
  EXPECT_EQ(world.stats().resumes, 1u);
}

TEST(Join, of_many_during_updates_encodes_the_rows_once) {
  StreamWorld world({.epoch = "e"});
  for (int i = 0; i < 500; ++i) world.set("key " + std::to_string(i), i);
  std::vector<std::unique_ptr<StreamClient>> clients;
  for (int i = 0; i < 200; ++i) {
    world.set("key " + std::to_string(i), i + 1);
    clients.push_back(std::make_unique<StreamClient>(world));
    clients.back()->connect();
    world.settle();
  }
  EXPECT_EQ(world.stats().inits_encoded, 1u);
  EXPECT_EQ(world.stats().inits_shared, 199u);
  for (const auto& client : clients) {
    client->read();
    EXPECT_EQ(client->audit.inits(), 1);
    EXPECT_EQ(client->audit.complaints(), "");
    ASSERT_EQ(client->audit.rows(), world.rows());
  }
}

TEST(Join, gets_a_new_init_once_the_updates_since_weigh_more_than_it) {
  StreamWorld world;
  for (int i = 0; i < 50; ++i) world.set("key " + std::to_string(i), i);
  StreamClient first(world);
  first.connect();
  for (int i = 0; i < 1000; ++i) world.set("key 1", i);
  StreamClient second(world);
  second.connect();
  EXPECT_EQ(world.stats().inits_encoded, 2u);
  second.read();
  EXPECT_EQ(second.audit.events(), 1);
  EXPECT_EQ(second.audit.rows(), world.rows());
}

TEST(Join, of_a_large_instance_takes_turns_and_holds_up_no_commit) {
  StreamWorld world({.snapshot_rows_per_turn = 10});
  for (int i = 0; i < 1000; ++i) world.set("key " + std::to_string(i), i);
  std::vector<std::unique_ptr<StreamClient>> clients;
  for (int i = 0; i < 5; ++i) {
    clients.push_back(std::make_unique<StreamClient>(world));
    clients.back()->connect();
  }
  EXPECT_EQ(world.stats().joins_waiting, 5u);
  int turns = 0;
  while (world.stats().joins_waiting != 0 && ++turns < 10'000) {
    world.set("key " + std::to_string(turns * 13 % 1500), turns % 7 == 0 ? -1 : turns % 3000);
    if (turns % 3 == 0) world.erase("key " + std::to_string(turns * 29 % 1500));
    world.loop.poll();
  }
  EXPECT_GE(turns, 100);
  EXPECT_LE(world.stats().snapshot_rows_in_turn_max, 10u);
  EXPECT_EQ(world.stats().inits_encoded, 1u);
  for (int i = 0; i < 20; ++i) world.set("key " + std::to_string(i), i);
  for (const auto& client : clients) {
    client->read();
    EXPECT_EQ(client->audit.complaints(), "");
    EXPECT_EQ(client->audit.rows(), world.rows());
    EXPECT_EQ(client->audit.errors(), world.errors());
  }
}

TEST(Join, of_a_large_instance_does_not_disturb_those_who_read_it) {
  StreamWorld world({.snapshot_rows_per_turn = 10});
  StreamClient reader(world);
  reader.connect();
  reader.read();
  for (int i = 0; i < 300; ++i) world.set("key " + std::to_string(i), i % 5 == 0 ? -i : i);
  StreamClient joining(world);
  joining.connect();
  for (int i = 0; i < 10; ++i) {
    world.loop.poll();
    world.set("key 7", i % 2 == 0 ? -1 : i);
    reader.wire->read_all();
  }
  joining.cut();  // nobody waits any more: it is given up
  world.settle();
  EXPECT_EQ(world.stats().joins_waiting, 0u);
  reader.connect();
  reader.read();
  EXPECT_EQ(reader.audit.complaints(), "");
  EXPECT_EQ(reader.audit.rows(), world.rows());
  EXPECT_EQ(reader.audit.errors(), world.errors());
}

TEST(Join, shares_the_turns_among_instances) {
  StreamWorld world({.snapshot_rows_per_turn = 10});
  for (int i = 0; i < 8; ++i) world.set("key " + std::to_string(i), i);
  StreamClient first(world), second(world);
  first.connect();
  EXPECT_EQ(world.stats().joins_waiting, 0u);  // 8 rows at once
  world.set("key 0", 100);
  for (int i = 0; i < 30; ++i) world.set("key 0", i);
  second.connect();  // the 8 rows anew are too much for this turn
  EXPECT_EQ(world.stats().joins_waiting, 1u);
  second.read();
  EXPECT_EQ(second.audit.rows(), world.rows());
  EXPECT_LE(world.stats().snapshot_rows_in_turn_max, 10u);
}

TEST(Join, ends_with_the_instance_also_while_it_waits) {
  StreamWorld world({.snapshot_rows_per_turn = 10});
  for (int i = 0; i < 100; ++i) world.set("key " + std::to_string(i), i);
  StreamClient client(world);
  client.connect();
  world.loop.poll();
  EXPECT_TRUE(world.instances().close(world.id, Caller()));
  client.read();
  EXPECT_EQ(client.bytes, "event: close\ndata: null\n\n");
  EXPECT_EQ(world.stats().joins_waiting, 0u);
  EXPECT_EQ(world.stats().sessions, 0u);
  EXPECT_EQ(world.stats().history_bytes, 0u);
}

TEST(Forms, of_one_instance_say_the_same_and_each_is_encoded_once) {
  StreamWorld world({.epoch = "e"});
  world.set("a", 5000);
  StreamClient sse(world), first(world, Format::ndjson), second(world, Format::ndjson);
  for (auto* client : {&sse, &first, &second}) client->connect();
  world.set("a", 4);
  world.erase("a");
  for (auto* client : {&sse, &first, &second}) client->read();
  EXPECT_EQ(
      first.bytes,
      "{\"event\":\"init\",\"id\":\"e-1e\",\"data\":[]}\n"
      "{\"event\":\"error\",\"id\":\"e-1\",\"data\":[{\"node\":\"roots\",\"key\":\"a\",\"error\":\"too large\"}]}\n"
      "{\"event\":\"update\",\"id\":\"e-2\",\"data\":[[\"a\",[2]]]}\n"
      "{\"event\":\"error\",\"id\":\"e-2.1\",\"data\":[{\"node\":\"roots\",\"key\":\"a\",\"error\":null}]}\n"
      "{\"event\":\"update\",\"id\":\"e-3\",\"data\":[[\"a\",[]]]}\n");
  EXPECT_EQ(second.bytes, first.bytes);
  EXPECT_EQ(sse.audit.last_id(), first.audit.last_id());
  EXPECT_EQ(world.stats().updates_encoded, 2u);
  EXPECT_EQ(world.stats().inits_encoded, 1u);
}

TEST(Forms, may_change_from_one_connection_to_the_next) {
  StreamWorld world({.epoch = "e"});
  StreamClient sse(world);
  sse.connect();
  sse.read();
  sse.cut();
  world.set("a", 1);
  StreamClient lines(world, Format::ndjson);
  lines.connect(sse.audit.last_id());
  lines.wire->read(0);
  EXPECT_THAT(lines.wire->read_all(), "{\"event\":\"update\",\"id\":\"e-1\",\"data\":[[\"a\",[1]]]}\n");
}

}  // namespace
}  // namespace freshet::stream
