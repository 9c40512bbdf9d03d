// SPDX-License-Identifier: MIT
// Streams whose sockets are with I/O loops. What is the same without them is tested by the suites of streams and
// sockets, which ctest runs a second time with FRESHET_TEST_IO_LOOPS.
#include <atomic>
#include <memory>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/net/byte_stream.hpp"
#include "freshet/net/testing/certificates.hpp"
#include "freshet/net/testing/server_rig.hpp"
#include "freshet/net/testing/threaded_server.hpp"
#include "freshet/net/testing/websocket_client.hpp"
#include "freshet/net/websocket/testing/frames.hpp"
#include "freshet/net/websocket/websocket.hpp"

namespace freshet::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ClientOptions;
using testing::HttpClient;
using testing::ServerRig;
using testing::ThreadedServer;
using testing::WebSocketClient;

// The application's end of one stream; on the loop.
struct Session final : OutputStreamListener {
  explicit Session(std::shared_ptr<OutputStream> opened) : stream(std::move(opened)) { stream->set_listener(this); }
  ~Session() { stream->set_listener(nullptr); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void on_drained() override { ++drained; }
  void on_closed(CloseReason reason) override { closed.push_back(reason); }
  bool is_over() const { return !closed.empty(); }

  std::shared_ptr<OutputStream> stream;
  int drained = 0;
  std::vector<CloseReason> closed;
};

Block event(int number) { return make_block("data: " + std::to_string(number) + "\n\n"); }

// GET /stream, in whatever thread the loop is.
struct Sessions {
  explicit Sessions(Router& router) {
    router.add(Method::get, "/stream", [this](Request&, const PathParams&) {
      return Response::stream({{"Content-Type", "text/event-stream"}}, [this](std::shared_ptr<OutputStream> stream) {
        all.push_back(std::make_unique<Session>(std::move(stream)));
        if (first) {
          EXPECT_TRUE(all.back()->stream->write(first));
        }
      });
    });
  }
  void send(const Block& block) {
    for (const auto& session : all) {
      if (!session->is_over()) static_cast<void>(session->stream->write(block));
    }
  }

  std::vector<std::unique_ptr<Session>> all;
  Block first;
};

struct OnIoLoops : ::testing::Test {
  explicit OnIoLoops(ServerOptions options = {.stream_budget_bytes = 8 * 1024, .io_loops = 2}) : rig(options) {}

  HttpClient open(ClientOptions options = {}) {
    HttpClient client = rig.connect(std::move(options));
    EXPECT_EQ(client.open_stream("/stream").status, 200);
    return client;
  }
  std::vector<HttpClient> open_many(std::size_t count, const ClientOptions& options = {}) {
    std::vector<HttpClient> clients;
    clients.reserve(count);
    while (clients.size() < count) clients.push_back(open(options));
    return clients;
  }

  ServerRig rig;
  Sessions sessions{rig.router};
};

TEST_F(OnIoLoops, a_block_is_handed_over_once_for_each_of_them) {
  std::vector<HttpClient> clients = open_many(10);
  const Block one = event(1);
  const Block two = event(2);
  sessions.send(one);
  sessions.send(two);
  EXPECT_EQ(one.use_count(), 1 + 2);
  EXPECT_EQ(two.use_count(), 1 + 2);
  const auto writes = rig.server.stats().stream_writes;
  rig.settle();
  EXPECT_EQ(rig.server.stats().stream_writes - writes, 10u);
  EXPECT_EQ(one.use_count(), 1);
  for (HttpClient& client : clients) {
    EXPECT_EQ(client.next_event().data, "1");
    EXPECT_EQ(client.next_event().data, "2");
  }
}

TEST_F(OnIoLoops, a_block_is_freed_when_the_last_client_has_it_and_not_with_others_of_its_batch) {
  HttpClient stalled = open({.receive_buffer_bytes = 4096});
  const auto large = make_block(std::string(4 * 1024 * 1024, 'x'));
  const Block small = event(1);
  HttpClient reader = open();
  EXPECT_TRUE(sessions.all[0]->stream->write(large));
  EXPECT_TRUE(sessions.all[1]->stream->write(small));
  rig.settle();
  EXPECT_GT(large.use_count(), 1);
  EXPECT_EQ(small.use_count(), 1);
}

TEST_F(OnIoLoops, a_burst_counts_against_a_client_only_when_its_socket_was_tried) {
  HttpClient client = open();
  Session& session = *sessions.all[0];
  const Block block = make_block(std::string(4096, 'x'));
  std::size_t taken = 0;
  while (session.stream->write(block)) taken += block->size();
  EXPECT_GT(taken, 200u * 1024);
  EXPECT_LE(taken, 257u * 1024);
  EXPECT_EQ(rig.server.stats().stream_refusals, 1u);
  EXPECT_EQ(session.drained, 0);
  EXPECT_EQ(client.read_bytes(taken), std::string(taken, 'x'));
  rig.settle();
  EXPECT_EQ(session.drained, 1);
  EXPECT_TRUE(session.stream->write(block));
}

TEST_F(OnIoLoops, a_client_whose_socket_is_full_is_held_to_its_budget) {
  HttpClient client = open({.receive_buffer_bytes = 4096});
  const Block block = make_block(std::string(4096, 'x'));
  OutputStream& stream = *sessions.all[0]->stream;
  while (stream.write(block)) rig.settle();
  EXPECT_LE(stream.queued_bytes(), 8u * 1024);
  EXPECT_EQ(rig.server.stats().stream_queued_bytes, stream.queued_bytes());
}

TEST_F(OnIoLoops, input_that_nobody_wants_is_stray) {
  std::shared_ptr<ByteStream> stream;
  rig.router.add(Method::get, "/raw", [&](Request&, const PathParams&) {
    return Response::switch_protocol({{"Upgrade", "raw"}},
                                     [&](std::shared_ptr<ByteStream> opened) { stream = std::move(opened); });
  });
  HttpClient client = rig.connect();
  client.send("GET /raw HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: raw\r\n\r\nearly");
  client.read_until("\r\n\r\n");
  client.send(std::string(8'000, 'x'));
  rig.settle();
  EXPECT_TRUE(stream->is_open());
  client.send(std::string(20'000, 'x'));
  rig.settle();
  EXPECT_FALSE(stream->is_open());
  EXPECT_EQ(rig.server.stats().stream_misbehaving, 1u);
}

struct FewOnIoLoops : OnIoLoops {
  FewOnIoLoops() : OnIoLoops({.connections_max = 3, .io_loops = 2}) {}
};

TEST_F(FewOnIoLoops, streams_are_among_the_connections_that_there_may_be) {
  std::vector<HttpClient> clients = open_many(3);
  EXPECT_EQ(rig.server.stats().connections, 3u);
  EXPECT_EQ(rig.server.stats().streams, 3u);
  EXPECT_EQ(rig.connect().get("/stream").status, 503);
  clients.pop_back();
  rig.settle();
  EXPECT_EQ(rig.server.stats().connections, 2u);
  HttpClient next = open();
  sessions.send(event(7));
  EXPECT_EQ(next.next_event().data, "7");
}

// --- With threads of their own. ---

struct InThreads : ::testing::Test {
  explicit InThreads(ServerOptions options = {.stream_send_buffer_bytes = 16 * 1024, .io_loops = 2}) : rig(options) {}
  // Sessions end where they live.
  ~InThreads() override { rig.join(); }

  HttpClient open(ClientOptions options = {}) {
    HttpClient client = rig.connect(std::move(options));
    EXPECT_EQ(client.open_stream("/stream").status, 200);
    return client;
  }
  std::vector<HttpClient> open_many(std::size_t count, const ClientOptions& options = {}) {
    std::vector<HttpClient> clients;
    clients.reserve(count);
    while (clients.size() < count) clients.push_back(open(options));
    return clients;
  }
  std::size_t connections() {
    return rig.on_loop([&] { return rig.server->stats().connections; });
  }

  ThreadedServer rig;
  Sessions sessions{rig.router};
};

TEST_F(InThreads, clients_get_each_event_once_and_in_order_while_others_come_and_go) {
  rig.start();
  std::vector<HttpClient> readers = open_many(8);
  int number = 0;
  const Timer ticks = rig.on_loop([&] {
    return rig.loop.every(milliseconds(1), [&] {
      sessions.send(event(number++));
      sessions.send(event(number++));
    });
  });
  for (int round = 0; round < 40; ++round) {
    HttpClient passing = open();
    HttpClient killed = open();
    EXPECT_FALSE(passing.next_event().data.empty());
    killed.reset();
  }
  for (HttpClient& reader : readers) {
    int next = std::stoi(reader.next_event().data);
    for (int count = 0; count < 100; ++count) EXPECT_EQ(std::stoi(reader.next_event().data), ++next);
  }
  rig.join();
  const ServerStats stats = rig.server->stats();
  EXPECT_EQ(stats.streams_opened, 88u);
  EXPECT_GE(stats.streams, 8u);
}

TEST_F(InThreads, a_client_that_stalls_is_refused_and_told_of_when_it_has_read) {
  rig.start();
  HttpClient stalled = open({.receive_buffer_bytes = 4096});
  HttpClient reader = open();
  const Block block = make_block("data: " + std::string(4000, 'x') + "\n\n");
  std::size_t taken = 0;
  EXPECT_TRUE(rig.wait_until([&] {
    if (!sessions.all[0]->stream->write(block)) return true;
    ++taken;
    return false;
  }));
  rig.on_loop([&] { static_cast<void>(sessions.all[1]->stream->write(event(1))); });
  EXPECT_EQ(reader.next_event().data, "1");
  EXPECT_EQ(rig.on_loop([&] { return sessions.all[0]->drained; }), 0);
  for (std::size_t count = 0; count < taken; ++count) EXPECT_EQ(stalled.next_event().data.size(), 4000u);
  EXPECT_TRUE(rig.wait_until([&] { return sessions.all[0]->drained == 1; }));
  EXPECT_EQ(rig.on_loop([&] { return sessions.all[0]->stream->queued_bytes(); }), 0u);
}

TEST_F(InThreads, everybody_is_told_of_the_end_when_the_server_stops) {
  sessions.first = event(0);
  rig.start();
  std::vector<HttpClient> readers = open_many(20);
  HttpClient stalled = open({.receive_buffer_bytes = 4096});
  rig.on_loop([&] { static_cast<void>(sessions.all[20]->stream->write(make_block(std::string(8'000'000, 'x')))); });
  std::promise<void> stopped;
  rig.loop.post([&] {
    sessions.send(event(1));
    rig.server->stop(milliseconds(300), [&] { stopped.set_value(); });
  });
  for (HttpClient& reader : readers) {
    EXPECT_EQ(reader.next_event().data, "0");
    EXPECT_EQ(reader.next_event().data, "1");
    EXPECT_TRUE(reader.stream_ends());
  }
  stopped.get_future().wait();
  rig.join();
  for (int at = 0; at < 20; ++at) EXPECT_EQ(sessions.all[at]->closed, std::vector{CloseReason::finished});
  EXPECT_EQ(sessions.all[20]->closed, std::vector{CloseReason::aborted});
  EXPECT_EQ(rig.server->stats().connections, 0u);
  EXPECT_EQ(rig.server->stats().forced_closes, 1u);
}

TEST_F(InThreads, streams_outlive_a_server_that_ends_in_the_middle_of_everything) {
  rig.start();
  std::vector<HttpClient> clients = open_many(20, {.receive_buffer_bytes = 4096});
  rig.on_loop([&] {
    const Block block = make_block(std::string(100'000, 'x'));
    sessions.send(block);
    sessions.all[3]->stream->close();
    sessions.all[4]->stream->abort();
    sessions.all[5] = nullptr;
    rig.server = nullptr;
    for (const auto& session : sessions.all) {
      EXPECT_TRUE(session == nullptr || !session->stream->is_open());
      EXPECT_TRUE(session == nullptr || !session->stream->write(block));
    }
  });
  for (HttpClient& client : clients) client.read_to_end();
  rig.join();
  for (std::size_t at = 0; at < sessions.all.size(); ++at) {
    if (at == 5) continue;
    EXPECT_EQ(sessions.all[at]->closed, std::vector{CloseReason::aborted}) << at;
  }
}

TEST_F(InThreads, a_server_may_end_when_one_of_its_streams_does) {
  rig.start();
  HttpClient client = open();
  HttpClient other = open();
  struct Ender final : OutputStreamListener {
    void on_drained() override {}
    void on_closed(CloseReason) override { server.reset(); }
    explicit Ender(std::unique_ptr<HttpServer>& with) : server(with) {}
    std::unique_ptr<HttpServer>& server;
  } ender(rig.server);
  rig.on_loop([&] { sessions.all[0]->stream->set_listener(&ender); });
  client.close();
  EXPECT_EQ(other.read_to_end(), "");
  EXPECT_TRUE(rig.wait_until([&] { return sessions.all[1]->is_over(); }));
}

struct InThreadsWithLimits : InThreads {
  InThreadsWithLimits() : InThreads({.io_loops = 2, .clients = {.connections_max = 10, .unlimited = {}}}) {}
};

TEST_F(InThreadsWithLimits, a_stream_that_ends_there_gives_back_its_place_and_is_told_of_once) {
  std::atomic<std::uint64_t> told{0};
  rig.server->on_exchange([&](const Exchange& exchange) {
    if (exchange.path == "/stream" && exchange.closed) ++told;
  });
  rig.start();
  for (std::uint64_t round = 1; round <= 5; ++round) {
    std::vector<HttpClient> clients = open_many(10);
    HttpClient refused = rig.connect();
    EXPECT_EQ(refused.read_response().status, 429);
    for (HttpClient& client : clients) client.reset();
    EXPECT_TRUE(rig.wait_until([&] { return rig.server->stats().streams == 0; }));
    EXPECT_EQ(told.load(), round * 10);
  }
  EXPECT_EQ(rig.on_loop([&] { return rig.server->stats().clients.connections_refused; }), 5u);
}

TEST_F(InThreads, the_threads_come_back_with_the_loop) {
  rig.start();
  HttpClient client = open();
  for (int number = 0; number < 5; ++number) {
    rig.on_loop([&] { sessions.send(event(number)); });
    rig.join();
    rig.start();
    EXPECT_EQ(client.next_event().data, std::to_string(number));
  }
}

// A protocol that only listens.
struct Sink final : OutputStreamListener, ByteStreamInput {
  explicit Sink(std::shared_ptr<ByteStream> opened) : stream(std::move(opened)) {
    stream->set_listener(this);
    stream->set_input(this);
  }
  void on_drained() override {}
  void on_closed(CloseReason) override { is_over = true; }
  void on_input(std::span<char> bytes) override { received.append(bytes.data(), bytes.size()); }
  void on_stop() override { stream->close(); }

  std::shared_ptr<ByteStream> stream;
  std::string received;
  bool is_over = false;
};

TEST_F(InThreads, no_more_is_read_than_the_loop_deals_with) {
  std::unique_ptr<Sink> sink;
  rig.router.add(Method::get, "/sink", [&](Request&, const PathParams&) {
    return Response::switch_protocol({{"Upgrade", "sink"}}, [&](std::shared_ptr<ByteStream> stream) {
      sink = std::make_unique<Sink>(std::move(stream));
    });
  });
  rig.start();
  HttpClient client = rig.connect();
  client.send("GET /sink HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: sink\r\n\r\n0");
  client.read_until("\r\n\r\n");
  // While the loop is busy with something else, the client runs into its window, and the kernel's buffers.
  std::promise<void> go_on;
  rig.loop.post([&] { go_on.get_future().wait(); });
  constexpr std::size_t kFarTooMuch = 64 * 1024 * 1024;
  std::string sent = "0";
  const std::string part = "0123456789abcdef0123456789abcdef0123456789abcde";  // of an odd length
  while (sent.size() < kFarTooMuch) {
    const long count = ::send(client.descriptor(), part.data(), part.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count > 0) sent.append(part, 0, static_cast<std::size_t>(count));
    if (count == static_cast<long>(part.size())) continue;
    pollfd writable{client.descriptor(), POLLOUT, 0};
    if (::poll(&writable, 1, 500) == 0) break;
  }
  EXPECT_LT(sent.size(), kFarTooMuch);
  go_on.set_value();
  client.shut_down_sending();
  EXPECT_TRUE(rig.wait_until([&] { return sink->is_over; }));
  rig.join();
  EXPECT_TRUE(sink->received == sent);
}

// Answers each message with its size.
struct Measurer final : WebSocketListener {
  explicit Measurer(std::shared_ptr<WebSocket> opened) : socket(std::move(opened)) { socket->set_listener(this); }
  ~Measurer() { socket->set_listener(nullptr); }
  Measurer(const Measurer&) = delete;
  Measurer& operator=(const Measurer&) = delete;
  void on_message(MessageKind, std::string_view payload) override {
    EXPECT_TRUE(socket->send_text(std::to_string(payload.size())));
  }
  void on_closed(CloseCode code, std::string_view) override { closed = code; }

  std::shared_ptr<WebSocket> socket;
  CloseCode closed = CloseCode::abnormal;
};

TEST_F(InThreads, web_sockets_hear_and_answer) {
  WebSocketOptions options;
  options.messages.message_bytes_max = 1'000'000;
  options.byte_rate = {.per_second = 1e9, .burst = 1e9};
  options.message_rate = {.per_second = 1e9, .burst = 1e9};
  const WebSocketEndpoint endpoint(options);
  std::vector<std::unique_ptr<Measurer>> sockets;
  rig.router.add(Method::get, "/ws", [&](Request& request, const PathParams&) {
    return endpoint.accept(request, [&](std::shared_ptr<WebSocket> socket) {
      sockets.push_back(std::make_unique<Measurer>(std::move(socket)));
    });
  });
  rig.start();
  std::vector<WebSocketClient> clients;
  clients.reserve(6);
  for (int count = 0; count < 6; ++count) clients.emplace_back(rig.connect(), "/ws");
  for (const std::size_t size : {1, 100, 70'000, 200'000, 3}) {
    for (WebSocketClient& client : clients) client.send(testing::binary(std::string(size, 'x')));
    for (WebSocketClient& client : clients) EXPECT_EQ(client.next(), "text:" + std::to_string(size));
  }
  clients[0].send(testing::close());
  EXPECT_EQ(clients[0].next(), "close:1000:");
  EXPECT_EQ(clients[0].next(), "end");
  clients[1].connection().reset();
  EXPECT_TRUE(rig.wait_until([&] { return rig.server->stats().websockets.open == 4; }));
  rig.on_loop([&] { sockets[2] = nullptr; });
  EXPECT_EQ(clients[2].next(), "end");
  rig.join();
  EXPECT_EQ(sockets[0]->closed, CloseCode::normal);
  sockets.clear();
}

TEST(InThreadsWithTls, streams_are_whole_for_readers_of_both_loops) {
  const testing::Certificates certificates;
  const TlsOptions own = certificates.make("own");
  ThreadedServer rig({.stream_send_buffer_bytes = 16 * 1024, .io_loops = 2}, own);
  Sessions sessions(rig.router);
  rig.start();
  ClientOptions options;
  options.tls.ca_file = own.certificate_file;
  options.receive_buffer_bytes = 8 * 1024;
  std::vector<HttpClient> clients;
  clients.reserve(4);
  for (int count = 0; count < 4; ++count) {
    clients.push_back(rig.connect(options));
    EXPECT_EQ(clients.back().open_stream("/stream").status, 200);
  }
  for (int round = 0; round < 20; ++round) {
    rig.on_loop([&] {
      for (int part = 0; part < 3; ++part) {
        sessions.send(make_block("data: " + std::string(9'000, static_cast<char>('a' + round)) + "\n\n"));
      }
    });
    for (HttpClient& client : clients) {
      for (int part = 0; part < 3; ++part) {
        EXPECT_EQ(client.next_event().data, std::string(9'000, static_cast<char>('a' + round)));
      }
    }
  }
  rig.join();
}

}  // namespace
}  // namespace freshet::net
