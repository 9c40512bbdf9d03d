// SPDX-License-Identifier: MIT
#include "freshet/net/output_stream.hpp"

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/net/testing/server_rig.hpp"

namespace freshet::net {
namespace {

using std::chrono::seconds;
using testing::ClientOptions;
using testing::HttpClient;
using testing::ServerRig;

// The application's end of one stream, as a session is.
struct Session final : OutputStreamListener {
  void on_drained() override {
    ++drained;
    if (at_drained) at_drained();
  }
  void on_closed(CloseReason reason) override { closed.push_back(reason); }

  std::shared_ptr<OutputStream> stream;
  int drained = 0;
  std::vector<CloseReason> closed;
  std::function<void()> at_drained;
};

struct Streams : ::testing::Test {
  explicit Streams(ServerOptions options = {.stream_budget_bytes = 64 * 1024, .stream_send_buffer_bytes = 16 * 1024})
      : rig(options) {
    rig.router.add(Method::get, "/stream", [this](Request&, const PathParams&) {
      return Response::stream({{"Content-Type", "text/event-stream"}}, [this](std::shared_ptr<OutputStream> stream) {
        auto session = std::make_unique<Session>();
        stream->set_listener(session.get());
        session->stream = std::move(stream);
        if (first) {
          EXPECT_TRUE(session->stream->write(first));
        }
        sessions.push_back(std::move(session));
      });
    });
  }
  ~Streams() override {
    for (const auto& session : sessions) {
      if (session->stream) session->stream->set_listener(nullptr);
    }
  }

  HttpClient open(ClientOptions options = {}) {
    HttpClient client = rig.connect(std::move(options));
    EXPECT_EQ(client.open_stream("/stream").status, 200);
    return client;
  }
  // A client that does not read, filled up until the stream refuses.
  HttpClient open_stalled() {
    HttpClient client = open({.receive_buffer_bytes = 4096});
    fill(*sessions.back());
    return client;
  }
  void fill(Session& session) {
    while (session.stream->write(block)) rig.settle();
  }

  std::vector<std::unique_ptr<Session>> sessions;
  Block first;
  const Block block = make_block(std::string(4096, 'x'));
  ServerRig rig;
};

TEST_F(Streams, deliver_blocks_in_their_order_as_they_are_written) {
  first = make_block("data: init\n\n");
  HttpClient client = open();
  EXPECT_EQ(client.next_event().data, "init");
  ASSERT_EQ(sessions.size(), 1u);
  OutputStream& stream = *sessions[0]->stream;
  for (int at = 0; at < 100; ++at) EXPECT_TRUE(stream.write(make_block("data: " + std::to_string(at) + "\n\n")));
  for (int at = 0; at < 100; ++at) EXPECT_EQ(client.next_event().data, std::to_string(at));
  EXPECT_EQ(stream.queued_bytes(), 0u);
  EXPECT_EQ(rig.server.stats().streams, 1u);
}

TEST_F(Streams, send_all_of_a_turn_in_one_system_call) {
  first = make_block("data: init\n\n");
  HttpClient client = open();
  client.next_event();
  EXPECT_EQ(rig.server.stats().stream_writes, 1u);
  for (int at = 0; at < 64; ++at) EXPECT_TRUE(sessions[0]->stream->write(make_block("data: x\n\n")));
  rig.settle();
  EXPECT_EQ(rig.server.stats().stream_writes, 2u);
}

TEST_F(Streams, answer_head_without_starting) {
  HttpClient client = rig.connect();
  EXPECT_EQ(client.request("HEAD", "/stream").header("content-type"), "text/event-stream");
  EXPECT_EQ(client.request("HEAD", "/stream").status, 200);
  EXPECT_TRUE(sessions.empty());
}

TEST_F(Streams, take_a_first_block_of_any_size) {
  first = make_block("data: " + std::string(1'000'000, 'x') + "\n\n");
  HttpClient client = open();
  EXPECT_EQ(client.next_event().data.size(), 1'000'000u);
}

TEST_F(Streams, close_after_what_is_queued) {
  HttpClient client = open();
  OutputStream& stream = *sessions[0]->stream;
  EXPECT_TRUE(stream.write(make_block("data: last\n\n")));
  stream.close();
  EXPECT_FALSE(stream.is_open());
  EXPECT_FALSE(stream.write(make_block("data: too late\n\n")));
  EXPECT_TRUE(sessions[0]->closed.empty());
  EXPECT_EQ(client.next_event().data, "last");
  EXPECT_TRUE(client.stream_ends());
  EXPECT_EQ(sessions[0]->closed, std::vector{CloseReason::finished});
  EXPECT_EQ(rig.server.stats().connections, 0u);
}

TEST_F(Streams, send_the_rest_after_close_though_nobody_holds_them) {
  HttpClient client = open({.receive_buffer_bytes = 4096});
  sessions[0]->stream->set_listener(nullptr);
  EXPECT_TRUE(sessions[0]->stream->write(make_block("data: " + std::string(1'000'000, 'x') + "\n\n")));
  sessions[0]->stream->close();
  sessions[0]->stream.reset();
  EXPECT_EQ(client.next_event().data.size(), 1'000'000u);
  EXPECT_TRUE(client.stream_ends());
}

TEST_F(Streams, end_when_they_are_dropped) {
  HttpClient client = open();
  sessions.clear();
  EXPECT_TRUE(client.stream_ends());
  EXPECT_EQ(rig.server.stats().streams, 0u);
}

TEST_F(Streams, notice_that_an_idle_client_is_gone) {
  HttpClient closing = open();
  HttpClient killed = open();
  HttpClient half = open();
  closing.close();
  killed.reset();
  half.shut_down_sending();
  rig.settle();
  for (const auto& session : sessions) EXPECT_EQ(session->closed, std::vector{CloseReason::peer_gone});
  EXPECT_EQ(rig.server.stats().connections, 0u);
}

TEST_F(Streams, notice_that_a_client_was_killed_while_they_write) {
  HttpClient client = open();
  client.reset();
  for (int count = 0; count < 10; ++count) {
    [[maybe_unused]] const bool taken = sessions[0]->stream->write(block);
    rig.settle();
  }
  EXPECT_EQ(sessions[0]->closed, std::vector{CloseReason::peer_gone});
  EXPECT_FALSE(sessions[0]->stream->write(block));
  EXPECT_EQ(rig.server.stats().stream_queued_bytes, 0u);
}

TEST_F(Streams, discard_a_little_stray_input_and_no_more) {
  HttpClient client = open();
  client.send("GET /pipelined HTTP/1.1\r\nHost: a\r\n\r\n");
  rig.settle();
  EXPECT_TRUE(sessions[0]->closed.empty());
  client.send(std::string(20'000, 'x'));
  rig.settle();
  EXPECT_EQ(sessions[0]->closed, std::vector{CloseReason::misbehaving});
  EXPECT_EQ(rig.server.stats().stream_misbehaving, 1u);
}

TEST_F(Streams, refuse_what_exceeds_the_budget_and_tell_when_they_have_drained) {
  HttpClient client = open_stalled();
  Session& session = *sessions[0];
  EXPECT_LE(session.stream->queued_bytes(), 64u * 1024);
  EXPECT_GT(session.stream->queued_bytes(), 60u * 1024);
  EXPECT_EQ(rig.server.stats().stream_queued_bytes, session.stream->queued_bytes());
  EXPECT_EQ(rig.server.stats().stream_refusals, 1u);
  EXPECT_EQ(session.drained, 0);
  EXPECT_TRUE(session.stream->is_open());
  std::string received;
  while (session.drained == 0) received += client.read_bytes(1024);
  EXPECT_EQ(session.stream->queued_bytes(), 0u);
  EXPECT_TRUE(session.stream->write(make_block("end")));
  received += client.read_until("end");
  EXPECT_EQ(received.size() % block->size(), 3u);
  EXPECT_EQ(received.find_first_not_of('x'), received.size() - 3);
}

TEST_F(Streams, drop_only_what_has_not_begun_to_leave) {
  HttpClient client = open_stalled();
  Session& session = *sessions[0];
  const std::size_t queued = session.stream->queued_bytes();
  const std::size_t dropped_at_once = session.stream->drop_queue();
  rig.settle();
  const std::size_t dropped = queued - session.stream->queued_bytes();
  EXPECT_EQ(dropped % 4096, 0u);
  EXPECT_LT(queued - dropped, 4096u);
  EXPECT_EQ(dropped_at_once, rig.has_io_loops() ? 0 : dropped);
  session.at_drained = [&] { EXPECT_TRUE(session.stream->write(make_block("fresh"))); };
  const std::string received = client.read_until("fresh");
  EXPECT_EQ((received.size() - 5) % 4096, 0u);
  EXPECT_EQ(session.drained, 1);
}

TEST_F(Streams, keep_the_response_head_when_the_queue_is_dropped) {
  rig.router.add(Method::get, "/dropping", [this](Request&, const PathParams&) {
    return Response::stream({{"Content-Type", "x/y"}}, [this](std::shared_ptr<OutputStream> stream) {
      EXPECT_TRUE(stream->write(block));
      EXPECT_EQ(stream->drop_queue(), rig.has_io_loops() ? 0 : block->size());
      EXPECT_TRUE(stream->write(make_block("kept")));
      stream->close();
    });
  });
  HttpClient client = rig.connect();
  EXPECT_EQ(client.get("/dropping").body, "kept");
}

TEST_F(Streams, let_a_burst_pass_that_the_client_can_take) {
  ServerRig roomy({.stream_budget_bytes = 8 * 1024});
  std::shared_ptr<OutputStream> stream;
  roomy.router.add(Method::get, "/", [&](Request&, const PathParams&) {
    return Response::stream({{"Content-Type", "x/y"}}, [&](std::shared_ptr<OutputStream> s) { stream = std::move(s); });
  });
  HttpClient client = roomy.connect();
  client.open_stream("/");
  for (int count = 0; count < 16; ++count) EXPECT_TRUE(stream->write(block));
  EXPECT_EQ(client.read_bytes(16 * 4096), std::string(16 * 4096, 'x'));
}

TEST_F(Streams, end_clients_that_take_nothing_for_too_long) {
  HttpClient stalled = open_stalled();
  HttpClient idle = open();
  rig.pass(seconds(29));
  EXPECT_TRUE(sessions[0]->closed.empty());
  rig.pass(seconds(2));
  EXPECT_EQ(sessions[0]->closed, std::vector{CloseReason::stalled});
  EXPECT_TRUE(sessions[1]->closed.empty());
  EXPECT_EQ(rig.server.stats().write_timeouts, 1u);
}

TEST_F(Streams, leave_a_slow_client_that_takes_something) {
  HttpClient slow = open_stalled();
  for (int count = 0; count < 4; ++count) {
    rig.pass(seconds(20));
    slow.read_bytes(16'000);
    rig.settle();
    fill(*sessions[0]);
  }
  EXPECT_TRUE(sessions[0]->closed.empty());
}

TEST_F(Streams, end_when_the_server_stops) {
  HttpClient client = open();
  EXPECT_TRUE(sessions[0]->stream->write(make_block("data: goodbye\n\n")));
  bool done = false;
  rig.server.stop(seconds(5), [&] { done = true; });
  EXPECT_EQ(client.next_event().data, "goodbye");
  EXPECT_TRUE(client.stream_ends());
  EXPECT_TRUE(done);
  EXPECT_EQ(sessions[0]->closed, std::vector{CloseReason::finished});
  EXPECT_EQ(rig.server.stats().forced_closes, 0u);
}

TEST_F(Streams, are_cut_at_the_stop_deadline_when_their_client_stalls) {
  HttpClient client = open_stalled();
  bool done = false;
  rig.server.stop(seconds(5), [&] { done = true; });
  rig.pass(seconds(4));
  EXPECT_FALSE(done);
  rig.pass(seconds(2));
  EXPECT_TRUE(done);
  EXPECT_EQ(sessions[0]->closed, std::vector{CloseReason::aborted});
  EXPECT_EQ(rig.server.stats().forced_closes, 1u);
}

TEST_F(Streams, may_be_dropped_and_closed_by_their_listener) {
  HttpClient client = open_stalled();
  Session& session = *sessions[0];
  session.stream->drop_queue();
  session.at_drained = [&] { session.stream.reset(); };
  client.read_to_end();
  EXPECT_EQ(session.drained, 1);
  EXPECT_EQ(rig.server.stats().streams, 0u);
}

TEST_F(Streams, survive_a_start_that_throws) {
  rig.router.add(Method::get, "/throws", [](Request&, const PathParams&) {
    return Response::stream({}, [](std::shared_ptr<OutputStream>) { throw std::runtime_error("fault"); });
  });
  HttpClient client = rig.connect();
  client.send("GET /throws HTTP/1.1\r\nHost: a\r\n\r\n");
  client.read_to_end();
  EXPECT_EQ(rig.router.handler_faults(), 1u);
  EXPECT_EQ(rig.server.stats().connections, 0u);
}

TEST_F(Streams, reach_a_thousand_clients_from_one_block) {
  constexpr int kClients = 1000;
  raise_descriptor_limit();
  std::vector<HttpClient> clients;
  clients.reserve(kClients);
  for (int count = 0; count < kClients; ++count) clients.push_back(open());
  const auto writes = rig.server.stats().stream_writes;
  for (const std::string data : {"one", "two", "three"}) {
    const Block shared = make_block("data: " + data + "\n\n");
    for (const auto& session : sessions) EXPECT_TRUE(session->stream->write(shared));
    rig.settle();
    EXPECT_EQ(shared.use_count(), 1);
  }
  EXPECT_EQ(rig.server.stats().stream_writes - writes, 3u * kClients);
  for (HttpClient& client : clients) {
    EXPECT_EQ(client.next_event().data, "one");
    EXPECT_EQ(client.next_event().data, "two");
    EXPECT_EQ(client.next_event().data, "three");
  }
}

}  // namespace
}  // namespace freshet::net
