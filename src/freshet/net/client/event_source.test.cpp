// SPDX-License-Identifier: MIT
#include "freshet/net/client/event_source.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/base/clock.hpp"
#include "freshet/net/testing/raw_server.hpp"

namespace freshet::net {
namespace {

using namespace std::chrono_literals;
using testing::RawServer;

constexpr const char* kStream = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n\r\n";

/// Writes down what a source tells.
struct Reader final : EventSourceListener {
  void on_open() override { ++opened; }
  void on_event(const codec::SseEvent& event) override {
    events.push_back(event.data + "@" + event.last_event_id);
    if (at_event) at_event();
  }
  void on_lost(const Error& why, std::chrono::milliseconds retry_in) override {
    lost.push_back(to_string(why));
    delays.push_back(retry_in);
  }
  void on_end(const Error& why) override { end = why; }

  int opened = 0;
  std::vector<std::string> events, lost;
  std::vector<std::chrono::milliseconds> delays;
  std::optional<Error> end;
  std::function<void()> at_event;
};

/// A source that reads from a server which does as it is told.
struct SourceWorld {
  explicit SourceWorld(EventSourceOptions options = {}) : options_(std::move(options)) {}

  bool settle_until(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      turn();
    }
    return true;
  }
  void turn() { loop.poll(), server.poll(); }
  void settle() {
    for (int count = 0; count < 50; ++count) turn();
  }
  void pass(std::chrono::milliseconds time) {
    clock.advance(time);
    settle();
  }
  std::string url(const std::string& path = "/s") const {
    return "http://127.0.0.1:" + std::to_string(server.port()) + path;
  }
  void open() { source.emplace(loop, *parse_url(url()), options_, reader); }
  /// Waits for the next connection, and its request.
  RawServer::Connection& next() {
    const std::size_t wanted = ++seen_;
    EXPECT_TRUE(settle_until([&] { return server.count() >= wanted && server[wanted - 1].has_request(); }));
    return server[wanted - 1];
  }
  /// Lets the delay pass that was announced last.
  void wait() { pass(reader.delays.back()); }

  SimulatedClock clock;
  Loop loop{clock};
  RawServer server;
  Reader reader;
  EventSourceOptions options_;
  std::optional<EventSource> source;

 private:
  std::size_t seen_ = 0;
};

TEST(EventSource, reads_events_and_goes_on_where_it_was) {
  SourceWorld world;
  world.open();
  auto& first = world.next();
  EXPECT_NE(first.received.find("GET /s HTTP/1.1\r\n"), std::string::npos);
  EXPECT_NE(first.received.find("\r\nAccept: text/event-stream\r\n"), std::string::npos);
  EXPECT_EQ(first.received.find("Last-Event-ID"), std::string::npos);
  first.send(std::string(kStream) + "id: 7\ndata: a\n\ndata: b\nid: 8\n\ndata: half");
  ASSERT_TRUE(world.settle_until([&] { return world.reader.events.size() == 2; }));
  EXPECT_EQ(world.source->state(), EventSource::State::open);
  first.close();
  ASSERT_TRUE(world.settle_until([&] { return world.reader.lost.size() == 1; }));
  EXPECT_EQ(world.source->state(), EventSource::State::waiting);
  world.wait();
  auto& second = world.next();
  EXPECT_NE(second.received.find("\r\nLast-Event-ID: 8\r\n"), std::string::npos);
  second.send(std::string(kStream) + "id: 9\ndata: c\n\n");
  ASSERT_TRUE(world.settle_until([&] { return world.reader.events.size() == 3; }));
  EXPECT_EQ(world.reader.events, (std::vector<std::string>{"a@7", "b@8", "c@9"}));
  EXPECT_EQ(world.source->last_event_id(), "9");
  EXPECT_EQ(world.reader.opened, 2);
}

TEST(EventSource, needs_a_loop_a_url_and_somebody_who_listens) {
  SourceWorld world;
  Loop& loop = world.loop;
  Reader& reader = world.reader;
  // [source]
  const auto url = parse_url(world.url("/events"));
  EventSource source(loop, *url, {.headers = {{"Authorization", "Bearer token"}}}, reader);
  // [/source]
  world.next().send(std::string(kStream) + "data: hello\n\n");
  EXPECT_TRUE(world.settle_until([&] { return reader.events.size() == 1; }));
  EXPECT_EQ(source.opened_count(), 1U);
}

TEST(EventSource, begins_where_it_is_told_to) {
  SourceWorld world({.headers = {{"Authorization", "Bearer t"}}, .last_event_id = "epoch-12"});
  world.open();
  const auto& connection = world.next();
  EXPECT_NE(connection.received.find("\r\nLast-Event-ID: epoch-12\r\n"), std::string::npos);
  EXPECT_NE(connection.received.find("\r\nAuthorization: Bearer t\r\n"), std::string::npos);
}

TEST(EventSource, waits_longer_each_time_until_an_event_comes) {
  SourceWorld world({.backoff = {.delay_min = 100ms, .delay_max = 1s}});
  world.open();
  for (int attempt = 1; attempt <= 7; ++attempt) {
    auto& connection = world.next();
    attempt % 2 == 0 ? connection.reset() : connection.close();
    ASSERT_TRUE(world.settle_until([&] { return world.reader.delays.size() == static_cast<std::size_t>(attempt); }));
    const auto most = std::min<std::chrono::milliseconds>(100ms * (1 << (attempt - 1)), 1s);
    EXPECT_GE(world.reader.delays.back(), most / 2) << attempt;
    EXPECT_LE(world.reader.delays.back(), most) << attempt;
    world.pass(world.reader.delays.back() - 1ms);
    EXPECT_EQ(world.server.count(), static_cast<std::size_t>(attempt)) << "too early";
    world.pass(1ms);
  }
  auto& connection = world.next();
  connection.send(std::string(kStream) + "data: x\n\n");
  ASSERT_TRUE(world.settle_until([&] { return world.reader.events.size() == 1; }));
  connection.close();
  ASSERT_TRUE(world.settle_until([&] { return world.reader.delays.size() == 8; }));
  EXPECT_LE(world.reader.delays.back(), 100ms);
}

TEST(EventSource, waits_as_long_as_the_server_asks) {
  SourceWorld world;
  world.open();
  auto& first = world.next();
  first.send(std::string(kStream) + "retry: 70000\n\ndata: x\n\n");
  ASSERT_TRUE(world.settle_until([&] { return world.reader.events.size() == 1; }));
  first.close();
  ASSERT_TRUE(world.settle_until([&] { return world.reader.delays.size() == 1; }));
  EXPECT_EQ(world.reader.delays[0], 70s);
  world.wait();
  auto& second = world.next();
  second.send("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 90\r\nContent-Length: 0\r\n\r\n");
  ASSERT_TRUE(world.settle_until([&] { return world.reader.delays.size() == 2; }));
  EXPECT_EQ(world.reader.delays[1], 90s);
}

TEST(EventSource, takes_silence_for_a_lost_connection) {
  SourceWorld world({.http = {.idle_timeout = 60s}});
  world.open();
  auto& first = world.next();
  first.send(kStream);
  ASSERT_TRUE(world.settle_until([&] { return world.reader.opened == 1; }));
  for (int beat = 0; beat < 10; ++beat) {
    world.pass(50s);
    first.send(":\n");
    world.settle();
  }
  EXPECT_TRUE(world.reader.lost.empty());
  world.pass(60s);
  ASSERT_TRUE(world.settle_until([&] { return world.reader.lost.size() == 1; }));
  EXPECT_NE(world.reader.lost[0].find("nothing has come for too long"), std::string::npos);
}

struct Ending {
  const char* answer;
  const char* says;
};

TEST(EventSource, ends_for_good_where_another_attempt_would_not_help) {
  for (const auto& [answer, says] :
       {Ending{"HTTP/1.1 204 No Content\r\n\r\n", "nothing more will come"},
        {"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno", "status 404 Not Found"},
        {"HTTP/1.1 403 Forbidden\r\n\r\n{\"primary\":\"that is not for you\",\"x\":1}", "that is not for you"},
        {"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>", "no stream of events"},
        {"HTTP/1.1 200 OK\r\n\r\ndata: x\n\n", "no stream of events"},
        {"HTTP/1.1 302 Found\r\nLocation: ftp://x/\r\n\r\n", "redirection is not followed"},
        {"HTTP/1.1 302 Found\r\n\r\n", "redirection is not followed"}}) {
    SourceWorld world;
    world.open();
    auto& connection = world.next();
    connection.send(answer);
    connection.close();
    ASSERT_TRUE(world.settle_until([&] { return world.reader.end.has_value(); })) << answer;
    EXPECT_NE(to_string(*world.reader.end).find(says), std::string::npos) << answer << to_string(*world.reader.end);
    EXPECT_EQ(world.source->state(), EventSource::State::closed);
    world.pass(10min);
    EXPECT_EQ(world.server.count(), 1U) << answer;
  }
}

TEST(EventSource, tries_again_where_that_may_help) {
  for (const char* answer : {"HTTP/1.1 500 X\r\n\r\n", "HTTP/1.1 503 X\r\n\r\n", "HTTP/1.1 429 X\r\n\r\n",
                             "HTTP/1.1 408 X\r\n\r\n", "", "HTTP/1.1 200 OK\r\nContent-Le"}) {
    SourceWorld world;
    world.open();
    auto& connection = world.next();
    connection.send(answer);
    connection.close();
    ASSERT_TRUE(world.settle_until([&] { return world.reader.lost.size() == 1; })) << answer;
    world.wait();
    world.next().send(std::string(kStream) + "data: x\n\n");
    EXPECT_TRUE(world.settle_until([&] { return world.reader.events.size() == 1; }));
  }
}

TEST(EventSource, follows_redirections_without_taking_secrets_along_and_not_for_ever) {
  SourceWorld world({.headers = {{"Authorization", "Bearer t"}, {"X-Other", "o"}}, .redirects_max = 2});
  RawServer elsewhere;
  world.open();
  world.next().send("HTTP/1.1 307 X\r\nLocation: /other\r\n\r\n");
  auto& same = world.next();
  EXPECT_NE(same.received.find("GET /other "), std::string::npos);
  EXPECT_NE(same.received.find("Authorization: Bearer t"), std::string::npos);
  same.send("HTTP/1.1 302 X\r\nLocation: http://127.0.0.1:" + std::to_string(elsewhere.port()) + "/e\r\n\r\n");
  ASSERT_TRUE(world.settle_until([&] {
    elsewhere.poll();
    return elsewhere.count() == 1 && elsewhere[0].has_request();
  }));
  EXPECT_EQ(elsewhere[0].received.find("Authorization"), std::string::npos);
  EXPECT_NE(elsewhere[0].received.find("X-Other: o"), std::string::npos);
  elsewhere[0].send("HTTP/1.1 302 X\r\nLocation: " + world.url() + "\r\n\r\n");
  ASSERT_TRUE(world.settle_until([&] { return world.reader.end.has_value(); }));
  EXPECT_EQ(world.reader.end->detail, "it is one too many");
}

TEST(EventSource, ends_at_an_event_that_is_too_long) {
  SourceWorld world({.event_bytes_max = 1000});
  world.open();
  world.next().send(std::string(kStream) + "data: short\n\ndata: " + std::string(2000, 'x'));
  ASSERT_TRUE(world.settle_until([&] { return world.reader.end.has_value(); }));
  EXPECT_EQ(world.reader.end->code, ErrorCode::too_large);
  EXPECT_EQ(world.reader.events.size(), 1U);
}

TEST(EventSource, that_is_paused_tells_nothing_and_loses_nothing) {
  SourceWorld world;
  world.open();
  world.reader.at_event = [&] { world.source->pause(); };
  auto& connection = world.next();
  connection.send(std::string(kStream) + "id: 1\ndata: a\n\nid: 2\ndata: b\n\n");
  ASSERT_TRUE(world.settle_until([&] { return world.reader.events.size() == 1; }));
  connection.send("id: 3\ndata: c\n\n");
  connection.close();
  world.pass(5min);
  EXPECT_EQ(world.reader.events.size(), 1U);
  EXPECT_EQ(world.source->last_event_id(), "1");
  world.source->resume();
  ASSERT_TRUE(world.settle_until([&] { return world.reader.events.size() == 2; }));
  world.reader.at_event = nullptr;
  world.source->resume();
  ASSERT_TRUE(world.settle_until([&] { return world.reader.lost.size() == 1; }));
  EXPECT_EQ(world.reader.events, (std::vector<std::string>{"a@1", "b@2", "c@3"}));
}

TEST(EventSource, may_be_closed_and_destroyed_while_it_tells) {
  for (const bool destroy : {false, true}) {
    SourceWorld world;
    world.open();
    world.reader.at_event = [&] { destroy ? world.source.reset() : world.source->close(); };
    auto& connection = world.next();
    connection.send(std::string(kStream) + "data: a\n\ndata: b\n\n");
    ASSERT_TRUE(world.settle_until([&] { return !world.reader.events.empty(); }));
    connection.close();
    world.pass(10min);
    EXPECT_EQ(world.reader.events.size(), 1U);
    EXPECT_TRUE(world.reader.lost.empty());
    EXPECT_EQ(world.server.count(), 1U);
  }
}

TEST(EventSource, does_not_send_back_ids_that_cannot_stand_in_a_request) {
  SourceWorld world;
  world.open();
  auto& connection = world.next();
  connection.send(std::string(kStream) + "id: a\x01z\ndata: x\n\n");
  ASSERT_TRUE(world.settle_until([&] { return world.reader.events.size() == 1; }));
  connection.close();
  ASSERT_TRUE(world.settle_until([&] { return world.reader.delays.size() == 1; }));
  world.wait();
  EXPECT_EQ(world.next().received.find("Last-Event-ID"), std::string::npos);
}

}  // namespace
}  // namespace freshet::net
