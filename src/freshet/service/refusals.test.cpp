// SPDX-License-Identifier: MIT
// What clients get for requests that cannot be served: the status, the cause by its place, and no trace in the service.
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "freshet/service/testing/test_service.hpp"

namespace freshet {
namespace {

using net::testing::ClientResponse;
using ::testing::HasSubstr;
using testing::TestService;

struct Refusals : ::testing::Test {
  TestService rig;

  ClientResponse ask(const std::string& method, const std::string& target, const std::string& body = "",
                     std::vector<std::string> headers = {}) {
    auto client = rig.connect();
    if (!body.empty() && headers.empty()) headers.emplace_back("Content-Type: application/json");
    return client.request(method, target, body, headers);
  }
  void expect_problem(const ClientResponse& answer, int status, const std::string& text) {
    EXPECT_EQ(answer.status, status) << answer.body;
    EXPECT_EQ(answer.header("Content-Type"), "application/problem+json");
    EXPECT_THAT(answer.body, HasSubstr("\"status\":" + std::to_string(status)));
    EXPECT_THAT(answer.body, HasSubstr(text));
  }
};

TEST_F(Refusals, parameters_that_do_not_fit_name_their_path) {
  const std::vector<std::pair<std::string, std::string>> cases = {{R"({"treshold":1})", "$.treshold"},
                                                                  {R"({"threshold":"1"})", "$.threshold"},
                                                                  {R"({"threshold":101})", "$.threshold"},
                                                                  {R"({"threshold":null})", "$.threshold"},
                                                                  {R"({"places":[1]})", "$.places[0]"},
                                                                  {R"({"places":["a","b","c","d"]})", "$.places"},
                                                                  {R"({"threshold":1,"threshold":1})", "$.threshold"}};
  for (const auto& [params, path] : cases) {
    for (const auto* target : {"/v1/streams/monitor", "/v1/snapshot/monitor"}) {
      expect_problem(ask("POST", target, params), 400, "\"path\":\"" + path + "\"");
    }
    expect_problem(ask("POST", "/v1/snapshot/monitor/lookup", R"({"key":"a","params":)" + params + "}"), 400,
                   "\"path\":\"$.params" + path.substr(1) + "\"");
  }
  expect_problem(ask("POST", "/v1/streams/zone", "{}"), 400, "$.place");
  expect_problem(ask("POST", "/v1/streams/zone"), 400, "$.place");
  for (const auto* text : {"[]", "null", "1", "{", "{} {}", "{]", "\x80"}) {
    EXPECT_EQ(ask("POST", "/v1/streams/monitor", text).status, 400) << text;
  }
  EXPECT_EQ(rig.streams().instances, 0u);
  EXPECT_EQ(rig.builds, 0);
}

TEST_F(Refusals, lookups_need_a_key_that_fits) {
  const auto lookup = [&](const std::string& body) { return ask("POST", "/v1/snapshot/monitor/lookup", body); };
  expect_problem(lookup(R"({"params":{}})"), 400, "key");
  expect_problem(lookup(R"({"key":1})"), 400, "$.key");
  expect_problem(lookup(R"({"key":"a","key":"b"})"), 400, "$.key");
  expect_problem(lookup(R"({"key":"a","parameters":{}})"), 400, "$.parameters");
  expect_problem(lookup(R"({"key":"a"} x)"), 400, "");
  expect_problem(lookup(R"([])"), 400, "");
  expect_problem(ask("POST", "/v1/snapshot/monitor/lookup"), 400, "");
  expect_problem(ask("POST", "/v1/snapshot/zone/lookup", R"({"key":"a"})"), 400, "place");
  expect_problem(ask("POST", "/v1/snapshot/nothing/lookup", R"({"key":"a"})"), 404, "nothing");
}

TEST_F(Refusals, what_does_not_exist_is_404_and_says_what_there_is) {
  expect_problem(ask("POST", "/v1/streams/nothing", "{}"), 404, "monitor");
  expect_problem(ask("POST", "/v1/snapshot/nothing", "{}"), 404, "monitor");
  expect_problem(ask("GET", "/v1/streams/0123"), 404, "0123");
  expect_problem(ask("GET", "/v1/streams/monitor"), 404, "monitor");
  expect_problem(ask("DELETE", "/v1/streams/0123"), 404, "0123");
  expect_problem(ask("GET", "/v1/snapshot/0123"), 404, "0123");
  expect_problem(ask("PATCH", "/v1/inputs/nothing", "[]"), 404, "readings");
  expect_problem(ask("PATCH", "/v1/inputs/secret", R"([["a",["b"]]])"), 404, "declared writable");
  expect_problem(ask("PATCH", "/v1/inputs", R"({"values":[[1,[1]]],"secret":[]})"), 404, "secret");
  expect_problem(ask("GET", "/v2"), 404, "/v2");
  EXPECT_EQ(rig.service.graph().version(), 0u);
}

TEST_F(Refusals, other_methods_are_405_with_those_that_work) {
  const std::vector<std::vector<std::string>> cases = {{"PUT", "/v1/streams/x", "GET, HEAD, POST, DELETE, OPTIONS"},
                                                       {"PATCH", "/v1/snapshot/x", "GET, HEAD, POST, OPTIONS"},
                                                       {"GET", "/v1/snapshot/x/lookup", "POST, OPTIONS"},
                                                       {"POST", "/v1/inputs/x", "PATCH, OPTIONS"},
                                                       {"DELETE", "/v1/inputs", "GET, HEAD, PATCH, OPTIONS"},
                                                       {"POST", "/healthz", "GET, HEAD, OPTIONS"},
                                                       {"DELETE", "/v1/resources", "GET, HEAD, OPTIONS"}};
  for (const auto& one : cases) {
    const auto answer = ask(one[0], one[1]);
    EXPECT_EQ(answer.status, 405) << one[0] << " " << one[1];
    EXPECT_EQ(answer.header("Allow"), one[2]);
  }
}

TEST_F(Refusals, bodies_that_are_not_json_are_415) {
  for (const auto* type : {"text/plain", "multipart/form-data", "application/jsonp"}) {
    const std::vector<std::string> headers = {std::string("Content-Type: ") + type};
    for (const auto* target : {"/v1/streams/monitor", "/v1/snapshot/monitor", "/v1/snapshot/monitor/lookup"}) {
      expect_problem(ask("POST", target, "{}", headers), 415, type);
    }
    expect_problem(ask("PATCH", "/v1/inputs", "{}", headers), 415, type);
    expect_problem(ask("PATCH", "/v1/inputs/values", "[]", headers), 415, type);
  }
  for (const auto* type :
       {"application/json; charset=utf-8", "application/merge-patch+json", "application/x-www-form-urlencoded"}) {
    EXPECT_EQ(ask("PATCH", "/v1/inputs", "{}", {std::string("Content-Type: ") + type}).status, 200);
  }
}

TEST_F(Refusals, a_stream_is_to_be_had_in_three_forms_only_and_as_events_where_nothing_is_said) {
  const std::string id = rig.open("monitor");
  for (const auto* accept : {"application/xml", "text/plain, image/*", "text/event-stream;q=0"}) {
    const auto answer = ask("GET", "/v1/streams/" + id, "", {std::string("Accept: ") + accept});
    expect_problem(answer, 406, "text/event-stream");
    EXPECT_THAT(answer.body, HasSubstr("application/x-ndjson"));
    EXPECT_THAT(answer.body, HasSubstr("application/json"));
  }
  for (const auto* accept : {"*/*", "text/*", "text/html, text/event-stream", "Text/Event-Stream"}) {
    auto reader = rig.connect();
    reader.send("GET /v1/streams/" + id + " HTTP/1.1\r\nHost: x\r\nAccept: " + accept + "\r\n\r\n");
    EXPECT_THAT(reader.read_until("event: init"), HasSubstr("200 OK")) << accept;
  }
  auto reader = rig.connect();
  reader.send("GET /v1/streams/" + id + " HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(reader.read_until("event: init"), HasSubstr("200 OK"));
}

TEST_F(Refusals, writes_that_do_not_fit_name_their_path_and_leave_nothing) {
  const std::vector<std::vector<std::string>> cases = {
      {"/readings", R"([["a",[{"place":"x","celsius":1}]],["b",[{"place":"x","celsius":"2"}]]])", "$[1][1][0].celsius"},
      {"/readings", R"([["a",[{"place":"x","celsius":1}]],[2,[]]])", "$[1][0]"},
      {"/readings", R"([["a",[{"place":"x"}]]])", "$[0][1][0].celsius"},
      {"/readings", R"([["a",[{"place":"x","celsius":1,"kelvin":2}]]])", "$[0][1][0].kelvin"},
      {"/readings", R"([["a",{"place":"x","celsius":1}]])", "$[0][1]"},
      {"/readings", R"([["a"]])", "$[0]"},
      {"/readings", R"([["a",[],3]])", "$[0][2]"},
      {"/readings", R"([{"a":1}])", "$[0]"},
      {"/readings", R"({"a":[]})", "$"},
      {"", R"({"values":[[1,[1]]],"readings":[["a",[7]]]})", "$.readings[0][1][0]"},
      {"", R"({"values":[[1,[1]]],"values":[[1,[1]]]})", "$.values"},
      {"", R"([["a",[]]])", "$"},
  };
  for (const auto& one : cases) {
    expect_problem(rig.patch(one[0], one[1]), 400, "\"path\":\"" + one[2] + "\"");
  }
  for (const auto* text : {"", "[", "[[", R"([["a",[]]] x)", R"([["a",[]],])", "nonsense"}) {
    EXPECT_EQ(rig.patch("/readings", text).status, 400) << text;
    EXPECT_EQ(rig.patch("", text).status, 400) << text;
  }
  EXPECT_EQ(rig.service.graph().version(), 0u);
  EXPECT_EQ(rig.readings().size(), 0u);
}

TEST_F(Refusals, writes_that_a_check_or_a_strict_view_refuses_are_422_and_leave_nothing) {
  rig.set("a", 30);
  auto reader = rig.connect();
  reader.open_stream("/v1/streams/" + rig.open("monitor"));
  reader.next_event();
  const auto checked = rig.patch("", R"({"values":[[1,[1]]],"readings":[["b",[{"place":"x","celsius":-300}]]]})");
  expect_problem(checked, 422, "colder than cold");
  EXPECT_THAT(checked.body, HasSubstr("readings"));
  EXPECT_THAT(checked.body, HasSubstr("key b"));
  const auto guarded =
      rig.patch("", R"({"values":[[1,[1]]],"readings":[["a",[]],["c",[{"place":"x","celsius":666}]]]})");
  expect_problem(guarded, 422, "the guard says no");
  EXPECT_THAT(guarded.body, HasSubstr("guard"));
  EXPECT_THAT(guarded.body, HasSubstr("c"));

  EXPECT_EQ(rig.service.graph().version(), 1u);
  EXPECT_EQ(ask("POST", "/v1/snapshot/values").body, "[]");
  EXPECT_EQ(ask("POST", "/v1/snapshot/monitor").body, R"([["a",[{"place":"hall","celsius":30}]]])");
  rig.set("a", 31);
  EXPECT_EQ(reader.next_event().last_event_id, "t-2");  // the refused ones left no event either
}

TEST_F(Refusals, a_resource_that_cannot_be_built_is_the_affair_of_who_asked) {
  rig.set("a", 30);
  const auto nodes = rig.service.graph().stats().node_count;
  expect_problem(ask("POST", "/v1/streams/broken"), 500, "out of order");
  expect_problem(ask("POST", "/v1/snapshot/broken"), 500, "out of order");
  expect_problem(ask("POST", "/v1/streams/absent"), 404, "no such station");
  EXPECT_GE(ask("POST", "/v1/streams/strict").status, 400);
  EXPECT_EQ(rig.service.graph().stats().node_count, nodes);
  EXPECT_EQ(rig.streams().instances, 0u);
  EXPECT_EQ(rig.streams().build_failures, 4u);
  EXPECT_EQ(ask("POST", "/v1/streams/monitor").status, 200);
}

TEST_F(Refusals, one_clients_parameters_never_make_anothers_write_fail) {
  ask("POST", "/v1/streams/strict");
  auto reader = rig.connect();
  reader.open_stream("/v1/streams/" + rig.open("fragile"));
  EXPECT_EQ(rig.patch("/readings", R"([["a",[{"place":"x","celsius":5000}]]])").status, 200);
}

TEST(Limits, parameters_bodies_instances_and_readers_are_limited) {
  ServiceOptions options;
  options.streams.parameter_bytes_max = 64;
  options.streams.instances_max = 2;
  options.streams.instance_sessions_max = 2;
  options.streams.sessions_max = 3;
  options.http.body_bytes_max = 1000;
  TestService rig(options);
  auto client = rig.connect();
  const std::vector<std::string> json = {"Content-Type: application/json"};
  const std::string spaces(100, ' ');
  EXPECT_EQ(client.request("POST", "/v1/streams/monitor", "{}" + spaces, json).status, 413);
  EXPECT_EQ(client.request("POST", "/v1/snapshot/monitor", "{}" + spaces, json).status, 413);
  EXPECT_EQ(client.request("POST", "/v1/snapshot/monitor/lookup", R"({"key":"a"})" + spaces, json).status, 413);
  EXPECT_EQ(rig.patch("/values", "[]" + std::string(1000, ' ')).status, 413);
  EXPECT_EQ(rig.streams().parameters_refused, 3u);

  const std::string first = rig.open("monitor");
  const std::string second = rig.open("values");
  EXPECT_EQ(client.request("POST", "/v1/streams/points").status, 429);
  EXPECT_EQ(rig.open("monitor"), first);  // sharing is always possible
  EXPECT_EQ(rig.streams().instances_refused, 1u);

  std::vector<net::testing::HttpClient> readers;
  const auto read = [&](const std::string& id) {
    readers.push_back(rig.connect());
    return readers.back().open_stream("/v1/streams/" + id).status;
  };
  EXPECT_EQ(read(first), 200);
  EXPECT_EQ(read(first), 200);
  EXPECT_EQ(read(first), 429);
  EXPECT_EQ(read(second), 200);
  EXPECT_EQ(read(second), 429);
  EXPECT_EQ(rig.streams().sessions_refused, 2u);
  EXPECT_EQ(client.request("DELETE", "/v1/streams/" + second).status, 204);
  EXPECT_EQ(client.request("POST", "/v1/streams/points").status, 200);
}

}  // namespace
}  // namespace freshet
