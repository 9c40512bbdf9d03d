// SPDX-License-Identifier: MIT
// One instance read in every form over sockets: resumed, polled, cut at any byte.
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "freshet/codec/json.hpp"
#include "freshet/service/testing/test_service.hpp"
#include "freshet/stream/testing/stream_audit.hpp"

namespace freshet {
namespace {

using namespace std::chrono_literals;
using net::testing::HttpClient;
using stream::testing::StreamAudit;
using ::testing::HasSubstr;
using testing::TestService;

const std::vector<std::string> kPoll = {"Accept: application/json"};

std::string row(const std::string& key, int celsius) {
  return "[\"" + key + "\",[{\"place\":\"hall\",\"celsius\":" + std::to_string(celsius) + "}]]";
}

TEST(Transports, ndjson_is_a_line_for_each_event) {
  TestService rig;
  rig.set("a", 30);
  const std::string id = rig.open("monitor");
  auto reader = rig.connect();
  reader.send("GET /v1/streams/" + id + " HTTP/1.1\r\nHost: x\r\nAccept: application/x-ndjson\r\n\r\n");
  const std::string head = reader.read_until("\r\n\r\n");
  EXPECT_THAT(head, HasSubstr("200 OK"));
  EXPECT_THAT(head, HasSubstr("Content-Type: application/x-ndjson"));
  EXPECT_THAT(head, HasSubstr("Incremental: ?1"));
  EXPECT_EQ(reader.read_until("\n"), R"({"event":"init","id":"t-1","data":[)" + row("a", 30) + "]}\n");
  rig.set("b", 31);
  EXPECT_EQ(reader.read_until("\n"), R"({"event":"update","id":"t-2","data":[)" + row("b", 31) + "]}\n");
  rig.pass(16s);
  EXPECT_EQ(reader.read_until("\n"), "\n");  // nothing happened, but the line is open
  auto control = rig.connect();
  control.request("DELETE", "/v1/streams/" + id);
  EXPECT_EQ(reader.read_to_end(), "{\"event\":\"close\",\"data\":null}\n");
}

TEST(Transports, are_chosen_by_what_the_client_names) {
  TestService rig;
  const std::string id = rig.open("monitor");
  const std::vector<std::vector<std::string>> cases = {{"*/*", "text/event-stream"},
                                                       {"application/x-ndjson", "application/x-ndjson"},
                                                       {"application/x-ndjson, */*;q=0.1", "application/x-ndjson"},
                                                       {"Application/X-NDJSON", "application/x-ndjson"},
                                                       {"application/json, text/event-stream", "text/event-stream"},
                                                       {"application/json", "application/json"},
                                                       {"application/*", "application/x-ndjson"},
                                                       {"text/event-stream;q=0, application/json", "application/json"}};
  for (const auto& one : cases) {
    auto client = rig.connect();
    client.send("GET /v1/streams/" + id + " HTTP/1.1\r\nHost: x\r\nAccept: " + one[0] + "\r\n\r\n");
    EXPECT_THAT(client.read_until("\r\n\r\n"), HasSubstr("Content-Type: " + one[1] + "\r\n")) << one[0];
  }
  auto client = rig.connect();
  EXPECT_EQ(client.get("/v1/streams/" + id + "?poll").header("Content-Type"), "application/json");
}

TEST(Transports, resume_after_the_id_in_the_header_or_the_query) {
  TestService rig;
  const std::string id = rig.open("monitor");
  auto first = rig.connect();
  first.open_stream("/v1/streams/" + id);
  first.next_event();
  for (int i = 1; i <= 3; ++i) rig.set("a", 30 + i);
  first.close();

  const auto next_id = [&](const std::string& target, const std::vector<std::string>& headers) {
    auto reader = rig.connect();
    reader.open_stream(target, headers);
    const auto event = reader.next_event();
    return event.type + " " + event.last_event_id;
  };
  const std::string target = "/v1/streams/" + id;
  EXPECT_EQ(next_id(target, {"Last-Event-ID: t-1"}), "update t-2");
  EXPECT_EQ(next_id(target + "?since=t-2", {}), "update t-3");
  EXPECT_EQ(next_id(target + "?since=t-1", {"Last-Event-ID: t-2"}), "update t-3");  // what came later counts
  EXPECT_EQ(next_id(target, {"Last-Event-ID: 2"}), "init t-3");
  EXPECT_EQ(next_id(target, {"Last-Event-ID: t-4"}), "init t-3");
  EXPECT_EQ(next_id(target, {"Last-Event-ID: other-2"}), "init t-3");
  EXPECT_EQ(rig.streams().resumes, 3u);
  auto client = rig.connect();
  const std::string metrics = client.get("/metrics").body;
  for (const auto* line :
       {"freshet_resumes_total 3\n", "freshet_events_resumed_total 4\n",
        "freshet_resumes_refused_total{reason=\"garbled\"} 1\n", "freshet_resumes_refused_total{reason=\"future\"} 1\n",
        "freshet_resumes_refused_total{reason=\"foreign\"} 1\n", "freshet_conflations_total 0\n"}) {
    EXPECT_THAT(metrics, HasSubstr(line));
  }
  EXPECT_THAT(metrics, ::testing::Not(HasSubstr("freshet_history_bytes 0\n")));
}

TEST(Polling, answers_with_the_state_then_with_what_happens_next) {
  TestService rig;
  rig.set("a", 30);
  const std::string target = "/v1/streams/" + rig.open("monitor");
  auto client = rig.connect();
  const auto state = client.request("GET", target, "", kPoll);
  EXPECT_EQ(state.status, 200);
  EXPECT_EQ(state.header("Cache-Control"), "no-store");
  EXPECT_EQ(state.body, R"({"id":"t-1","events":[{"event":"init","id":"t-1","data":[)" + row("a", 30) + "]}]}");
  EXPECT_EQ(rig.streams().sessions, 0u);

  client.send("GET " + target + "?poll&since=t-1 HTTP/1.1\r\nHost: x\r\n\r\n");
  rig.settle();
  EXPECT_EQ(client.read_available(), "");
  EXPECT_EQ(rig.streams().sessions, 1u);
  rig.set("b", 31);
  rig.set("c", 32);
  EXPECT_EQ(client.read_response().body, R"({"id":"t-3","events":[{"event":"update","id":"t-2","data":[)" +
                                             row("b", 31) + R"(]},{"event":"update","id":"t-3","data":[)" +
                                             row("c", 32) + "]}]}");
  rig.set("d", 33);  // between two polls
  EXPECT_THAT(client.request("GET", target + "?since=t-3", "", kPoll).body, HasSubstr("\"id\":\"t-4\",\"events\":[{"));
  EXPECT_EQ(rig.streams().polls, 3u);
  EXPECT_EQ(rig.streams().sessions, 0u);
}

TEST(Polling, that_waits_in_vain_is_answered_with_nothing_and_goes_on_from_there) {
  TestService rig;
  const std::string target = "/v1/streams/" + rig.open("monitor", R"({"threshold":50})") + "?poll&since=";
  auto client = rig.connect();
  client.get("/v1/streams/" + rig.open("monitor", R"({"threshold":50})") + "?poll");
  client.send("GET " + target + "t-0 HTTP/1.1\r\nHost: x\r\n\r\n");
  rig.set("a", 1);  // nothing to this instance
  rig.pass(24s);
  EXPECT_EQ(client.read_available(), "");
  rig.pass(2s);
  EXPECT_EQ(client.read_response().body, R"({"id":"t-1","events":[]})");
  EXPECT_EQ(rig.streams().poll_timeouts, 1u);
  EXPECT_EQ(rig.streams().sessions, 0u);
  client.send("GET " + target + "t-1 HTTP/1.1\r\nHost: x\r\n\r\n");
  rig.settle();
  rig.set("a", 60);
  EXPECT_THAT(client.read_response().body, HasSubstr(R"("id":"t-2")"));
}

TEST(Polling, with_an_id_that_says_nothing_gets_the_state_however_long_that_takes) {
  ServiceOptions options;
  options.streams.snapshot_rows_per_turn = 5;
  options.streams.poll_timeout = 10ms;
  TestService rig(options);
  for (int i = 0; i < 200; ++i) rig.set("k" + std::to_string(i), 30);
  auto client = rig.connect();
  client.send("GET /v1/streams/" + rig.open("monitor") + "?poll&since=other-1 HTTP/1.1\r\nHost: x\r\n\r\n");
  for (int i = 0; i < 10; ++i) {
    rig.service.loop().poll();
    rig.clock.advance(20ms);
  }
  EXPECT_EQ(rig.streams().joins_waiting, 1u);
  EXPECT_THAT(client.read_response().body, HasSubstr(R"("events":[{"event":"init")"));
  EXPECT_EQ(rig.streams().poll_timeouts, 0u);
}

TEST(Polling, whose_client_goes_leaves_nothing) {
  TestService rig;
  const std::string target = "/v1/streams/" + rig.open("monitor") + "?poll";
  {
    auto client = rig.connect();
    client.get(target);
    client.send("GET " + target + "&since=t-0 HTTP/1.1\r\nHost: x\r\n\r\n");
    rig.settle();
    EXPECT_EQ(rig.streams().sessions, 1u);
  }
  ASSERT_TRUE(rig.settle_until([&] {
    rig.clock.advance(1s);
    return rig.streams().sessions == 0;
  }));
}

TEST(Polling, counts_as_reading_and_ends_with_the_instance_or_the_service) {
  ServiceOptions options;
  options.streams.instance_sessions_max = 1;
  TestService rig(options);
  const std::string id = rig.open("monitor");
  const std::string wait = "GET /v1/streams/" + id + "?poll&since=t-0 HTTP/1.1\r\nHost: x\r\n\r\n";
  auto client = rig.connect();
  client.get("/v1/streams/" + id + "?poll");
  client.send(wait);
  rig.settle();
  auto other = rig.connect();
  EXPECT_EQ(other.get("/v1/streams/" + id).status, 429);
  other.request("DELETE", "/v1/streams/" + id);
  EXPECT_THAT(client.read_response().body, HasSubstr(R"("events":[{"event":"close","data":null}])"));
  EXPECT_EQ(client.get("/v1/streams/" + id + "?poll").status, 404);

  const std::string next = "/v1/streams/" + rig.open("monitor") + "?poll";
  client.get(next);
  client.send("GET " + next + "&since=t-0 HTTP/1.1\r\nHost: x\r\n\r\n");
  rig.settle();
  rig.service.stop();
  EXPECT_THAT(client.read_response().body, HasSubstr(R"({"event":"close","data":{"reason":"stopping","retry_ms":)"));
}

/// Reads a stream over connections that break at any byte, and comes back by the id of the last event.
class CutClient {
 public:
  CutClient(TestService& rig, bool reads_lines) : rig_(rig), reads_lines_(reads_lines) {}

  void connect(const std::string& id) {
    client_.emplace(rig_.connect());
    parser_.restart();
    text_.clear();
    std::string request = "GET /v1/streams/" + id + " HTTP/1.1\r\nHost: x\r\n";
    request += reads_lines_ ? "Accept: application/x-ndjson\r\n" : "Accept: text/event-stream\r\n";
    if (!audit.last_id().empty()) request += "Last-Event-ID: " + audit.last_id() + "\r\n";
    client_->send(request + "\r\n");
    client_->read_until("\r\n\r\n");
  }
  /// Takes so many bytes of what has arrived; the rest is lost at the next cut.
  void take(std::size_t bytes) {
    rig_.settle();
    text_ += client_->read_available();
    const std::string piece = text_.substr(0, bytes);
    text_.erase(0, piece.size());
    if (!reads_lines_) {
      const auto fed = parser_.feed(
          piece, [this](const codec::SseEvent& event) { audit.take(event.type, event.last_event_id, event.data); });
      ASSERT_TRUE(fed);
      return;
    }
    lines_ += piece;
    for (std::size_t end = 0; (end = lines_.find('\n')) != std::string::npos; lines_.erase(0, end + 1)) {
      audit.take_line(std::string_view(lines_).substr(0, end));
    }
  }
  void cut(bool abruptly) {
    abruptly ? client_->reset() : client_->close();
    lines_.clear();
  }

  StreamAudit audit;

 private:
  TestService& rig_;
  const bool reads_lines_;
  std::optional<HttpClient> client_;
  codec::SseParser parser_;
  std::string text_, lines_;
};

TEST(Transports, cut_at_any_byte_lose_nothing_and_double_nothing) {
  TestService rig;
  const std::string id = rig.open("fragile");
  CutClient events(rig, false), lines(rig, true);
  auto steady = rig.connect();
  steady.open_stream("/v1/streams/" + id);
  int steady_events = 0;
  std::mt19937 random(11);
  for (auto* client : {&events, &lines}) client->connect(id);
  for (int i = 0; i < 400; ++i) {
    for (unsigned writes = random() % 4; writes > 0; --writes) {
      // Some fail in the mapper.
      rig.set("k" + std::to_string(random() % 12), static_cast<double>(random() % 1100));
    }
    for (auto* client : {&events, &lines}) {
      client->take(random() % 300);
      if (random() % 4 != 0) continue;
      client->cut(random() % 2 == 0);
      client->connect(id);
    }
  }
  rig.set("last", 1);
  while (steady.next_event().last_event_id != TestService::event_id(rig.service.graph().version())) ++steady_events;
  auto look = rig.connect();
  const auto snapshot = StreamAudit::rows_of(look.get("/v1/snapshot/" + id).body);
  for (auto* client : {&events, &lines}) {
    client->take(std::string::npos);
    EXPECT_EQ(client->audit.complaints(), "");
    EXPECT_EQ(client->audit.rows(), snapshot);
    EXPECT_EQ(client->audit.inits(), 1);
    EXPECT_EQ(client->audit.events(), steady_events + 1);
  }
  EXPECT_GT(rig.streams().resumes, 100u);
  EXPECT_EQ(rig.streams().inits_encoded, 1u);
}

TEST(Transports, of_a_service_that_was_started_anew_begin_with_an_init) {
  ServiceOptions options;
  options.streams.epoch = "first";
  std::string last;
  {
    TestService rig(options);
    rig.set("a", 30);
    auto reader = rig.connect();
    reader.open_stream("/v1/streams/" + rig.open("monitor"));
    last = reader.next_event().last_event_id;
  }
  options.streams.epoch = "second";
  TestService rig(options);
  rig.set("b", 31);
  auto reader = rig.connect();
  reader.open_stream("/v1/streams/" + rig.open("monitor"), {"Last-Event-ID: " + last});
  EXPECT_EQ(reader.next_event(), (codec::SseEvent{"init", "[" + row("b", 31) + "]", "second-1"}));
  EXPECT_EQ(rig.streams().resumes_foreign, 1u);
}

TEST(Transports, of_a_large_instance_begin_after_some_turns_and_hold_up_nobody) {
  ServiceOptions options;
  options.streams.snapshot_rows_per_turn = 20;
  TestService rig(options);
  for (int i = 0; i < 500; ++i) rig.set("k" + std::to_string(i), 30);
  const std::string id = rig.open("monitor");
  auto reader = rig.connect();
  reader.send("GET /v1/streams/" + id + " HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n");
  for (int i = 0; i < 20; ++i) {
    rig.service.loop().poll();
    rig.set("k" + std::to_string(i * 20), 40);
  }
  EXPECT_EQ(rig.streams().joins_waiting, 1u);
  reader.read_until("event: init\n");
  reader.read_until("data: ");
  std::string data = reader.read_until("\n");
  auto look = rig.connect();
  EXPECT_EQ(data, look.get("/v1/snapshot/" + id).body + "\n");
  EXPECT_LE(rig.streams().snapshot_rows_in_turn_max, 20u);
}

TEST(Transports, give_snapshots_of_large_instances_in_steps_at_the_version_they_say) {
  ServiceOptions options;
  options.streams.snapshot_rows_per_turn = 20;
  TestService rig(options);
  for (int i = 0; i < 500; ++i) rig.set("k" + std::to_string(i), 30);
  const std::string id = rig.open("monitor");
  auto client = rig.connect();
  int round = 0;
  for (const std::string& request : {"GET /v1/snapshot/" + id, std::string("POST /v1/snapshot/monitor")}) {
    round += 100;
    client.send(request + " HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
    for (int i = 0; i < 30; ++i) {
      rig.service.loop().poll();
      rig.set("k" + std::to_string(i * 17), round + i);
    }
    EXPECT_EQ(client.read_available(), "");
    const auto answer = client.read_response();
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.header("Freshet-Version"), std::to_string(rig.service.graph().version()));
    const auto rows = StreamAudit::rows_of(answer.body);
    EXPECT_EQ(rows.size(), 500u);
    const auto values = [&](int celsius) {
      return "[{\"celsius\":" + std::to_string(celsius) + ",\"place\":\"hall\"}]";
    };
    EXPECT_EQ(rows.at("\"k17\""), values(round + 1));
    EXPECT_EQ(rows.at("\"k493\""), values(round + 29));
  }
  EXPECT_LE(rig.streams().snapshot_rows_in_turn_max, 20u);
  client.send("GET /v1/snapshot/" + id + " HTTP/1.1\r\nHost: x\r\n\r\n");
  rig.service.loop().poll();
  rig.service.loop().poll();
  client.reset();  // nobody waits: it is given up
  rig.settle();
}

}  // namespace
}  // namespace freshet
