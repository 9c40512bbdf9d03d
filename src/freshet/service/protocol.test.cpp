// SPDX-License-Identifier: MIT
// The protocol as clients see it: real sockets, one test per promise.
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "freshet/service/testing/test_service.hpp"

namespace freshet {
namespace {

using net::testing::HttpClient;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using testing::TestService;

const std::vector<std::string> kJson = {"Content-Type: application/json"};

TEST(Protocol, open_read_write_close) {
  TestService rig;
  rig.set("a", 21);
  auto control = rig.connect();
  const auto opened = control.request("POST", "/v1/streams/monitor", R"({"threshold":20})", kJson);
  EXPECT_EQ(opened.status, 200);
  EXPECT_THAT(opened.body, ::testing::MatchesRegex(R"(\{"instance_id":"[0-9a-f]+","reused":false\})"));
  const std::string id = rig.open("monitor", R"({"threshold":20})");  // a second opening of the same

  auto reader = rig.connect();
  const auto head = reader.open_stream("/v1/streams/" + id);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("Content-Type"), "text/event-stream");
  EXPECT_EQ(head.header("Cache-Control"), "no-store");
  EXPECT_EQ(head.header("X-Accel-Buffering"), "no");
  EXPECT_EQ(head.header("Incremental"), "?1");
  EXPECT_EQ(reader.next_event(), (codec::SseEvent{"init", R"([["a",[{"place":"hall","celsius":21}]]])", "t-1"}));

  const auto written =
      rig.patch("/readings", R"([["b",[{"place":"attic","celsius":30}]],["a",[{"place":"hall","celsius":20}]]])");
  EXPECT_EQ(written.status, 200);
  EXPECT_EQ(written.body, R"({"version":2})");
  EXPECT_EQ(reader.next_event(),
            (codec::SseEvent{
                "update", R"([["a",[{"place":"hall","celsius":20}]],["b",[{"place":"attic","celsius":30}]]])", "t-2"}));
  rig.patch("/readings", R"([["a",[]]])");
  EXPECT_EQ(reader.next_event(), (codec::SseEvent{"update", R"([["a",[]]])", "t-3"}));

  EXPECT_EQ(control.request("DELETE", "/v1/streams/" + id).status, 204);  // the first opening is still there
  rig.set("c", 40);
  EXPECT_EQ(reader.next_event().type, "update");
  EXPECT_EQ(control.request("DELETE", "/v1/streams/" + id).status, 204);
  EXPECT_EQ(reader.next_event().type, "close");
  EXPECT_TRUE(reader.stream_ends());
  EXPECT_EQ(control.request("DELETE", "/v1/streams/" + id).status, 404);
  EXPECT_EQ(control.get("/v1/streams/" + id).status, 404);
  EXPECT_EQ(rig.streams().instances, 0u);
  EXPECT_EQ(rig.streams().openings, 0u);
  EXPECT_EQ(rig.streams().sessions, 0u);
}

TEST(Protocol, equal_parameters_give_the_same_instance_however_they_are_written) {
  TestService rig;
  const std::string id = rig.open("monitor", R"({"threshold":20,"places":[]})");
  for (const auto* params : {"", "{}", "  \n", R"({"places":[],"threshold":20})", R"({ "threshold" : 2e1 })",
                             R"({"threshold":20.0})", R"({"thre\u0073hold":20})"}) {
    EXPECT_EQ(rig.open("monitor", params), id) << params;
  }
  EXPECT_NE(rig.open("monitor", R"({"threshold":20.5})"), id);
  EXPECT_NE(rig.open("monitor", R"({"places":["hall"]})"), id);
  EXPECT_NE(rig.open("fragile"), id);
  EXPECT_EQ(rig.builds, 3);
  EXPECT_EQ(rig.streams().instances, 4u);
  EXPECT_EQ(rig.streams().openings, 11u);
  EXPECT_EQ(rig.streams().instances_reused, 7u);
}

TEST(Protocol, many_readers_of_one_instance_get_the_same_events_each_encoded_once) {
  TestService rig;
  rig.set("a", 30);
  const std::string id = rig.open("monitor");
  std::vector<HttpClient> readers;
  for (int i = 0; i < 50; ++i) {
    readers.push_back(rig.connect());
    EXPECT_EQ(readers.back().open_stream("/v1/streams/" + id).status, 200);
  }
  for (auto& reader : readers) EXPECT_EQ(reader.next_event().type, "init");
  EXPECT_EQ(rig.streams().inits_encoded, 1u);
  for (int i = 0; i < 5; ++i) rig.set("a", 31 + i);
  for (auto& reader : readers) {
    for (int i = 0; i < 5; ++i)
      EXPECT_EQ(reader.next_event().last_event_id, TestService::event_id(2 + static_cast<std::uint64_t>(i)));
  }
  EXPECT_EQ(rig.streams().updates_encoded, 5u);
  EXPECT_EQ(rig.streams().events_sent, 50u * 6u);
}

TEST(Protocol, a_commit_that_does_not_touch_an_instance_sends_it_nothing) {
  TestService rig;
  const std::string id = rig.open("monitor", R"({"threshold":50})");
  auto reader = rig.connect();
  reader.open_stream("/v1/streams/" + id);
  EXPECT_EQ(reader.next_event(), (codec::SseEvent{"init", "[]", "t-0"}));
  rig.set("a", 49);
  rig.set("a", 51);
  EXPECT_EQ(reader.next_event().last_event_id, "t-2");
}

TEST(Protocol, a_reader_that_joins_later_begins_with_the_state_of_that_moment_whatever_else_it_knew) {
  TestService rig;
  const std::string id = rig.open("monitor");
  rig.set("a", 30);
  rig.set("b", 10);
  auto reader = rig.connect();
  reader.open_stream("/v1/streams/" + id, {"Last-Event-ID: 1"});
  EXPECT_EQ(reader.next_event(), (codec::SseEvent{"init", R"([["a",[{"place":"hall","celsius":30}]]])", "t-2"}));
}

TEST(Protocol, falsy_values_are_values_like_any_other) {
  TestService rig;
  auto reader = rig.connect();
  reader.open_stream("/v1/streams/" + rig.open("values"));
  EXPECT_EQ(reader.next_event().data, "[]");
  const std::string rows = R"([[-1,[null]],[0,[0]],[1,[false]],[2,[""]],[3,[[]]],[4,[{}]],[5,[0,"",null,0]]])";
  EXPECT_EQ(rig.patch("/values", rows).status, 200);
  EXPECT_EQ(reader.next_event().data, rows);
  auto late = rig.connect();
  late.open_stream("/v1/streams/" + rig.open("values"));
  EXPECT_EQ(late.next_event().data, rows);
  rig.patch("/values", "[[5,[]],[0,[false]]]");
  EXPECT_EQ(reader.next_event().data, "[[0,[false]],[5,[]]]");
}

TEST(Protocol, keys_may_be_structs) {
  TestService rig;
  auto reader = rig.connect();
  reader.open_stream("/v1/streams/" + rig.open("points"));
  reader.next_event();
  rig.patch("/points", R"([[{"x":1,"y":0},["b"]],[{"y":5,"x":0},["a"]]])");
  EXPECT_EQ(reader.next_event().data, R"([[{"x":0,"y":5},["a"]],[{"x":1,"y":0},["b"]]])");
  auto client = rig.connect();
  EXPECT_EQ(client.request("POST", "/v1/snapshot/points/lookup", R"({"key":{"x":1,"y":0}})", kJson).body,
            R"([[{"x":1,"y":0},["b"]]])");
}

TEST(Protocol, snapshots_show_the_state_at_one_version) {
  TestService rig;
  rig.set("a", 30);
  rig.set("b", 10);
  auto client = rig.connect();
  const std::string id = rig.open("monitor");
  const auto of_instance = client.get("/v1/snapshot/" + id);
  EXPECT_EQ(of_instance.status, 200);
  EXPECT_EQ(of_instance.body, R"([["a",[{"place":"hall","celsius":30}]]])");
  EXPECT_EQ(of_instance.header("Freshet-Version"), "2");
  EXPECT_EQ(of_instance.header("Content-Type"), "application/json");

  const auto of_resource = client.request("POST", "/v1/snapshot/monitor", R"({"threshold":5})", kJson);
  EXPECT_EQ(of_resource.body, R"([["a",[{"place":"hall","celsius":30}]],["b",[{"place":"hall","celsius":10}]]])");
  EXPECT_EQ(client.request("POST", "/v1/snapshot/monitor").body, of_instance.body);

  const auto lookup = [&](const std::string& body) {
    return client.request("POST", "/v1/snapshot/monitor/lookup", body, kJson).body;
  };
  EXPECT_EQ(lookup(R"({"key":"b","params":{"threshold":5}})"), R"([["b",[{"place":"hall","celsius":10}]]])");
  EXPECT_EQ(lookup(R"({"params":{},"key":"b"})"), "[]");
  EXPECT_EQ(lookup(R"({"key":"a"})"), of_instance.body);
  EXPECT_EQ(rig.streams().instances, 1u);  // looking leaves nothing behind
}

TEST(Protocol, a_write_over_several_inputs_is_one_commit) {
  TestService rig;
  auto readings = rig.connect();
  readings.open_stream("/v1/streams/" + rig.open("monitor"));
  readings.next_event();
  auto values = rig.connect();
  values.open_stream("/v1/streams/" + rig.open("values"));
  values.next_event();
  const auto written = rig.patch("", R"({"values":[[1,[true]]],"readings":[["a",[{"place":"hall","celsius":30}]]]})");
  EXPECT_EQ(written.body, R"({"version":1})");
  EXPECT_EQ(readings.next_event().last_event_id, "t-1");
  EXPECT_EQ(values.next_event(), (codec::SseEvent{"update", "[[1,[true]]]", "t-1"}));
}

TEST(Protocol, a_later_row_of_a_write_replaces_an_earlier_one_of_the_same_key) {
  TestService rig;
  EXPECT_EQ(rig.patch("/values", R"([[1,["first"]],[2,[2]],[1,["second"]]])").status, 200);
  auto client = rig.connect();
  EXPECT_EQ(client.request("POST", "/v1/snapshot/values").body, R"([[1,["second"]],[2,[2]]])");
}

TEST(Protocol, errors_of_mappers_reach_those_who_read_and_nobody_else) {
  TestService rig;
  rig.set("a", 1);
  auto fragile = rig.connect();
  fragile.open_stream("/v1/streams/" + rig.open("fragile"));
  EXPECT_EQ(fragile.next_event().data, R"([["a",[1]]])");
  auto monitor = rig.connect();
  monitor.open_stream("/v1/streams/" + rig.open("monitor", R"({"threshold":0})"));
  monitor.next_event();

  EXPECT_EQ(rig.patch("/readings", R"([["a",[{"place":"hall","celsius":2000}]],["b",[{"place":"hall","celsius":2}]]])")
                .status,
            200);
  EXPECT_EQ(fragile.next_event(), (codec::SseEvent{"update", R"([["a",[]],["b",[2]]])", "t-2"}));
  EXPECT_EQ(fragile.next_event(),
            (codec::SseEvent{"error", R"([{"node":"celsius","key":"a","error":"too hot"}])", "t-2.1"}));
  EXPECT_EQ(monitor.next_event().type, "update");  // the other instance has the row

  auto late = rig.connect();
  late.open_stream("/v1/streams/" + rig.open("fragile"));
  EXPECT_EQ(late.next_event(), (codec::SseEvent{"init", R"([["b",[2]]])", "t-2.1e"}));
  EXPECT_EQ(late.next_event(),
            (codec::SseEvent{"error", R"([{"node":"celsius","key":"a","error":"too hot"}])", "t-2.1"}));
  auto client = rig.connect();
  EXPECT_EQ(client.request("POST", "/v1/snapshot/fragile").header("Freshet-Missing-Rows"), "1");

  rig.set("a", 3);
  for (auto* reader : {&fragile, &late}) {
    EXPECT_EQ(reader->next_event(), (codec::SseEvent{"update", R"([["a",[3]]])", "t-3"}));
    EXPECT_EQ(reader->next_event(),
              (codec::SseEvent{"error", R"([{"node":"celsius","key":"a","error":null}])", "t-3.1"}));
  }
}

TEST(Protocol, a_row_that_json_cannot_express_is_an_error_of_that_row_alone) {
  TestService rig;
  rig.set("a", 4);
  auto reader = rig.connect();
  reader.open_stream("/v1/streams/" + rig.open("roots"));
  EXPECT_EQ(reader.next_event().data, R"([["a",[2]]])");
  rig.patch("/readings", R"([["a",[{"place":"hall","celsius":-1}]],["b",[{"place":"hall","celsius":9}]]])");
  EXPECT_EQ(reader.next_event().data, R"([["a",[]],["b",[3]]])");
  const auto error = reader.next_event();
  EXPECT_EQ(error.type, "error");
  EXPECT_THAT(error.data, StartsWith(R"([{"node":"roots","key":"a","error":")"));
  auto late = rig.connect();
  late.open_stream("/v1/streams/" + rig.open("roots"));
  EXPECT_EQ(late.next_event().data, R"([["a",[]],["b",[3]]])");
  EXPECT_EQ(late.next_event().data, error.data);
  rig.set("a", 16);
  EXPECT_EQ(reader.next_event().data, R"([["a",[4]]])");
  EXPECT_EQ(reader.next_event().data, R"([{"node":"roots","key":"a","error":null}])");
}

TEST(Protocol, what_there_is_can_be_asked_for) {
  TestService rig;
  auto client = rig.connect();
  const auto resources = client.get("/v1/resources");
  EXPECT_EQ(resources.status, 200);
  EXPECT_THAT(resources.body, StartsWith(R"({"resources":[{"name":"absent","doc":"","params":{)"));
  EXPECT_THAT(resources.body, HasSubstr(R"("name":"monitor","doc":"Places that are too warm.","params":{)"));
  EXPECT_THAT(resources.body, HasSubstr(R"("threshold":{)"));
  EXPECT_THAT(resources.body, HasSubstr(R"("celsius":{"type":"number")"));
  const auto inputs = client.get("/v1/inputs");
  EXPECT_THAT(inputs.body, HasSubstr(R"({"name":"readings","doc":"What the sensors say.","key":{)"));
  EXPECT_THAT(inputs.body, ::testing::Not(HasSubstr("secret")));
  EXPECT_EQ(client.get("/healthz").body, R"({"status":"ok"})");
}

}  // namespace
}  // namespace freshet
