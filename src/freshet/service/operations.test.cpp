// SPDX-License-Identifier: MIT
// What those who run a service rely on: limits of clients, header fields, the access log, readiness and the drain.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "freshet/base/ids.hpp"
#include "freshet/net/testing/websocket_client.hpp"
#include "freshet/service/testing/test_service.hpp"

namespace freshet {
namespace {

using namespace std::chrono_literals;
using net::testing::ClientResponse;
using net::testing::HttpClient;
using net::testing::WebSocketClient;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::TestService;

/// As from somewhere else: this machine is limited, too.
ServiceOptions limited() {
  ServiceOptions options;
  options.http.clients.unlimited.clear();
  return options;
}

std::string metrics_of(TestService& rig) { return rig.connect().get("/metrics").body; }

TEST(ClientLimits, refusals_say_when_to_come_back_and_pages_of_other_origins_can_read_them) {
  ServiceOptions options = limited();
  options.http.clients.requests = {.per_second = 0.25, .burst = 1};
  options.cors_origins = {"https://a.example"};
  TestService rig(options);
  auto client = rig.connect();
  EXPECT_EQ(client.get("/healthz").status, 200);
  const ClientResponse refusal = client.request("GET", "/healthz", "", {"Origin: https://a.example"});
  EXPECT_EQ(refusal.status, 429);
  EXPECT_EQ(refusal.header("Retry-After"), "4");
  EXPECT_EQ(refusal.header("Content-Type"), "application/problem+json");
  EXPECT_EQ(refusal.header("Access-Control-Allow-Origin"), "https://a.example");
  EXPECT_THAT(std::string(refusal.header("Access-Control-Expose-Headers")), HasSubstr("Retry-After"));
  EXPECT_THAT(refusal.body, HasSubstr(R"("code":"limit_exceeded")"));
  rig.pass(4s);
  const std::string metrics = metrics_of(rig);
  EXPECT_THAT(metrics, HasSubstr("freshet_limits_total{limit=\"client_requests\"} 1\n"));
  EXPECT_THAT(metrics, HasSubstr("freshet_http_responses_total{code=\"429\"} 1\n"));
}

TEST(ClientLimits, writes_over_a_socket_count_as_writes) {
  ServiceOptions options = limited();
  options.http.clients.writes = {.per_second = 1, .burst = 3};
  TestService rig(options);
  EXPECT_EQ(rig.patch("/readings", R"([["a",[{"place":"hall","celsius":1}]]])").status, 200);
  WebSocketClient socket(rig.connect(), "/v1/ws");
  const auto write = [&](int celsius) {
    socket.send_text(R"({"type":"write","id":"w","inputs":{"readings":[["a",[{"place":"hall","celsius":)" +
                     std::to_string(celsius) + "}]]]}}");
    return socket.next();
  };
  EXPECT_THAT(write(2), HasSubstr("written"));
  EXPECT_THAT(write(3), HasSubstr("written"));
  EXPECT_THAT(write(4), AllOf(HasSubstr("too many writes from this address"), HasSubstr("limit_exceeded")));
  EXPECT_EQ(rig.patch("/readings", R"([["a",[{"place":"hall","celsius":5}]]])").status, 429);
  EXPECT_EQ(rig.service.graph().version(), 3u);
  rig.pass(1s);
  EXPECT_THAT(write(6), HasSubstr("written"));
  EXPECT_THAT(metrics_of(rig), HasSubstr("freshet_limits_total{limit=\"client_writes\"} 2\n"));
}

TEST(ClientLimits, one_address_has_so_many_streams_and_instances) {
  ServiceOptions options = limited();
  options.streams.client_sessions_max = 2;
  options.streams.client_instances_max = 2;
  TestService rig(options);
  const std::string id = rig.open("monitor");
  rig.open("values");
  auto client = rig.connect();
  const ClientResponse third = client.request("POST", "/v1/streams/points", "{}");
  EXPECT_EQ(third.status, 429);
  EXPECT_EQ(third.header("Retry-After"), "1");
  EXPECT_THAT(third.body, HasSubstr("you have opened too many instances"));
  EXPECT_EQ(rig.open("monitor"), id);  // one that is there costs nothing

  auto first = rig.connect();
  EXPECT_EQ(first.open_stream("/v1/streams/" + id).status, 200);
  {
    auto second = rig.connect();
    EXPECT_EQ(second.open_stream("/v1/streams/" + id).status, 200);
    EXPECT_EQ(client.get("/v1/streams/" + id).status, 429);
  }
  ASSERT_TRUE(rig.settle_until([&] { return rig.streams().sessions == 1; }));
  auto next = rig.connect();
  EXPECT_EQ(next.open_stream("/v1/streams/" + id).status, 200);
  EXPECT_EQ(rig.streams().client_sessions_refused, 1u);
  EXPECT_EQ(rig.streams().client_instances_refused, 1u);

  client.request("DELETE", "/v1/streams/" + id);
  client.request("DELETE", "/v1/streams/" + id);
  EXPECT_EQ(client.request("POST", "/v1/streams/points", "{}").status, 200);
}

TEST(ClientLimits, a_user_has_so_many_streams_wherever_he_is) {
  ServiceOptions options;
  options.streams.client_sessions_max = 1;
  options.auth.testing = true;
  options.http.proxies.trusted = {net::IpNetwork::parse("127.0.0.1").value()};
  TestService rig(options);
  const std::string id = rig.open("monitor");
  const auto read = [&](HttpClient& client, const std::string& user, const std::string& address) {
    return client.open_stream("/v1/streams/" + id, {"Authorization: Bearer " + user, "X-Forwarded-For: " + address})
        .status;
  };
  auto first = rig.connect(), second = rig.connect(), third = rig.connect();
  EXPECT_EQ(read(first, "ann", "192.0.2.1"), 200);
  EXPECT_EQ(read(second, "ann", "192.0.2.2"), 429);
  EXPECT_EQ(read(third, "bob", "192.0.2.1"), 200);
}

TEST(ClientLimits, programs_see_where_a_caller_is) {
  ServiceOptions options;
  options.auth.testing = true;
  options.http.proxies.trusted = {net::IpNetwork::parse("127.0.0.1").value()};
  TestService rig(options);
  Caller seen;
  rig.service.route(net::Method::get, "/where", [&](net::Request& request, const net::PathParams&) {
    seen = request.user();
    return net::Response::empty();
  });
  auto client = rig.connect();
  client.request("GET", "/where", "", {"X-Forwarded-For: 2001:db8:1:2:3::4"});
  EXPECT_EQ(seen.address, "2001:db8:1:2:3::4");
  EXPECT_EQ(seen.network, "2001:db8:1:2::/64");
  EXPECT_FALSE(seen.is_known());
  client.request("GET", "/where", "", {"X-Forwarded-For: 192.0.2.7", "Authorization: Bearer ann"});
  EXPECT_EQ(seen.address, "192.0.2.7");
  EXPECT_EQ(seen.user, "ann");
  Caller elsewhere = seen;
  elsewhere.address = "192.0.2.8";
  EXPECT_EQ(seen, elsewhere);
}

TEST(ResponseFields, keep_browsers_from_guessing_telling_and_embedding) {
  ServiceOptions options;
  options.hsts_max_age = 3600s;
  options.http.proxies.trusted = {net::IpNetwork::parse("127.0.0.1").value()};
  TestService rig(options);
  constexpr StaticFile kPage[] = {{"index.html", "text/html; charset=utf-8", "<!doctype html>"}};
  rig.service.files("/", kPage);
  rig.service.route(net::Method::get, "/framed", [](net::Request&, const net::PathParams&) {
    net::Response page = net::Response::bytes("text/html", net::make_block("x"));
    page.headers.add("Content-Security-Policy", "frame-ancestors 'self'");
    return page;
  });
  auto client = rig.connect();
  for (const char* target : {"/healthz", "/nothing", "/index.html", "/v1/resources"}) {
    const ClientResponse answer = client.get(target);
    EXPECT_EQ(answer.header("X-Content-Type-Options"), "nosniff") << target;
    EXPECT_EQ(answer.header("Referrer-Policy"), "no-referrer") << target;
    EXPECT_EQ(answer.header("Cross-Origin-Resource-Policy"), "same-origin") << target;
    EXPECT_EQ(answer.header("Strict-Transport-Security"), "") << target;
    EXPECT_EQ(answer.header("X-Request-Id").size(), 15u) << target;
  }
  EXPECT_EQ(client.get("/nothing").header("Cache-Control"), "no-store");
  EXPECT_THAT(std::string(client.get("/").header("Content-Security-Policy")),
              AllOf(HasSubstr("default-src 'self'"), HasSubstr("frame-ancestors 'none'")));
  EXPECT_EQ(client.get("/framed").header("Content-Security-Policy"), "frame-ancestors 'self'");
  EXPECT_EQ(client.get("/healthz").header("Content-Security-Policy"), "");
  EXPECT_EQ(client.request("GET", "/healthz", "", {"X-Forwarded-Proto: https"}).header("Strict-Transport-Security"),
            "max-age=3600");
  EXPECT_EQ(client.request("GET", "/healthz", "", {"X-Request-Id: web-7"}).header("X-Request-Id"), "web-7");
  const ClientResponse stream = client.open_stream("/v1/streams/" + rig.open("monitor"));
  EXPECT_EQ(stream.header("Cache-Control"), "no-store");
  EXPECT_EQ(stream.header("X-Content-Type-Options"), "nosniff");
}

TEST(Origins, preflights_allow_what_clients_send_and_answers_show_what_they_read) {
  ServiceOptions options;
  options.cors_origins = {"https://a.example"};
  TestService rig(options);
  auto client = rig.connect();
  const ClientResponse preflight = client.request(
      "OPTIONS", "/v1/streams/x", "", {"Origin: https://a.example", "Access-Control-Request-Method: DELETE"});
  EXPECT_EQ(preflight.header("Access-Control-Max-Age"), "7200");
  EXPECT_EQ(preflight.header("Vary"), "Origin");
  const std::string allowed(preflight.header("Access-Control-Allow-Headers"));
  for (const char* name : {"Authorization", "Content-Type", "Last-Event-ID", "If-Match", "X-Request-Id"}) {
    EXPECT_THAT(allowed, HasSubstr(name));
  }
  EXPECT_THAT(std::string(preflight.header("Access-Control-Allow-Methods")), HasSubstr("DELETE"));
  const ClientResponse answer = client.request("GET", "/v1/streams/x", "", {"Origin: https://a.example"});
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.header("Access-Control-Allow-Origin"), "https://a.example");
  for (const char* name : {"ETag", "Retry-After", "Location", "X-Request-Id"}) {
    EXPECT_THAT(std::string(answer.header("Access-Control-Expose-Headers")), HasSubstr(name));
  }
  EXPECT_EQ(answer.header("Cross-Origin-Resource-Policy"), "cross-origin");
  for (const char* origin : {"https://a.example", "https://b.example", "null"}) {
    const ClientResponse any = client.request("GET", "/healthz", "", {std::string("Origin: ") + origin, "Cookie: a=b"});
    EXPECT_EQ(any.header("Access-Control-Allow-Credentials"), "") << origin;
  }
}

TEST(Origins, see_refusals_of_what_could_not_be_read_to_its_end) {
  ServiceOptions options;
  options.cors_origins = {"https://a.example"};
  options.http.body_bytes_max = 10;
  TestService rig(options);
  const auto refused = [&](const std::string& framing) {
    auto client = rig.connect();
    client.send("PATCH /v1/inputs/readings HTTP/1.1\r\nHost: a\r\nOrigin: https://a.example\r\nX-Request-Id: big\r\n" +
                framing);
    return client.read_response();
  };
  for (const auto& [framing, status] : {std::pair{"Content-Length: 11\r\n\r\n", 413},
                                        {"Transfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n6\r\n123456\r\n", 413},
                                        {"Transfer-Encoding: chunked\r\n\r\nnonsense\r\n", 400}}) {
    const ClientResponse answer = refused(framing);
    EXPECT_EQ(answer.status, status) << framing;
    EXPECT_EQ(answer.header("Access-Control-Allow-Origin"), "https://a.example") << framing;
    EXPECT_EQ(answer.header("X-Request-Id"), "big") << framing;
    EXPECT_EQ(answer.header("Connection"), "close") << framing;
  }
  EXPECT_EQ(refused("Content-Length: 11\r\nContent-Length: 12\r\n\r\n").header("Access-Control-Allow-Origin"), "");
  const std::string metrics = metrics_of(rig);
  EXPECT_THAT(metrics, HasSubstr("freshet_http_responses_total{code=\"413\"} 2\n"));
  EXPECT_THAT(metrics, HasSubstr("freshet_http_responses_total{code=\"400\"} 2\n"));
}

struct AccessLogs : ::testing::Test {
  AccessLogs() { std::filesystem::create_directories(folder); }
  ~AccessLogs() override { std::filesystem::remove_all(folder); }

  std::string text() const {
    std::ifstream file(folder / "access.log", std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }

  const std::filesystem::path folder = std::filesystem::temp_directory_path() / random_token("freshet-operations-");
};

TEST_F(AccessLogs, have_a_line_for_each_request_stream_and_socket_and_no_secret) {
  ServiceOptions options;
  options.access_log.file = (folder / "access.log").string();
  options.auth.testing = true;
  options.auth.query_token = true;
  {
    TestService rig(options);
    const std::string id = rig.open("monitor");
    auto client = rig.connect();
    client.request("GET", "/v1/resources?access_token=hunter2", "", {"X-Request-Id: web-1"});
    client.request("GET", "/v1/inputs", "", {"Authorization: Bearer hunter2", "Cookie: session=hunter2"});
    {
      auto reader = rig.connect();
      reader.open_stream("/v1/streams/" + id + "?access_token=hunter2&since=t-0");
      EXPECT_EQ(reader.next_event().type, "init");
      rig.pass(90s);
      WebSocketClient socket(rig.connect(), "/v1/ws?access_token=hunter2");
    }
    ASSERT_TRUE(rig.settle_until([&] { return rig.streams().sessions == 0; }));
    EXPECT_THAT(metrics_of(rig), AllOf(HasSubstr("freshet_access_log_lines_total 5\n"),
                                       HasSubstr("freshet_access_log_dropped_total 0\n")));
  }
  const std::string log = text();
  EXPECT_THAT(log, Not(HasSubstr("hunter2")));
  EXPECT_THAT(log,
              HasSubstr(R"("path":"/v1/resources","query":"access_token=***","protocol":"http/1.1","status":200)"));
  EXPECT_THAT(log, HasSubstr(R"("request_id":"web-1")"));
  EXPECT_THAT(log, HasSubstr(R"("query":"access_token=***&since=t-0","protocol":"http/1.1","status":200,"bytes":)"));
  EXPECT_THAT(log, HasSubstr(R"("duration_us":90000000)"));
  EXPECT_THAT(log, HasSubstr(R"("closed":"peer_gone"})"));
  EXPECT_THAT(log, HasSubstr(R"("protocol":"websocket","status":101)"));
}

TEST_F(AccessLogs, that_cannot_be_written_keep_the_service_from_starting) {
  ServiceOptions options;
  options.access_log.file = (folder / "nothing" / "access.log").string();
  try {
    TestService rig(options);
    FAIL() << "it started";
  } catch (const std::exception& error) {
    EXPECT_THAT(error.what(), HasSubstr("access.log"));
  }
}

TEST(Readiness, is_said_once_everything_is_there_and_until_the_stop_begins) {
  ServiceOptions options;
  options.drain_delay = 10s;
  TestService rig(options);
  bool is_loaded = false;
  rig.service.ready_when("store", [&] { return is_loaded; });
  auto client = rig.connect();
  ClientResponse answer = client.get("/readyz");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.body, R"({"status":"starting","waiting_for":["store"]})");
  EXPECT_EQ(answer.header("Cache-Control"), "no-store");
  EXPECT_THAT(metrics_of(rig), HasSubstr("freshet_ready 0\n"));
  is_loaded = true;
  answer = client.get("/readyz");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"status":"ready"})");
  EXPECT_THAT(metrics_of(rig), HasSubstr("freshet_ready 1\n"));

  auto reader = rig.connect();
  const std::string id = rig.open("monitor");
  reader.open_stream("/v1/streams/" + id);
  EXPECT_EQ(reader.next_event().type, "init");
  rig.service.stop();
  rig.pass(9s);
  answer = client.get("/readyz");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.body, R"({"status":"stopping"})");
  EXPECT_EQ(client.get("/livez").status, 200);
  // Until then everybody is served, also those who come now.
  EXPECT_EQ(rig.connect().get("/healthz").status, 200);
  rig.set("a", 30);
  EXPECT_EQ(reader.next_event().type, "update");
  rig.pass(2s);
  EXPECT_THAT(reader.read_to_end(), HasSubstr("retry:"));
  EXPECT_ANY_THROW(rig.connect().get("/healthz"));
}

TEST(Draining, tells_readers_in_waves_to_come_back_at_different_times) {
  ServiceOptions options;
  options.streams.drain_sessions_per_second = 100;  // ten in each tenth of a second
  options.streams.retry_min = 1s;
  options.streams.retry_max = 20s;
  options.stop_deadline = 10s;
  TestService rig(options);
  constexpr std::size_t kReaders = 45;
  std::vector<std::string> ids;
  for (int i = 0; i < 3; ++i) ids.push_back(rig.open("monitor", R"({"threshold":)" + std::to_string(i) + "}"));
  std::vector<HttpClient> readers;
  for (std::size_t i = 0; i < kReaders; ++i) {
    readers.push_back(rig.connect());
    readers.back().open_stream("/v1/streams/" + ids[i % ids.size()]);
    EXPECT_EQ(readers.back().next_event().type, "init");
  }
  auto client = rig.connect();
  EXPECT_EQ(client.get("/healthz").status, 200);
  rig.service.stop();
  EXPECT_EQ(rig.streams().sessions, kReaders - 10);
  // Who is still to be told is served, and nobody begins anew.
  rig.set("a", 30);
  rig.settle();
  std::size_t served = 0;
  for (HttpClient& reader : readers)
    served += reader.read_available().find("event: update") != std::string::npos ? 1 : 0;
  EXPECT_EQ(served, kReaders - 10);
  const ClientResponse refused = client.get("/v1/streams/" + ids[0]);
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.header("Connection"), "close");
  for (std::size_t left : {25u, 15u, 5u, 0u}) {
    rig.pass(100ms);
    EXPECT_EQ(rig.streams().sessions, left);
  }
  EXPECT_EQ(rig.streams().drain_waves, 5u);
  EXPECT_EQ(rig.streams().drained, kReaders);
}

TEST(Draining, is_over_in_half_of_the_time_until_the_stop) {
  ServiceOptions options;
  options.streams.drain_sessions_per_second = 10;
  options.stop_deadline = 600ms;
  TestService rig(options);
  const std::string id = rig.open("monitor");
  std::vector<HttpClient> readers;
  for (int i = 0; i < 30; ++i) {
    readers.push_back(rig.connect());
    readers.back().open_stream("/v1/streams/" + id);
  }
  rig.service.stop();
  rig.pass(100ms);
  rig.pass(100ms);
  EXPECT_EQ(rig.streams().sessions, 0u);
  EXPECT_EQ(rig.streams().drain_waves, 3u);
  std::set<std::string> endings;
  for (HttpClient& reader : readers) {
    const std::string all = reader.read_to_end();
    endings.insert(all.substr(all.find("retry:")));
  }
  EXPECT_GT(endings.size(), 15u);  // of 30 times between half a second and five
}

TEST(Durations, are_measured_for_requests_encoding_and_delivery) {
  TestService rig;
  auto reader = rig.connect();
  reader.open_stream("/v1/streams/" + rig.open("monitor"));
  EXPECT_EQ(reader.next_event().type, "init");
  rig.set("a", 30);
  rig.set("b", 30);  // in the same turn
  rig.settle();
  rig.set("a", 31);
  rig.settle();
  EXPECT_EQ(rig.streams().encode_times.count(), 3u);
  EXPECT_EQ(rig.streams().delivery_times.count(), 2u);
  const std::string metrics = metrics_of(rig);
  EXPECT_THAT(metrics, HasSubstr("# TYPE freshet_delivery_seconds histogram\n"));
  EXPECT_THAT(metrics, HasSubstr("freshet_delivery_seconds_count 2\n"));
  EXPECT_THAT(metrics, HasSubstr("freshet_encode_seconds_bucket{le=\"+Inf\"} 3\n"));
  EXPECT_THAT(metrics, HasSubstr("freshet_http_request_seconds_count "));
}

}  // namespace
}  // namespace freshet
