// SPDX-License-Identifier: MIT
// What is beside the streams: metrics, files, pages of other origins.
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "freshet/service/testing/test_service.hpp"

namespace freshet {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::TestService;

TEST(Metrics, show_what_happened) {
  TestService rig;
  rig.set("a", 30);
  const std::string id = rig.open("monitor");
  rig.open("monitor");
  auto reader = rig.connect();
  reader.open_stream("/v1/streams/" + id);
  reader.next_event();
  rig.set("a", 31);
  reader.next_event();
  auto client = rig.connect();
  client.get("/nothing");
  rig.patch("/readings", R"([["a",[{"place":"x","celsius":-300}]]])");
  const auto metrics = client.get("/metrics");
  EXPECT_EQ(metrics.status, 200);
  EXPECT_EQ(metrics.header("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  for (const auto* line :
       {"freshet_instances 1\n", "freshet_openings 2\n", "freshet_sessions 1\n", "freshet_version 2\n",
        "freshet_commits_total 2\n", "freshet_commits_refused_total 1\n", "freshet_events_sent_total 2\n",
        "freshet_events_encoded_total{event=\"init\"} 1\n", "freshet_events_encoded_total{event=\"update\"} 1\n",
        "freshet_http_responses_total{code=\"404\"} 1\n", "freshet_http_responses_total{code=\"422\"} 1\n",
        "freshet_queue_bytes 0\n", "freshet_limits_total{limit=\"instances\"} 0\n"}) {
    EXPECT_THAT(metrics.body, HasSubstr(line));
  }
  EXPECT_THAT(metrics.body, Not(HasSubstr("freshet_event_bytes_total 0\n")));
}

constexpr StaticFile kFiles[] = {{"index.html", "text/html; charset=utf-8", "<!doctype html><title>x</title>"},
                                 {"scripts/chart.js", "text/javascript", "let x = 1;"},
                                 {"empty.css", "text/css", ""}};

TEST(Files, are_sent_as_they_are_and_only_once_per_build) {
  TestService rig;
  rig.service.files("/", kFiles);
  auto client = rig.connect();
  for (const auto* target : {"/", "/index.html"}) {
    const auto page = client.get(target);
    EXPECT_EQ(page.status, 200);
    EXPECT_EQ(page.header("Content-Type"), "text/html; charset=utf-8");
    EXPECT_EQ(page.body, kFiles[0].bytes);
  }
  const auto script = client.get("/scripts/chart.js");
  EXPECT_EQ(script.body, "let x = 1;");
  const std::string etag(script.header("ETag"));
  EXPECT_NE(etag, client.get("/index.html").header("ETag"));
  EXPECT_EQ(client.request("GET", "/scripts/chart.js", "", {"If-None-Match: " + etag}).status, 304);
  EXPECT_EQ(client.request("GET", "/scripts/chart.js", "", {"If-None-Match: \"other\", W/" + etag}).status, 304);
  EXPECT_EQ(client.request("GET", "/scripts/chart.js", "", {"If-None-Match: \"other\""}).status, 200);
  EXPECT_EQ(client.get("/empty.css").status, 200);
  EXPECT_EQ(client.get("/scripts/other.js").status, 404);
  EXPECT_EQ(client.request("POST", "/index.html").status, 405);
  EXPECT_EQ(client.get("/healthz").status, 200);
}

TEST(Origins, without_the_option_no_other_origin_is_let_in) {
  TestService rig;
  auto client = rig.connect();
  EXPECT_EQ(client.request("GET", "/healthz", "", {"Origin: https://a.example"}).header("Access-Control-Allow-Origin"),
            "");
}

TEST(Origins, only_those_named_are_let_in_for_streams_refusals_and_preflights_alike) {
  ServiceOptions options;
  options.cors_origins = {"https://a.example", "https://b.example"};
  TestService rig(options);
  auto client = rig.connect();
  const std::vector<std::string> from_b = {"Origin: https://b.example"};
  for (const auto* target : {"/healthz", "/nothing", "/v1/streams/unknown"}) {
    const auto answer = client.request("GET", target, "", from_b);
    EXPECT_EQ(answer.header("Access-Control-Allow-Origin"), "https://b.example") << target;
    EXPECT_EQ(answer.header("Vary"), "Origin");
  }
  EXPECT_EQ(client.request("GET", "/healthz", "", {"Origin: https://c.example"}).header("Access-Control-Allow-Origin"),
            "");
  EXPECT_EQ(client.request("GET", "/healthz", "", {"Origin: null"}).header("Access-Control-Allow-Origin"), "");
  EXPECT_EQ(client.get("/healthz").header("Access-Control-Allow-Origin"), "");
  EXPECT_EQ(client.get("/healthz").header("Vary"), "Origin");

  const auto preflight = client.request("OPTIONS", "/v1/inputs/readings", "",
                                        {"Origin: https://a.example", "Access-Control-Request-Method: PATCH",
                                         "Access-Control-Request-Headers: content-type"});
  EXPECT_EQ(preflight.status, 204);
  EXPECT_EQ(preflight.header("Access-Control-Allow-Origin"), "https://a.example");
  EXPECT_THAT(std::string(preflight.header("Access-Control-Allow-Methods")), HasSubstr("PATCH"));
  EXPECT_THAT(std::string(preflight.header("Access-Control-Allow-Headers")), HasSubstr("Last-Event-ID"));

  auto reader = rig.connect();
  EXPECT_EQ(reader.open_stream("/v1/streams/" + rig.open("monitor"), from_b).header("Access-Control-Allow-Origin"),
            "https://b.example");
}

TEST(Origins, a_star_lets_everybody_in) {
  ServiceOptions options;
  options.cors_origins = {"*"};
  TestService rig(options);
  auto client = rig.connect();
  EXPECT_EQ(client.request("GET", "/healthz", "", {"Origin: null"}).header("Access-Control-Allow-Origin"), "*");
}

}  // namespace
}  // namespace freshet
