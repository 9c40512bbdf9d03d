// SPDX-License-Identifier: MIT
#include <atomic>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/net/http.hpp"
#include "freshet/net/output_stream.hpp"
#include "freshet/net/testing/hello_server.hpp"

namespace freshet::net {
namespace {

using std::chrono::seconds;
using testing::HelloServer;
using testing::HttpClient;
using testing::kHello;

constexpr const char* kLater = "GET /later HTTP/1.1\r\nHost: a\r\n\r\n";

/// A server whose GET /later is answered when the test says so.
struct LaterServer : HelloServer {
  explicit LaterServer(ServerOptions options = {}) : HelloServer(options) {
    rig.router.add(Method::get, "/later", [this](Request&, const PathParams&) {
      return Response::later([this](ResponseReply reply) { waiting.push_back(std::move(reply)); });
    });
  }

  HttpClient ask() {
    HttpClient client = rig.connect();
    const std::size_t before = waiting.size();
    client.send(kLater);
    EXPECT_TRUE(rig.settle_until([&] { return waiting.size() > before; }));
    return client;
  }
  ServerStats stats() const { return rig.server.stats(); }

  std::vector<ResponseReply> waiting;
};

struct Later : ::testing::Test, LaterServer {};
struct FewLater : ::testing::Test, LaterServer {
  FewLater() : LaterServer({.answers_under_way_max = 2}) {}
};

TEST_F(Later, an_answer_may_come_from_another_thread_while_the_loop_goes_on) {
  // [later]
  const auto slow = [](Request& request, const PathParams&) {
    return Response::later([body = std::move(request.body)](ResponseReply reply) mutable {
      std::thread([body = std::move(body), reply = std::move(reply)]() mutable {
        reply(Response::text("worked on " + body));
      }).detach();
    });
  };
  rig.router.add(Method::post, "/slow", slow);
  // [/later]
  HttpClient client = rig.connect();
  for (const char* body : {"one", "two", "three"}) {
    EXPECT_EQ(client.request("POST", "/slow", body).body, "worked on " + std::string(body));
  }
  EXPECT_EQ(stats().accepted, 1u);
}

TEST_F(Later, others_are_served_while_one_waits) {
  HttpClient first = ask();
  HttpClient other = rig.connect();
  EXPECT_EQ(other.get("/hello").body, "hello\n");
  EXPECT_EQ(first.read_available(), "");
  EXPECT_EQ(stats().answers_under_way, 1u);
  waiting.front()(Response::text("at last"));
  EXPECT_EQ(first.read_response().body, "at last");
  EXPECT_EQ(stats().answers_under_way, 0u);
}

TEST_F(Later, pipelined_requests_are_answered_in_their_order) {
  HttpClient client = rig.connect();
  client.send(std::string(kHello) + kLater + kHello + kLater + kHello);
  ASSERT_TRUE(rig.settle_until([&] { return waiting.size() == 1; }));
  EXPECT_EQ(client.read_response().body, "hello\n");
  rig.settle();
  EXPECT_EQ(client.read_available(), "");
  waiting[0](Response::text("first"));
  EXPECT_EQ(client.read_response().body, "first");
  EXPECT_EQ(client.read_response().body, "hello\n");
  ASSERT_TRUE(rig.settle_until([&] { return waiting.size() == 2; }));
  waiting[1](Response::text("second"));
  EXPECT_EQ(client.read_response().body, "second");
  EXPECT_EQ(client.read_response().body, "hello\n");
}

TEST_F(Later, requests_sent_ahead_while_waiting_are_kept_up_to_a_limit_and_not_lost) {
  HttpClient client = ask();
  std::string ahead;
  for (int count = 0; count < 5000; ++count) ahead += kHello;
  client.send(ahead);
  rig.settle();
  waiting[0](Response::text("first"));
  EXPECT_EQ(client.read_response().body, "first");
  for (int count = 0; count < 5000; ++count) ASSERT_EQ(client.read_response().body, "hello\n");
}

TEST_F(Later, head_gets_the_length_and_no_body) {
  HttpClient client = rig.connect();
  client.send("HEAD /later HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(rig.settle_until([&] { return waiting.size() == 1; }));
  waiting[0](Response::text("123456"));
  EXPECT_EQ(client.read_response(/*to_head_request=*/true).header("content-length"), "6");
  EXPECT_EQ(client.get("/hello").body, "hello\n");
}

TEST_F(Later, an_error_is_told_as_problem_json) {
  HttpClient client = ask();
  waiting[0].fail({.code = ErrorCode::conflict, .primary = "somebody else was there first"});
  const auto response = client.read_response();
  EXPECT_EQ(response.status, 409);
  EXPECT_NE(response.body.find("somebody else was there first"), std::string::npos);
}

TEST_F(Later, a_reply_that_is_dropped_is_an_answer_and_a_fault) {
  std::string logged;
  rig.router.on_handler_fault(
      [&](const Request& request, std::string_view what) { logged += request.path + " " + std::string(what) + "\n"; });
  HttpClient client = ask();
  waiting.clear();
  EXPECT_EQ(client.read_response().status, 500);
  EXPECT_EQ(client.get("/hello").status, 200);
  EXPECT_EQ(rig.router.handler_faults(), 1u);
  EXPECT_NE(logged.find("/later"), std::string::npos);
}

TEST_F(Later, a_start_that_throws_is_a_fault_and_its_client_gets_an_answer) {
  std::string logged;
  rig.router.on_handler_fault([&](const Request&, std::string_view what) { logged += what; });
  rig.router.add(Method::get, "/throws", [](Request&, const PathParams&) {
    return Response::later([](ResponseReply) { throw std::runtime_error("out of order"); });
  });
  HttpClient client = rig.connect();
  const auto response = client.get("/throws");
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(response.body.find("out of order"), std::string::npos);
  EXPECT_NE(logged.find("out of order"), std::string::npos);
  EXPECT_EQ(rig.router.handler_faults(), 1u);
}

TEST_F(Later, the_listener_for_responses_sees_the_answer_and_not_the_promise) {
  std::vector<int> statuses;
  rig.router.on_response([&](const Request& request, Response& response) {
    EXPECT_EQ(request.path, "/later");
    statuses.push_back(response.status);
    response.headers.add("X-Seen", "yes");
  });
  HttpClient client = ask();
  EXPECT_TRUE(statuses.empty());
  waiting[0](Response::empty(202));
  EXPECT_EQ(client.read_response().header("x-seen"), "yes");
  EXPECT_EQ(statuses, std::vector{202});
}

TEST_F(Later, an_answer_may_be_a_stream) {
  HttpClient client = ask();
  waiting[0](Response::stream({{"Content-Type", "text/event-stream"}}, [](std::shared_ptr<OutputStream> stream) {
    ASSERT_TRUE(stream->write(make_block("data: 1\n\n")));
    stream->close();
  }));
  EXPECT_NE(client.read_to_end().find("data: 1"), std::string::npos);
}

TEST_F(Later, an_answer_may_hop_back_to_the_loop) {
  HttpClient client = ask();
  std::optional<std::thread::id> ran_on;
  std::thread([&] {
    waiting[0](Response::later([&](ResponseReply reply) {
      ran_on = std::this_thread::get_id();
      reply(Response::text("twice"));
    }));
  }).join();
  EXPECT_EQ(client.read_response().body, "twice");
  EXPECT_EQ(ran_on, std::this_thread::get_id());
}

TEST_F(Later, a_request_may_be_routed_again_but_not_for_ever) {
  int routed = 0;
  rig.router.add(Method::post, "/again", [&](Request& request, const PathParams&) {
    if (++routed == 3) return Response::text("third time, with " + request.body);
    return Response::later([](ResponseReply reply) { reply(Response::again()); });
  });
  rig.router.add(Method::get, "/always", [&](Request&, const PathParams&) { return Response::again(); });
  HttpClient client = rig.connect();
  EXPECT_EQ(client.request("POST", "/again", "its body").body, "third time, with its body");
  EXPECT_EQ(client.get("/always").status, 503);
  EXPECT_EQ(client.get("/hello").status, 200);
}

TEST_F(Later, a_client_that_resets_its_connection_cancels_the_work) {
  HttpClient client = ask();
  EXPECT_FALSE(waiting[0].cancelled());
  client.reset();
  ASSERT_TRUE(rig.settle_until([&] { return stats().connections == 0; }));
  EXPECT_TRUE(waiting[0].cancelled());
  EXPECT_EQ(stats().answers_unwanted, 1u);
  EXPECT_EQ(stats().answers_under_way, 1u);  // the work still is
  waiting[0](Response::text("nobody reads that"));
  rig.settle();
  EXPECT_EQ(stats().answers_under_way, 0u);
}

TEST_F(Later, a_client_that_closed_its_side_alone_still_gets_an_answer) {
  HttpClient client = ask();
  client.shut_down_sending();
  ASSERT_TRUE(rig.settle_until([&] { return waiting[0].cancelled(); }));
  EXPECT_EQ(stats().connections, 1u);
  waiting[0](Response::text("all the same"));
  EXPECT_EQ(client.read_response().body, "all the same");
  EXPECT_EQ(client.read_to_end(), "");
}

TEST_F(Later, clients_cut_at_any_moment_leave_nothing_behind) {
  for (int round = 0; round < 40; ++round) {
    HttpClient client = ask();
    if (round % 2 == 0) client.send(kHello);
    if (round % 3 == 0) {
      client.reset();
    } else {
      client.close();
    }
    if (round % 5 == 0) rig.settle();
    if (round % 4 == 0) {
      waiting.clear();
    } else {
      waiting.back()(Response::text(std::string(static_cast<std::size_t>(round) * 50'000, 'x')));
      waiting.clear();
    }
    ASSERT_TRUE(rig.settle_until([&] { return stats().connections == 0; })) << round;
    EXPECT_EQ(stats().answers_under_way, 0u);
  }
}

TEST_F(FewLater, more_than_the_limit_are_refused_until_some_are_answered) {
  HttpClient first = ask();
  HttpClient second = ask();
  HttpClient third = rig.connect();
  const auto refusal = third.get("/later");
  EXPECT_EQ(refusal.status, 503);
  EXPECT_EQ(refusal.header("retry-after"), "1");
  EXPECT_EQ(stats().answers_refused, 1u);
  // A client that goes away does not end the work for it.
  second.reset();
  ASSERT_TRUE(rig.settle_until([&] { return stats().connections == 2; }));
  EXPECT_EQ(third.get("/later").status, 503);
  waiting[0](Response::text("one"));
  EXPECT_EQ(first.read_response().body, "one");
  third.send(kLater);
  ASSERT_TRUE(rig.settle_until([&] { return waiting.size() == 3; }));
  waiting[2](Response::text("now"));
  EXPECT_EQ(third.read_response().body, "now");
}

TEST_F(Later, an_answer_that_takes_too_long_is_not_waited_for) {
  HttpClient client = ask();
  rig.pass(seconds(59));
  EXPECT_EQ(client.read_available(), "");
  rig.pass(seconds(2));
  EXPECT_EQ(client.read_response().status, 503);
  EXPECT_TRUE(waiting[0].cancelled());
  EXPECT_EQ(stats().answer_timeouts, 1u);
  waiting[0](Response::text("too late"));
  rig.settle();
  EXPECT_EQ(client.get("/hello").body, "hello\n");
}

TEST_F(Later, a_stop_waits_for_answers_under_way) {
  HttpClient client = ask();
  bool stopped = false;
  rig.server.stop(seconds(10), [&] { stopped = true; });
  rig.pass(seconds(5));
  EXPECT_FALSE(stopped);
  waiting[0](Response::text("done"));
  const auto response = client.read_response();
  EXPECT_EQ(response.body, "done");
  EXPECT_EQ(response.header("connection"), "close");
  client.close();
  EXPECT_TRUE(rig.settle_until([&] { return stopped; }));
  EXPECT_EQ(stats().forced_closes, 0u);
}

TEST_F(Later, a_stop_does_not_wait_beyond_its_deadline) {
  HttpClient client = ask();
  bool stopped = false;
  rig.server.stop(seconds(10), [&] { stopped = true; });
  rig.pass(seconds(11));
  EXPECT_TRUE(rig.settle_until([&] { return stopped; }));
  EXPECT_TRUE(waiting[0].cancelled());
  EXPECT_EQ(client.read_to_end(), "");
}

TEST(LaterReply, may_outlive_its_server_and_loop) {
  std::vector<ResponseReply> kept;
  {
    LaterServer server;
    HttpClient client = server.ask();
    HttpClient other = server.ask();
    kept = std::move(server.waiting);
  }
  ASSERT_EQ(kept.size(), 2u);
  EXPECT_TRUE(kept[0].cancelled());
  std::thread([&] { kept[0](Response::text("to nobody")); }).join();
}

TEST(LaterReply, many_threads_answer_many_clients) {
  LaterServer server;
  std::vector<HttpClient> clients;
  for (int count = 0; count < 32; ++count) clients.push_back(server.ask());
  std::vector<std::thread> threads;
  for (std::size_t part = 0; part < 4; ++part) {
    threads.emplace_back([&, part] {
      for (std::size_t at = part; at < server.waiting.size(); at += 4) {
        server.waiting[at](Response::text(std::to_string(at)));
      }
    });
  }
  for (std::size_t at = 0; at < clients.size(); ++at) EXPECT_EQ(clients[at].read_response().body, std::to_string(at));
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(server.stats().answers_under_way, 0u);
}

}  // namespace
}  // namespace freshet::net
