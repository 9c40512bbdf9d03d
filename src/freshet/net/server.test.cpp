// SPDX-License-Identifier: MIT
#include "freshet/net/server.hpp"

#include <array>
#include <memory>
#include <netinet/in.h>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <sys/socket.h>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/net/internal/descriptor.hpp"
#include "freshet/net/output_stream.hpp"
#include "freshet/net/testing/hello_server.hpp"

namespace freshet::net {
namespace {

using std::chrono::seconds;
using testing::ClientOptions;
using testing::ClientResponse;
using testing::HelloServer;
using testing::HttpClient;
using testing::kHello;

struct Server : ::testing::Test, HelloServer {
  explicit Server(ServerOptions options = {}) : HelloServer(options) {}
};

struct SmallServer : Server {
  SmallServer() : Server({.connections_max = 3}) {}
};

TEST_F(SmallServer, turns_away_more_clients_than_it_may_have) {
  std::vector<HttpClient> clients;
  clients.reserve(3);
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

// Takes all descriptors but `left` away from the process for a while.
class DescriptorShortage {
 public:
  explicit DescriptorShortage(rlim_t left) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    Descriptor next(::dup(0));
    rlimit low = before_;
    low.rlim_cur = static_cast<rlim_t>(next.get()) + left;
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

TEST_F(Server, turns_all_clients_away_at_once_when_no_descriptor_is_left) {
  // The sanitizer needs descriptors to look at objects of a type for the first time.
  HttpClient old = rig.connect();
  EXPECT_EQ(old.get("/hello").status, 200);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(rig.port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::array<Descriptor, 3> waiting;
  for (Descriptor& client : waiting) {
    client.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  const DescriptorShortage shortage(0);
  rig.settle();
  EXPECT_EQ(rig.server.stats().accept_errors, 3u);
  for (const Descriptor& client : waiting) {
    std::array<char, 12> answer{};
    EXPECT_EQ(::recv(client.get(), answer.data(), answer.size(), MSG_DONTWAIT | MSG_WAITALL), 12);
    EXPECT_EQ(std::string_view(answer.data(), answer.size()), "HTTP/1.1 503");
  }
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
