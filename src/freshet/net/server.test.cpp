// SPDX-License-Identifier: MIT
#include "freshet/net/server.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "freshet/net/output_stream.hpp"
#include "freshet/net/testing/server_rig.hpp"

namespace freshet::net {
namespace {

using std::chrono::seconds;
using testing::ClientOptions;
using testing::ClientResponse;
using testing::HttpClient;
using testing::ServerRig;

struct Server : ::testing::Test {
  explicit Server(ServerOptions options = {}) : rig(options) {
    rig.router.add(Method::get, "/hello", [](Request&, const PathParams&) { return Response::text("hello\n"); });
    rig.router.add(Method::post, "/echo", [](Request& r, const PathParams&) { return Response::text(std::move(r.body)); });
    rig.router.add(Method::get, "/large", [this](Request&, const PathParams&) { return Response::bytes("x/y", large); });
    rig.router.add(Method::delete_, "/thing", [](Request&, const PathParams&) { return Response::empty(); });
  }

  // Sends `bytes` on a connection of its own, returns all that comes back before the server closes it.
  std::string exchange(const std::string& bytes) {
    HttpClient client = rig.connect();
    client.send(bytes);
    return client.read_to_end();
  }
  int status_and_close(const std::string& bytes) {
    const std::string answer = exchange(bytes);
    EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos) << answer;
    EXPECT_NE(answer.find("application/problem+json"), std::string::npos) << answer;
    return answer.starts_with("HTTP/1.1 ") ? std::stoi(answer.substr(9, 3)) : 0;
  }

  ServerRig rig;
  const Block large = make_block(std::string(8 * 1024 * 1024, 'x'));
};

struct SmallServer : Server {
  SmallServer()
      : Server({.connections_max = 3,
                .request_line_bytes_max = 64,
                .head_bytes_max = 256,
                .header_fields_max = 5,
                .body_bytes_max = 16,
                .keep_alive_requests_max = 2}) {}
};

constexpr const char* kHello = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr const char* kHelloAndClose = "GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

TEST_F(Server, answers_requests_on_one_connection) {
  HttpClient client = rig.connect();
  for (int count = 0; count < 3; ++count) {
    const ClientResponse response = client.get("/hello");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, "hello\n");
    EXPECT_EQ(response.header("date"), "Sat, 01 Jan 2000 00:00:00 GMT");
  }
  EXPECT_EQ(client.request("POST", "/echo", "a body").body, "a body");
  EXPECT_EQ(client.request("DELETE", "/thing").status, 204);
  EXPECT_EQ(client.get("/nothing").status, 404);
  EXPECT_EQ(client.request("PUT", "/echo", "x").header("allow"), "POST, OPTIONS");
  EXPECT_EQ(rig.server.stats().accepted, 1u);
  EXPECT_EQ(rig.server.stats().requests, 7u);
  EXPECT_EQ(rig.server.stats().connections, 1u);
}

TEST_F(Server, leaves_out_the_body_for_head) {
  HttpClient client = rig.connect();
  const ClientResponse response = client.request("HEAD", "/hello");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.header("content-length"), "6");
  EXPECT_EQ(client.get("/hello").body, "hello\n");
}

TEST_F(Server, answers_pipelined_requests_in_their_order) {
  HttpClient client = rig.connect();
  std::string bytes;
  for (int at = 0; at < 200; ++at) {
    const std::string body = std::to_string(at);
    bytes += "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }
  client.send(bytes);
  for (int at = 0; at < 200; ++at) EXPECT_EQ(client.read_response().body, std::to_string(at));
}

TEST_F(Server, answers_what_was_pipelined_before_a_malformed_request) {
  const std::string answer = exchange(std::string(kHello) + "NONSENSE\r\n\r\n" + kHello);
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK"));
  const std::size_t refusal = answer.find("HTTP/1.1 400 Bad Request");
  ASSERT_NE(refusal, std::string::npos);
  EXPECT_EQ(answer.find("HTTP/1.1 200 OK", refusal), std::string::npos);
}

TEST_F(Server, reads_requests_however_they_are_cut) {
  const std::string bytes =
      "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
  HttpClient client = rig.connect();
  for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
    client.send(bytes.substr(0, cut));
    rig.settle();
    client.send(bytes.substr(cut));
    EXPECT_EQ(client.read_response().body, "abcde") << cut;
  }
}

TEST_F(Server, closes_when_the_client_asks_for_it) {
  EXPECT_NE(exchange(kHelloAndClose).find("Connection: close\r\n"), std::string::npos);
  const std::string old = exchange("GET /hello HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(old.starts_with("HTTP/1.1 200 OK"));
  EXPECT_NE(old.find("Connection: close\r\n"), std::string::npos);
}

TEST_F(Server, keeps_the_connection_of_an_http_1_0_client_that_asks_for_it) {
  HttpClient client = rig.connect();
  for (int count = 0; count < 2; ++count) {
    client.send("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_EQ(client.read_response().header("connection"), "keep-alive");
  }
}

TEST_F(Server, asks_for_the_body_when_it_is_expected_to) {
  HttpClient client = rig.connect();
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.read_response().status, 100);
  client.send("hi");
  EXPECT_EQ(client.read_response().body, "hi");
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\nhi");
  EXPECT_EQ(client.read_response().body, "hi");
}

TEST_F(Server, accepts_absolute_targets) {
  HttpClient client = rig.connect();
  client.send("GET http://other.example/hello HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(client.read_response().body, "hello\n");
}

TEST_F(Server, refuses_malformed_requests_and_closes) {
  EXPECT_EQ(status_and_close("GET /hello HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(status_and_close("GET /hello\r\n\r\n"), 400);
  EXPECT_EQ(status_and_close("GET /hello HTTP/1.1\r\nHost : a\r\n\r\n"), 400);
  EXPECT_EQ(status_and_close("GET /hello HTTP/1.1\nHost: a\n\n"), 400);
  EXPECT_EQ(status_and_close("GET /hello HTTP/2.0\r\nHost: a\r\n\r\n"), 505);
  EXPECT_EQ(status_and_close("BREW /hello HTTP/1.1\r\nHost: a\r\n\r\n"), 501);
  EXPECT_EQ(status_and_close("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
  EXPECT_EQ(status_and_close("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"), 501);
  EXPECT_EQ(status_and_close("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), 400);
  EXPECT_EQ(status_and_close("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"), 400);
  EXPECT_EQ(rig.server.stats().bad_requests, 10u);
  EXPECT_EQ(rig.server.stats().requests, 0u);
  rig.settle();
  EXPECT_EQ(rig.server.stats().connections, 0u);
}

TEST_F(Server, forgets_clients_that_go_away_in_the_middle) {
  const std::string bytes = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n01234";
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    HttpClient client = rig.connect();
    client.send(bytes.substr(0, size));
    rig.settle();
    if (size % 2 == 0) client.close();
    else client.reset();
    rig.settle();
  }
  EXPECT_EQ(rig.server.stats().connections, 0u);
  EXPECT_EQ(rig.server.stats().requests, 0u);
}

TEST_F(Server, sends_large_bodies_whole) {
  HttpClient client = rig.connect();
  EXPECT_EQ(client.get("/large").body, *large);
  EXPECT_EQ(client.get("/hello").status, 200);
}

TEST_F(SmallServer, refuses_what_is_too_large) {
  EXPECT_EQ(status_and_close("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 17\r\n\r\n"), 413);
  EXPECT_EQ(status_and_close("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\nExpect: 100-continue\r\n\r\n"), 413);
  EXPECT_EQ(status_and_close("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n"), 413);
  EXPECT_EQ(status_and_close("GET /" + std::string(100, 'a')), 414);
  EXPECT_EQ(status_and_close("GET /hello HTTP/1.1\r\nX: " + std::string(300, 'a')), 431);
  EXPECT_EQ(status_and_close("GET /hello HTTP/1.1\r\nA: a\r\nB: b\r\nC: c\r\nD: d\r\nE: e\r\nF: f\r\n"), 431);
  EXPECT_EQ(rig.server.stats().body_too_large, 3u);
  EXPECT_EQ(rig.server.stats().uri_too_long, 1u);
  EXPECT_EQ(rig.server.stats().head_too_large, 2u);
}

TEST_F(SmallServer, answers_a_client_that_sends_far_too_much_before_it_reads) {
  HttpClient client = rig.connect();
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\n" + std::string(500'000, 'x'));
  EXPECT_EQ(client.read_response().status, 413);
}

TEST_F(SmallServer, ends_a_connection_after_its_last_request) {
  HttpClient client = rig.connect();
  EXPECT_EQ(client.get("/hello").header("connection"), "");
  EXPECT_EQ(client.get("/hello").header("connection"), "close");
  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_EQ(rig.server.stats().keep_alive_ends, 1u);
}

TEST_F(SmallServer, turns_away_more_clients_than_it_may_have) {
  std::vector<HttpClient> clients;
  for (int count = 0; count < 3; ++count) clients.push_back(rig.connect());
  for (HttpClient& client : clients) EXPECT_EQ(client.get("/hello").status, 200);
  HttpClient extra = rig.connect();
  const ClientResponse refusal = extra.get("/hello");
  EXPECT_EQ(refusal.status, 503);
  EXPECT_EQ(refusal.header("retry-after"), "1");
  EXPECT_TRUE(refusal.body.ends_with("\"primary\":\"too many connections\"}"));
  EXPECT_EQ(rig.server.stats().refused_connections, 1u);
  EXPECT_EQ(rig.server.stats().connections, 3u);
  clients.pop_back();
  rig.settle();
  HttpClient next = rig.connect();
  EXPECT_EQ(next.get("/hello").status, 200);
}

TEST_F(Server, does_not_wait_for_slow_heads) {
  HttpClient client = rig.connect();
  client.send("GET /hello HTTP/1.1\r\n");
  rig.pass(seconds(6));
  client.send("Host: a\r\n");
  rig.pass(seconds(5));
  EXPECT_EQ(client.read_response().status, 408);
  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_EQ(rig.server.stats().head_timeouts, 1u);
}

TEST_F(Server, does_not_wait_for_slow_bodies) {
  HttpClient client = rig.connect();
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n");
  for (int second = 0; second < 31; ++second) {
    if (second < 9) client.send("x");
    rig.pass(seconds(1));
  }
  EXPECT_EQ(client.read_response().status, 408);
  EXPECT_EQ(rig.server.stats().body_timeouts, 1u);
}

TEST_F(Server, closes_idle_connections_without_a_word) {
  HttpClient fresh = rig.connect();
  HttpClient used = rig.connect();
  EXPECT_EQ(used.get("/hello").status, 200);
  rig.pass(seconds(59));
  EXPECT_EQ(rig.server.stats().connections, 2u);
  rig.pass(seconds(2));
  EXPECT_EQ(fresh.read_to_end(), "");
  EXPECT_EQ(used.read_to_end(), "");
  EXPECT_EQ(rig.server.stats().idle_timeouts, 2u);
}

TEST_F(Server, cuts_clients_that_do_not_read_their_answer) {
  HttpClient client = rig.connect({.receive_buffer_bytes = 4096});
  client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
  rig.pass(seconds(29));
  EXPECT_EQ(rig.server.stats().connections, 1u);
  rig.pass(seconds(2));
  EXPECT_EQ(rig.server.stats().write_timeouts, 1u);
  EXPECT_EQ(rig.server.stats().connections, 0u);
}

TEST_F(Server, does_not_linger_for_ever) {
  HttpClient client = rig.connect();
  client.send("NONSENSE\r\n");
  EXPECT_EQ(client.read_response().status, 400);
  EXPECT_EQ(rig.server.stats().connections, 1u);
  rig.pass(seconds(3));
  EXPECT_EQ(rig.server.stats().connections, 0u);
}

// Takes all descriptors but `left` away from the process for a while.
class DescriptorShortage {
 public:
  explicit DescriptorShortage(int left) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    Descriptor next(::dup(0));
    rlimit low = before_;
    low.rlim_cur = static_cast<rlim_t>(next.get() + left);
    ::setrlimit(RLIMIT_NOFILE, &low);
  }
  ~DescriptorShortage() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

TEST_F(Server, turns_clients_away_when_no_descriptor_is_left_and_serves_the_old_ones) {
  HttpClient old = rig.connect();
  EXPECT_EQ(old.get("/hello").status, 200);
  {
    // One descriptor, which the new client itself takes: none is left to accept it with.
    HttpClient turned_away = [&] {
      const DescriptorShortage shortage(1);
      HttpClient client = rig.connect();
      client.send(kHello);
      rig.settle();
      EXPECT_EQ(old.get("/hello").status, 200);
      return client;
    }();
    EXPECT_EQ(turned_away.read_response().status, 503);
    EXPECT_EQ(rig.server.stats().accept_errors, 1u);
  }
  HttpClient next = rig.connect();
  EXPECT_EQ(next.get("/hello").status, 200);
}

TEST_F(Server, says_in_one_line_that_a_port_is_taken) {
  const auto taken = rig.server.listen("127.0.0.1", rig.port);
  ASSERT_FALSE(taken.has_value());
  EXPECT_EQ(taken.error().code, ErrorCode::unavailable);
  EXPECT_EQ(taken.error().primary,
            "cannot listen on 127.0.0.1:" + std::to_string(rig.port) + ": address already in use");
  EXPECT_FALSE(rig.server.listen("no.such.host.invalid", 0).has_value());
  EXPECT_FALSE(rig.server.listen("192.0.2.1", 0).has_value());
}

TEST_F(Server, listens_on_names_and_on_several_addresses) {
  const auto port = rig.server.listen("localhost", 0);
  ASSERT_TRUE(port.has_value());
  HttpClient client(*port, {.pump = [&] { rig.settle(); }});
  EXPECT_EQ(client.get("/hello").status, 200);
  HttpClient first = rig.connect();
  EXPECT_EQ(first.get("/hello").status, 200);
}

TEST_F(Server, finishes_running_requests_when_it_stops) {
  HttpClient idle = rig.connect();
  EXPECT_EQ(idle.get("/hello").status, 200);
  HttpClient busy = rig.connect();
  busy.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n");
  rig.settle();
  HttpClient waiting = rig.connect();
  rig.settle();
  waiting.send(kHello);
  bool done = false;
  rig.server.stop(seconds(5), [&] { done = true; });
  rig.settle();
  EXPECT_EQ(idle.read_to_end(), "");
  EXPECT_EQ(waiting.read_response().header("connection"), "close");
  EXPECT_FALSE(done);
  busy.send("hi");
  EXPECT_EQ(busy.read_response().body, "hi");
  busy.close();
  waiting.close();
  EXPECT_TRUE(rig.settle_until([&] { return done; }));
  EXPECT_THROW(rig.connect(), std::runtime_error);
  EXPECT_EQ(rig.server.stats().forced_closes, 0u);
}

TEST_F(Server, cuts_what_is_left_at_the_stop_deadline) {
  HttpClient stuck = rig.connect();
  stuck.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n");
  rig.settle();
  bool done = false;
  rig.server.stop(seconds(5), [&] { done = true; });
  rig.pass(seconds(4));
  EXPECT_FALSE(done);
  rig.pass(seconds(2));
  EXPECT_TRUE(done);
  EXPECT_EQ(stuck.read_to_end(), "");
  EXPECT_EQ(rig.server.stats().forced_closes, 1u);
}

TEST(ServerLifetime, may_end_in_the_middle_of_everything) {
  SimulatedClock clock;
  Loop loop(clock);
  Router router;
  std::shared_ptr<OutputStream> stream;
  router.add(Method::get, "/stream", [&](Request&, const PathParams&) {
    return Response::stream({{"Content-Type", "x/y"}}, [&](std::shared_ptr<OutputStream> s) { stream = std::move(s); });
  });
  auto server = std::make_unique<HttpServer>(loop, router);
  const auto port = server->listen("127.0.0.1", 0);
  ASSERT_TRUE(port.has_value());
  const ClientOptions options{.pump = [&] { loop.poll(); }};
  HttpClient reader(*port, options);
  reader.open_stream("/stream");
  HttpClient half(*port, options);
  half.send("GET /stream HT");
  while (loop.poll()) {
  }
  server.reset();
  EXPECT_FALSE(stream->is_open());
  EXPECT_FALSE(stream->write(make_block("x")));
  while (loop.poll()) {
  }
  EXPECT_EQ(reader.read_to_end(), "");
  EXPECT_EQ(half.read_to_end(), "");
}

TEST(ServerInItsThread, serves_clients_of_other_threads) {
  Loop loop;
  Router router;
  router.add(Method::get, "/hello", [](Request&, const PathParams&) { return Response::text("hello\n"); });
  HttpServer server(loop, router);
  const auto port = server.listen("127.0.0.1", 0);
  ASSERT_TRUE(port.has_value());
  std::thread serving([&] { loop.run(); });
  for (int count = 0; count < 20; ++count) {
    HttpClient client(*port);
    EXPECT_EQ(client.get("/hello").body, "hello\n");
    EXPECT_EQ(client.get("/hello").body, "hello\n");
  }
  loop.post([&] { server.stop(seconds(5), [&] { loop.stop(); }); });
  serving.join();
}

}  // namespace
}  // namespace freshet::net
