// SPDX-License-Identifier: MIT
// How instances, sessions and the service itself begin and end.
#include <csignal>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>

#include "freshet/service/testing/child_service.hpp"
#include "freshet/service/testing/test_service.hpp"
#include "freshet/stream/testing/stream_audit.hpp"

namespace freshet {
namespace {

using namespace std::chrono_literals;
using net::testing::HttpClient;
using testing::ChildService;
using ::testing::HasSubstr;
using testing::TestService;

ServiceOptions with_idle_time(std::chrono::milliseconds time) {
  ServiceOptions options;
  options.streams.idle_time = time;
  options.streams.sweep_interval = 1s;
  return options;
}

TEST(Lifecycle, an_instance_that_was_opened_and_never_read_ends_after_the_idle_time) {
  TestService rig(with_idle_time(30s));
  const std::string id = rig.open("monitor");
  rig.open("monitor");
  rig.pass(29s);
  auto client = rig.connect();
  EXPECT_EQ(rig.streams().instances, 1u);
  rig.pass(2s);
  EXPECT_EQ(client.get("/v1/streams/" + id).status, 404);
  EXPECT_EQ(rig.streams().instances_expired, 1u);
  EXPECT_EQ(rig.streams().openings, 0u);
  EXPECT_NE(rig.open("monitor"), id);
}

TEST(Lifecycle, each_use_begins_the_idle_time_anew_and_a_reader_uses_all_the_time) {
  TestService rig(with_idle_time(30s));
  const std::string id = rig.open("monitor");
  auto client = rig.connect();
  rig.pass(20s);
  rig.open("monitor");
  rig.pass(20s);
  EXPECT_EQ(client.get("/v1/snapshot/" + id).status, 200);
  rig.pass(20s);
  auto reader = rig.connect();
  reader.open_stream("/v1/streams/" + id);
  EXPECT_EQ(reader.next_event().type, "init");
  for (int i = 0; i < 10; ++i) rig.pass(10s);
  EXPECT_EQ(rig.streams().instances, 1u);
  reader.close();
  ASSERT_TRUE(rig.settle_until([&] { return rig.streams().sessions == 0; }));
  rig.pass(20s);
  EXPECT_EQ(rig.streams().instances, 1u);
  rig.pass(12s);
  EXPECT_EQ(rig.streams().instances, 0u);
}

TEST(Lifecycle, an_instance_that_ends_gives_its_nodes_back) {
  TestService rig(with_idle_time(30s));
  const auto nodes = [&] { return rig.service.graph().stats().node_count; };
  const auto before = nodes();
  rig.open("monitor", R"({"threshold":1})");
  const std::string closed = rig.open("monitor", R"({"threshold":2})");
  EXPECT_EQ(nodes(), before + 2);
  auto client = rig.connect();
  client.request("DELETE", "/v1/streams/" + closed);
  EXPECT_EQ(nodes(), before + 1);
  rig.pass(31s);
  rig.set("a", 1);
  EXPECT_EQ(nodes(), before);
}

TEST(Lifecycle, a_killed_client_leaves_nothing_and_disturbs_nobody) {
  TestService rig;
  const std::string id = rig.open("monitor");
  auto survivor = rig.connect();
  survivor.open_stream("/v1/streams/" + id);
  EXPECT_EQ(survivor.next_event().type, "init");
  {
    auto victim = rig.connect();
    victim.open_stream("/v1/streams/" + id);
    EXPECT_EQ(victim.next_event().type, "init");
    rig.set("a", 30);
    victim.reset();
  }
  ASSERT_TRUE(rig.settle_until([&] { return rig.streams().sessions == 1; }));
  rig.set("a", 31);
  EXPECT_EQ(survivor.next_event().last_event_id, "t-1");
  EXPECT_EQ(survivor.next_event().last_event_id, "t-2");
}

TEST(Lifecycle, quiet_readers_get_a_comment_now_and_then) {
  TestService rig;
  auto reader = rig.connect();
  reader.open_stream("/v1/streams/" + rig.open("monitor"));
  EXPECT_EQ(reader.next_event().type, "init");
  rig.pass(16s);
  EXPECT_EQ(reader.read_until("\n"), ":\n");
}

TEST(Lifecycle, a_reader_that_does_not_keep_up_gets_one_merged_update_and_the_others_every_update) {
  ServiceOptions options;
  options.streams.session_queue_bytes_max = 16 * 1024;
  options.http.stream_send_buffer_bytes = 4 * 1024;
  TestService rig(options);
  const std::string id = rig.open("values");
  auto slow = rig.connect({.receive_buffer_bytes = 4 * 1024});
  slow.open_stream("/v1/streams/" + id);
  auto fast = rig.connect();
  fast.open_stream("/v1/streams/" + id);
  EXPECT_EQ(fast.next_event().type, "init");
  const std::string text(4000, 'x');
  int sent = 0;
  while (rig.streams().sessions_lagged == 0 && sent < 1000) {
    ++sent;
    rig.patch("/values", "[[" + std::to_string(sent % 3) + ",[\"" + text + std::to_string(sent) + "\"]]]");
    EXPECT_EQ(fast.next_event().last_event_id, TestService::event_id(static_cast<std::uint64_t>(sent)));
  }
  EXPECT_EQ(rig.streams().sessions_lagged, 1u);
  for (int more = 0; more < 20; ++more) {
    ++sent;
    rig.patch("/values", "[[" + std::to_string(sent % 3) + ",[" + std::to_string(sent) + "]]]");
    EXPECT_EQ(fast.next_event().last_event_id, TestService::event_id(static_cast<std::uint64_t>(sent)));
  }

  // What it reads now: the updates that were under way, then one with what it is owed, then updates again.
  stream::testing::StreamAudit audit;
  const auto read = [&] {
    const codec::SseEvent event = slow.next_event();
    audit.take(event.type, event.last_event_id, event.data);
  };
  while (audit.last_id() != TestService::event_id(static_cast<std::uint64_t>(sent))) read();
  EXPECT_LT(audit.events(), sent - 15);
  EXPECT_EQ(audit.inits(), 1);
  EXPECT_EQ(rig.streams().conflations, 1u);
  auto client = rig.connect();
  EXPECT_EQ(audit.rows(), stream::testing::StreamAudit::rows_of(client.get("/v1/snapshot/" + id).body));
  rig.patch("/values", "[[9,[9]]]");
  read();
  EXPECT_EQ(audit.last_id(), TestService::event_id(static_cast<std::uint64_t>(sent) + 1));
  EXPECT_EQ(audit.complaints(), "");
}

TEST(Lifecycle, posted_transactions_and_periodic_work_run_on_the_loop) {
  TestService rig;
  auto reader = rig.connect();
  reader.open_stream("/v1/streams/" + rig.open("monitor"));
  reader.next_event();
  std::thread([&] {
    Transaction transaction;
    transaction.set(rig.readings(), "a", {"hall", 50});
    EXPECT_TRUE(rig.service.graph().post(std::move(transaction)));
  }).join();
  EXPECT_EQ(reader.next_event().last_event_id, "t-1");

  int calls = 0, three_calls = 0, throwing_calls = 0;
  rig.service.every(500ms, [&] { ++calls; });
  rig.service.every(500ms, [&] { return ++three_calls < 3; });
  rig.service.every(500ms, [&] { ++throwing_calls, throw std::runtime_error("oops"); });
  for (int i = 0; i < 5; ++i) rig.pass(500ms);
  EXPECT_EQ(calls, 5);
  EXPECT_EQ(three_calls, 3);
  EXPECT_EQ(throwing_calls, 5);
}

TEST(Lifecycle, periodic_work_may_stop_the_service) {
  TestService rig;
  int calls = 0;
  rig.service.every(1s, [&] { ++calls, rig.service.stop(); });
  rig.pass(1s);
  rig.pass(1s);
  EXPECT_EQ(calls, 1);
}

TEST(Lifecycle, at_a_graceful_stop_readers_are_told_to_come_back_at_different_times) {
  TestService rig;
  const std::string id = rig.open("monitor");
  std::vector<HttpClient> readers;
  for (int i = 0; i < 8; ++i) {
    readers.push_back(rig.connect());
    readers.back().open_stream("/v1/streams/" + id);
    EXPECT_EQ(readers.back().next_event().type, "init");
  }
  rig.service.stop();
  std::set<std::string> endings;
  for (auto& reader : readers) {
    const std::string ending = reader.read_to_end();
    EXPECT_THAT(ending, ::testing::MatchesRegex("retry: ?[0-9]+\n+"));
    endings.insert(ending);
  }
  EXPECT_GT(endings.size(), 1u);
  EXPECT_EQ(rig.streams().sessions, 0u);
  EXPECT_ANY_THROW(rig.connect().get("/healthz"));
}

TEST(Lifecycle, a_program_says_where_it_listens_and_ends_with_0_at_a_signal) {
  for (const int signal : {SIGINT, SIGTERM}) {
    ChildService program;
    const std::string line = program.line();
    ASSERT_THAT(line, ::testing::MatchesRegex("listening on http://127.0.0.1:[0-9]+"));
    HttpClient client(static_cast<std::uint16_t>(std::stoi(line.substr(line.rfind(':') + 1))));
    EXPECT_EQ(client.get("/healthz").status, 200);
    kill(program.child, signal);
    EXPECT_EQ(program.wait(), 0);
    EXPECT_EQ(program.line(), "");
  }
}

TEST(Lifecycle, a_port_that_is_taken_is_one_line_and_a_status_that_is_not_0) {
  TestService rig;
  ChildService program(rig.port);
  EXPECT_THAT(program.line(), HasSubstr("127.0.0.1:" + std::to_string(rig.port)));
  EXPECT_EQ(program.line(), "");
  EXPECT_EQ(program.wait(), 1);
}

TEST(Declarations, names_that_are_taken_or_cannot_stand_in_a_path_are_refused) {
  TestService rig;
  const auto declare = [&](const std::string& name) {
    rig.service.add_resource(stream::define_resource<NoParams, std::string, testing::Reading>(
        name, "", [&](const NoParams&) { return rig.readings(); }));
  };
  EXPECT_THROW(declare("monitor"), Failure);
  EXPECT_THROW(declare(""), Failure);
  EXPECT_THROW(declare("a/b"), Failure);
  EXPECT_THROW(declare("a b"), Failure);
  EXPECT_NO_THROW(declare("a-b_2.C"));
  EXPECT_THROW(rig.service.writable(rig.readings()), Failure);
}

}  // namespace
}  // namespace freshet
