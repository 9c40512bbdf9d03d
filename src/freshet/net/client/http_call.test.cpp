// SPDX-License-Identifier: MIT
#include "freshet/net/client/http_call.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "freshet/net/output_stream.hpp"
#include "freshet/net/testing/certificates.hpp"
#include "freshet/net/testing/hello_server.hpp"
#include "freshet/net/testing/raw_server.hpp"

namespace freshet::net {
namespace {

using namespace std::chrono_literals;
using testing::HelloServer;
using testing::RawServer;

/// Writes down what a call tells.
struct Recorder final : HttpCallListener {
  void on_head(const ResponseHead& head) override {
    status = head.status;
    if (at_head) at_head();
  }
  void on_body(std::string_view bytes) override {
    body += bytes;
    if (at_body) at_body();
  }
  void on_end(Result<void> result) override {
    end = std::move(result);
    if (at_end) at_end();
  }
  bool ended() const { return end.has_value(); }
  std::string fault() const { return !end ? "not ended" : *end ? "" : end->error().detail; }

  int status = 0;
  std::string body;
  std::optional<Result<void>> end;
  std::function<void()> at_head, at_body, at_end;
};

Url url_of(std::uint16_t port, const std::string& target) {
  return *parse_url("http://127.0.0.1:" + std::to_string(port) + target);
}

TEST(HttpCall, gets_an_answer_without_blocking_its_loop) {
  HelloServer server;
  // [call]
  Recorder recorder;  // an HttpCallListener
  HttpCall call(server.rig.loop, {.url = url_of(server.rig.port, "/hello")}, {}, recorder);
  server.rig.settle_until([&] { return recorder.ended(); });
  EXPECT_EQ(recorder.status, 200);
  EXPECT_EQ(recorder.body, "hello\n");
  // [/call]
  EXPECT_EQ(recorder.fault(), "");
}

TEST(HttpCall, sends_a_body_and_takes_large_answers) {
  HelloServer server;
  Recorder echo, large;
  const std::string body(900'000, 'b');
  HttpCall sending(server.rig.loop, {.method = Method::post, .url = url_of(server.rig.port, "/echo"), .body = body}, {},
                   echo);
  HttpCall taking(server.rig.loop, {.url = url_of(server.rig.port, "/large")}, {}, large);
  EXPECT_TRUE(server.rig.settle_until([&] { return echo.ended() && large.ended(); }));
  EXPECT_EQ(echo.body, body);
  EXPECT_EQ(large.body.size(), 8U * 1024 * 1024);
}

TEST(HttpExchange, gives_the_answer_as_a_whole) {
  HelloServer server;
  std::optional<Result<ClientResponse>> answer;
  std::unique_ptr<HttpExchange> exchange;
  const auto get = [&](const std::string& target, HttpCallOptions options) {
    answer.reset();
    exchange = std::make_unique<HttpExchange>(server.rig.loop, ClientRequest{.url = url_of(server.rig.port, target)},
                                              std::move(options), [&](Result<ClientResponse> got) {
                                                answer = std::move(got);
                                                exchange.reset();
                                              });
    EXPECT_TRUE(server.rig.settle_until([&] { return answer.has_value(); }));
  };
  get("/hello", {});
  EXPECT_EQ((*answer)->body, "hello\n");
  EXPECT_EQ((*answer)->status, 200);
  get("/nowhere", {});
  EXPECT_EQ((*answer)->status, 404);
  get("/large", {});
  EXPECT_EQ(answer->error().code, ErrorCode::too_large);
}

TEST(HttpCall, that_is_paused_makes_the_server_hold_back) {
  HelloServer server;
  Recorder recorder;
  std::optional<HttpCall> call;
  recorder.at_body = [&] { call->pause(); };
  call.emplace(server.rig.loop, ClientRequest{.url = url_of(server.rig.port, "/large")}, HttpCallOptions{}, recorder);
  EXPECT_TRUE(server.rig.settle_until([&] { return !recorder.body.empty(); }));
  server.rig.settle();
  const std::size_t paused_at = recorder.body.size();
  EXPECT_LE(paused_at, 32U * 1024);
  // Silence is nobody's fault now.
  server.rig.pass(20s);
  EXPECT_EQ(recorder.body.size(), paused_at);
  EXPECT_FALSE(recorder.ended());
  recorder.at_body = nullptr;
  call->resume();
  EXPECT_TRUE(server.rig.settle_until([&] { return recorder.ended(); }));
  EXPECT_EQ(recorder.body.size(), 8U * 1024 * 1024);
}

/// A loop and a server that answers as it is told.
struct RawCall {
  bool settle_until(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      loop.poll();
      server.poll();
    }
    return true;
  }
  void pass(std::chrono::milliseconds time) {
    clock.advance(time);
    for (int turn = 0; turn < 20; ++turn) loop.poll(), server.poll();
  }
  /// Calls, and has the server answer with `bytes` and close.
  void call(const std::string& bytes, HttpCallOptions options = {}) {
    server.on_request([bytes](RawServer::Connection& connection) {
      connection.send(bytes);
      connection.close();
    });
    recorder = Recorder();
    HttpCall http(loop, {.url = url_of(server.port(), "/")}, options, recorder);
    EXPECT_TRUE(settle_until([&] { return recorder.ended(); }));
  }

  SimulatedClock clock;
  Loop loop{clock};
  RawServer server;
  Recorder recorder;
};

TEST(HttpCall, tells_an_end_from_a_cut) {
  RawCall raw;
  raw.call("HTTP/1.1 200 OK\r\n\r\nall of it");
  EXPECT_EQ(raw.recorder.fault(), "");
  EXPECT_EQ(raw.recorder.body, "all of it");
  raw.call("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nhalf of it");
  EXPECT_EQ(raw.recorder.fault(), "the connection ended in its midst");
  EXPECT_EQ(raw.recorder.body, "half of it");
  raw.call("");
  EXPECT_EQ(raw.recorder.fault(), "the connection ended");
  raw.call("SSH-2.0-OpenSSH\r\n");
  EXPECT_EQ(raw.recorder.end->error().primary, "the answer is not one of HTTP/1.1");
}

TEST(HttpCall, sends_what_it_says_and_nothing_that_could_be_read_otherwise) {
  RawCall raw;
  Recorder recorder;
  const ClientRequest request{.method = Method::post,
                              .url = *parse_url("http://127.0.0.1:" + std::to_string(raw.server.port()) + "/a?b"),
                              .headers = {{"X-Y", "z"}}};
  HttpCall call(raw.loop, request, {}, recorder);
  ASSERT_TRUE(raw.settle_until([&] { return raw.server.count() == 1 && raw.server[0].has_request(); }));
  EXPECT_EQ(raw.server[0].received, "POST /a?b HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(raw.server.port()) +
                                        "\r\nConnection: close\r\nAccept-Encoding: identity\r\nX-Y: z\r\n"
                                        "Content-Length: 0\r\n\r\n");
  for (const Header& field :
       {Header{"A", "b\r\nC: d"}, {"A b", "c"}, {"content-length", "5"}, {"Host", "x"}, {"", "x"}}) {
    Recorder refused;
    HttpCall bad(raw.loop, {.url = request.url, .headers = {field}}, {}, refused);
    ASSERT_TRUE(raw.settle_until([&] { return refused.ended(); }));
    EXPECT_EQ(refused.end->error().code, ErrorCode::invalid_argument) << field.name;
  }
}

TEST(HttpCall, waits_for_nothing_for_ever) {
  RawCall raw;
  const HttpCallOptions options{.connect_timeout = 1s, .answer_timeout = 2s, .idle_timeout = 3s};
  HttpCall silent(raw.loop, {.url = url_of(raw.server.port(), "/")}, options, raw.recorder);
  ASSERT_TRUE(raw.settle_until([&] { return raw.server.count() == 1 && raw.server[0].has_request(); }));
  raw.pass(1999ms);
  EXPECT_FALSE(raw.recorder.ended());
  raw.pass(1ms);
  EXPECT_EQ(raw.recorder.fault(), "no answer came in time");

  Recorder idle;
  HttpCall call(raw.loop, {.url = url_of(raw.server.port(), "/")}, options, idle);
  ASSERT_TRUE(raw.settle_until([&] { return raw.server.count() == 2 && raw.server[1].has_request(); }));
  raw.server[1].send("HTTP/1.1 200 OK\r\n\r\na");
  ASSERT_TRUE(raw.settle_until([&] { return idle.body == "a"; }));
  raw.pass(2s);
  raw.server[1].send("b");
  ASSERT_TRUE(raw.settle_until([&] { return idle.body == "ab"; }));
  raw.pass(2s);
  EXPECT_FALSE(idle.ended());
  raw.pass(1s);
  EXPECT_EQ(idle.fault(), "nothing has come for too long");
}

TEST(HttpCall, may_be_destroyed_in_each_of_its_callbacks_and_is_silent_then) {
  for (int where = 0; where < 4; ++where) {
    RawCall raw;
    Recorder recorder;
    std::unique_ptr<HttpCall> call;
    const auto destroy = [&] { call.reset(); };
    if (where == 0) recorder.at_head = destroy;
    if (where == 1) recorder.at_body = destroy;
    if (where == 2) recorder.at_end = destroy;
    raw.server.on_request(
        [](RawServer::Connection& connection) { connection.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody"); });
    call = std::make_unique<HttpCall>(raw.loop, ClientRequest{.url = url_of(raw.server.port(), "/")}, HttpCallOptions{},
                                      recorder);
    if (where == 3) call.reset();
    for (int turn = 0; turn < 200; ++turn) raw.loop.poll(), raw.server.poll();
    EXPECT_TRUE(raw.settle_until([&] { return call == nullptr; }));
    EXPECT_EQ(recorder.ended(), where == 2) << where;
    EXPECT_EQ(recorder.body.empty(), where == 0 || where == 3) << where;
  }
}

TEST(HttpCall, says_that_nobody_is_there) {
  RawCall raw;
  std::uint16_t port = 0;
  { port = RawServer().port(); }
  HttpCall call(raw.loop, {.url = url_of(port, "/")}, {}, raw.recorder);
  ASSERT_TRUE(raw.settle_until([&] { return raw.recorder.ended(); }));
  EXPECT_EQ(raw.recorder.end->error().code, ErrorCode::unavailable);
  EXPECT_EQ(raw.recorder.fault(), "Connection refused");
}

TEST(HttpCallTls, trusts_whom_it_is_told_to_and_for_the_host_it_called) {
  const testing::Certificates folder;
  const TlsOptions certificate = folder.make("localhost");
  const TlsOptions foreign = folder.make("foreign", "foreign", "DNS:foreign.example");
  HelloServer server({}, certificate);
  HelloServer stranger({}, foreign);
  const auto get = [](HelloServer& from, const std::string& host, const std::string& ca_file) {
    Recorder recorder;
    const auto url = parse_url("https://" + host + ":" + std::to_string(from.rig.port) + "/hello");
    HttpCall call(from.rig.loop, {.url = *url}, {.trust = TlsTrust(ca_file)}, recorder);
    EXPECT_TRUE(from.rig.settle_until([&] { return recorder.ended(); }));
    return recorder.fault().empty() ? recorder.body : recorder.fault();
  };
  EXPECT_EQ(get(server, "127.0.0.1", certificate.certificate_file), "hello\n");
  EXPECT_EQ(get(server, "localhost", certificate.certificate_file), "hello\n");
  EXPECT_EQ(get(server, "127.0.0.1", ""), "the certificate: self-signed certificate");
  EXPECT_EQ(get(stranger, "127.0.0.1", foreign.certificate_file), "the certificate: IP address mismatch");
  EXPECT_EQ(get(stranger, "localhost", foreign.certificate_file), "the certificate: hostname mismatch");
  Recorder no_file;
  const auto url = parse_url("https://127.0.0.1:" + std::to_string(server.rig.port) + "/hello");
  HttpCall call(server.rig.loop, {.url = *url}, {.trust = TlsTrust("/no/such.pem")}, no_file);
  EXPECT_TRUE(server.rig.settle_until([&] { return no_file.ended(); }));
  EXPECT_EQ(no_file.end->error().code, ErrorCode::invalid_argument);
}

TEST(HttpCallTls, takes_large_answers) {
  const testing::Certificates folder;
  const TlsOptions certificate = folder.make("localhost");
  HelloServer server({}, certificate);
  Recorder recorder;
  const auto url = parse_url("https://localhost:" + std::to_string(server.rig.port) + "/large");
  HttpCall call(server.rig.loop, {.url = *url}, {.trust = TlsTrust(certificate.certificate_file)}, recorder);
  EXPECT_TRUE(server.rig.settle_until([&] { return recorder.ended(); }));
  EXPECT_EQ(recorder.body.size(), 8U * 1024 * 1024);
}

TEST(Location, leads_on_from_where_it_was_given) {
  const Url base = *parse_url("https://a.example:8443/b/c/d?q");
  const auto to = [&](std::string_view location) {
    const auto url = resolve_location(base, location);
    return url ? to_string(*url) : "none";
  };
  EXPECT_EQ(to("/x"), "https://a.example:8443/x");
  EXPECT_EQ(to("x?y"), "https://a.example:8443/b/c/x?y");
  EXPECT_EQ(to("../x/./y"), "https://a.example:8443/b/x/y");
  EXPECT_EQ(to("../../../.."), "https://a.example:8443/");
  EXPECT_EQ(to("?y"), "https://a.example:8443/b/c/d?y");
  EXPECT_EQ(to("//b.example/x#y"), "https://b.example/x");
  EXPECT_EQ(to("http://[::1]:80/"), "http://[::1]/");
  EXPECT_EQ(to("ftp://b.example/"), "none");
  EXPECT_EQ(to("javascript:alert(1)"), "none");
  EXPECT_EQ(to("http://user@b.example/"), "none");
  EXPECT_EQ(to("/x y"), "none");
}

}  // namespace
}  // namespace freshet::net
