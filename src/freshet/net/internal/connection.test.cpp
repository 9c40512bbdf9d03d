// SPDX-License-Identifier: MIT
#include "freshet/net/internal/connection.hpp"

#include <string>

#include <gtest/gtest.h>

#include "freshet/net/testing/hello_server.hpp"

namespace freshet::net {
namespace {

using std::chrono::seconds;
using testing::ClientResponse;
using testing::HelloServer;
using testing::HttpClient;
using testing::kHello;

struct Connections : ::testing::Test, HelloServer {
  explicit Connections(ServerOptions options = {}) : HelloServer(options) {}

  // Sends a request that the server refuses, closing the connection; returns the status.
  int status_of_refusal(const std::string& bytes) {
    const std::string answer = exchange(bytes);
    EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos) << answer;
    EXPECT_NE(answer.find("application/problem+json"), std::string::npos) << answer;
    return answer.starts_with("HTTP/1.1 ") ? std::stoi(answer.substr(9, 3)) : 0;
  }
};

struct SmallConnections : Connections {
  SmallConnections()
      : Connections({.request_line_bytes_max = 64,
                     .head_bytes_max = 256,
                     .header_fields_max = 5,
                     .body_bytes_max = 16,
                     .keep_alive_requests_max = 2}) {}
};

TEST_F(Connections, answers_requests_on_one_connection) {
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

TEST_F(Connections, leaves_out_the_body_for_head) {
  HttpClient client = rig.connect();
  const ClientResponse response = client.request("HEAD", "/hello");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.header("content-length"), "6");
  EXPECT_EQ(client.get("/hello").body, "hello\n");
}

TEST_F(Connections, answers_pipelined_requests_in_their_order) {
  HttpClient client = rig.connect();
  std::string bytes;
  for (int at = 0; at < 200; ++at) {
    const std::string body = std::to_string(at);
    bytes += "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }
  client.send(bytes);
  for (int at = 0; at < 200; ++at) EXPECT_EQ(client.read_response().body, std::to_string(at));
}

TEST_F(Connections, answers_what_was_pipelined_before_a_malformed_request) {
  const std::string answer = exchange(std::string(kHello) + "NONSENSE\r\n\r\n" + kHello);
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK"));
  const std::size_t refusal = answer.find("HTTP/1.1 400 Bad Request");
  ASSERT_NE(refusal, std::string::npos);
  EXPECT_EQ(answer.find("HTTP/1.1 200 OK", refusal), std::string::npos);
}

TEST_F(Connections, reads_requests_however_they_are_cut) {
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

TEST_F(Connections, closes_when_the_client_asks_for_it) {
  EXPECT_NE(exchange("GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").find("Connection: close\r\n"),
            std::string::npos);
  const std::string old = exchange("GET /hello HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(old.starts_with("HTTP/1.1 200 OK"));
  EXPECT_NE(old.find("Connection: close\r\n"), std::string::npos);
}

TEST_F(Connections, keeps_the_connection_of_an_http_1_0_client_that_asks_for_it) {
  HttpClient client = rig.connect();
  for (int count = 0; count < 2; ++count) {
    client.send("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_EQ(client.read_response().header("connection"), "keep-alive");
  }
}

TEST_F(Connections, asks_for_the_body_when_it_is_expected_to) {
  HttpClient client = rig.connect();
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.read_response().status, 100);
  client.send("hi");
  EXPECT_EQ(client.read_response().body, "hi");
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\nhi");
  EXPECT_EQ(client.read_response().body, "hi");
}

TEST_F(Connections, accepts_absolute_targets) {
  HttpClient client = rig.connect();
  client.send("GET http://other.example/hello HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(client.read_response().body, "hello\n");
}

TEST_F(Connections, refuses_malformed_requests_and_closes) {
  EXPECT_EQ(status_of_refusal("GET /hello HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(status_of_refusal("GET /hello\r\n\r\n"), 400);
  EXPECT_EQ(status_of_refusal("GET /hello HTTP/1.1\r\nHost : a\r\n\r\n"), 400);
  EXPECT_EQ(status_of_refusal("GET /hello HTTP/1.1\nHost: a\n\n"), 400);
  EXPECT_EQ(status_of_refusal("GET /hello HTTP/2.0\r\nHost: a\r\n\r\n"), 505);
  EXPECT_EQ(status_of_refusal("BREW /hello HTTP/1.1\r\nHost: a\r\n\r\n"), 501);
  EXPECT_EQ(
      status_of_refusal("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"),
      400);
  EXPECT_EQ(status_of_refusal("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"), 501);
  EXPECT_EQ(status_of_refusal("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), 400);
  EXPECT_EQ(status_of_refusal("\x16\x03\x01\x02"), 400);
  EXPECT_EQ(rig.server.stats().bad_requests, 10u);
  EXPECT_EQ(rig.server.stats().requests, 0u);
  rig.settle();
  EXPECT_EQ(rig.server.stats().connections, 0u);
}

TEST_F(Connections, forgets_clients_that_go_away_in_the_middle) {
  const std::string bytes = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n01234";
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    HttpClient client = rig.connect();
    client.send(bytes.substr(0, size));
    rig.settle();
    if (size % 2 == 0)
      client.close();
    else
      client.reset();
    rig.settle();
  }
  EXPECT_EQ(rig.server.stats().connections, 0u);
  EXPECT_EQ(rig.server.stats().requests, 0u);
}

TEST_F(Connections, sends_large_bodies_whole) {
  HttpClient client = rig.connect();
  EXPECT_EQ(client.get("/large").body, *large);
  EXPECT_EQ(client.get("/hello").status, 200);
}

TEST_F(SmallConnections, refuses_what_is_too_large) {
  EXPECT_EQ(status_of_refusal("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 17\r\n\r\n"), 413);
  EXPECT_EQ(status_of_refusal(
                "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\nExpect: 100-continue\r\n\r\n"),
            413);
  EXPECT_EQ(status_of_refusal("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n"), 413);
  EXPECT_EQ(status_of_refusal("GET /" + std::string(100, 'a')), 414);
  EXPECT_EQ(status_of_refusal("GET /hello HTTP/1.1\r\nX: " + std::string(300, 'a')), 431);
  EXPECT_EQ(status_of_refusal("GET /hello HTTP/1.1\r\nA: a\r\nB: b\r\nC: c\r\nD: d\r\nE: e\r\nF: f\r\n"), 431);
  EXPECT_EQ(rig.server.stats().body_too_large, 3u);
  EXPECT_EQ(rig.server.stats().uri_too_long, 1u);
  EXPECT_EQ(rig.server.stats().head_too_large, 2u);
}

TEST_F(SmallConnections, answers_a_client_that_sends_far_too_much_before_it_reads) {
  HttpClient client = rig.connect();
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\n" + std::string(500'000, 'x'));
  EXPECT_EQ(client.read_response().status, 413);
}

TEST_F(SmallConnections, ends_a_connection_after_its_last_request) {
  HttpClient client = rig.connect();
  EXPECT_EQ(client.get("/hello").header("connection"), "");
  EXPECT_EQ(client.get("/hello").header("connection"), "close");
  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_EQ(rig.server.stats().keep_alive_ends, 1u);
}

TEST_F(Connections, does_not_wait_for_slow_heads) {
  HttpClient client = rig.connect();
  client.send("GET /hello HTTP/1.1\r\n");
  rig.pass(seconds(6));
  client.send("Host: a\r\n");
  rig.pass(seconds(5));
  EXPECT_EQ(client.read_response().status, 408);
  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_EQ(rig.server.stats().head_timeouts, 1u);
}

TEST_F(Connections, does_not_wait_for_slow_bodies) {
  HttpClient client = rig.connect();
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n");
  for (int second = 0; second < 31; ++second) {
    if (second < 9) client.send("x");
    rig.pass(seconds(1));
  }
  EXPECT_EQ(client.read_response().status, 408);
  EXPECT_EQ(rig.server.stats().body_timeouts, 1u);
}

TEST_F(Connections, closes_idle_connections_without_a_word) {
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

TEST_F(Connections, cuts_clients_that_do_not_read_their_answer) {
  HttpClient client = rig.connect({.receive_buffer_bytes = 4096});
  client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
  rig.pass(seconds(29));
  EXPECT_EQ(rig.server.stats().connections, 1u);
  rig.pass(seconds(2));
  EXPECT_EQ(rig.server.stats().write_timeouts, 1u);
  EXPECT_EQ(rig.server.stats().connections, 0u);
}

TEST_F(Connections, does_not_linger_for_ever) {
  HttpClient client = rig.connect();
  client.send("NONSENSE\r\n");
  EXPECT_EQ(client.read_response().status, 400);
  EXPECT_EQ(rig.server.stats().connections, 1u);
  rig.pass(seconds(3));
  EXPECT_EQ(rig.server.stats().connections, 0u);
}

TEST_F(Connections, do_not_keep_the_loop_to_themselves) {
  std::string order;
  rig.router.add(Method::put, "/{who}", [&](Request&, const PathParams& params) {
    order += params["who"];
    return Response::empty();
  });
  HttpClient greedy = rig.connect();
  HttpClient other = rig.connect();
  other.send("PUT /o HTTP/1.1\r\nHost: a\r\n\r\n");
  const std::string put = "PUT /g HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n" + std::string(60'000, 'x');
  for (int count = 0; count < 8; ++count) greedy.send(put);
  for (int count = 0; count < 8; ++count) EXPECT_EQ(greedy.read_response().status, 204);
  EXPECT_EQ(order.size(), 9u);
  EXPECT_LT(order.find('o'), 8u) << order;
}

}  // namespace
}  // namespace freshet::net
