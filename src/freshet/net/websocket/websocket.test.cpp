// SPDX-License-Identifier: MIT
#include "freshet/net/websocket/websocket.hpp"

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/net/testing/server_rig.hpp"
#include "freshet/net/testing/websocket_client.hpp"
#include "freshet/net/websocket/testing/frames.hpp"

namespace freshet::net {
namespace {

using std::chrono::seconds;
using testing::ClientOptions;
using testing::ServerRig;
using testing::WebSocketClient;

// [echo]
// Sends back what a client says.
class Echo final : public WebSocketListener {
 public:
  explicit Echo(std::shared_ptr<WebSocket> socket) : socket_(std::move(socket)) { socket_->set_listener(this); }
  ~Echo() { socket_->set_listener(nullptr); }

  void on_message(MessageKind kind, std::string_view payload) override {
    const auto message =
        kind == MessageKind::text ? WebSocketMessage::text(payload) : WebSocketMessage::binary(payload);
    if (!socket_->send(message)) socket_->close(CloseCode::policy_violation, "you do not read");
  }
  void on_closed(CloseCode, std::string_view) override { closed = true; }

  bool closed = false;

 private:
  std::shared_ptr<WebSocket> socket_;
};
// [/echo]

// The application's end of one socket, which writes down what it hears.
struct Peer final : WebSocketListener {
  void on_message(MessageKind, std::string_view payload) override {
    heard.emplace_back(payload);
    if (at_message) at_message();
  }
  void on_drained() override {
    ++drained;
    if (at_drained) at_drained();
  }
  void on_stop() override {
    if (at_stop) at_stop();
  }
  void on_closed(CloseCode code, std::string_view reason) override {
    closed.push_back(std::to_string(static_cast<unsigned>(code)) + ":" + std::string(reason));
    if (at_closed) at_closed();
  }

  std::shared_ptr<WebSocket> socket;
  std::vector<std::string> heard;
  std::vector<std::string> closed;
  int drained = 0;
  std::function<void()> at_message, at_drained, at_stop, at_closed;
};

struct Sockets : ::testing::Test {
  explicit Sockets(WebSocketOptions options = {}) : endpoint(std::move(options)) {
    rig.router.add(Method::get, "/ws", [this](Request& request, const PathParams&) {
      return endpoint.accept(request, [this](std::shared_ptr<WebSocket> socket) {
        auto peer = std::make_unique<Peer>();
        socket->set_listener(peer.get());
        peer->socket = std::move(socket);
        peers.push_back(std::move(peer));
      });
    });
    rig.router.add(Method::get, "/echo", [this](Request& request, const PathParams&) {
      return endpoint.accept(request, [this](std::shared_ptr<WebSocket> socket) {
        echoes.push_back(std::make_unique<Echo>(std::move(socket)));
      });
    });
  }
  ~Sockets() override {
    for (const auto& peer : peers) {
      if (peer->socket) peer->socket->set_listener(nullptr);
    }
  }

  WebSocketClient open(ClientOptions options = {}) { return {rig.connect(std::move(options)), "/ws"}; }
  WebSocketClient open_echo(const std::vector<std::string>& headers = {}) { return {rig.connect(), "/echo", headers}; }
  const WebSocketStats stats() { return rig.server.stats().websockets; }
  void fill(Peer& peer) {
    const auto message = WebSocketMessage::binary(std::string(4096, 'x'));
    while (peer.socket->send(message)) rig.settle();
  }

  const WebSocketEndpoint endpoint;
  std::vector<std::unique_ptr<Peer>> peers;
  std::vector<std::unique_ptr<Echo>> echoes;
  ServerRig rig{{.stream_budget_bytes = 64 * 1024, .stream_send_buffer_bytes = 16 * 1024}};
};

TEST_F(Sockets, send_back_what_they_hear) {
  WebSocketClient client = open_echo();
  EXPECT_EQ(client.response().header("sec-websocket-accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_EQ(client.response().header("connection"), "Upgrade");
  client.send_text("hello");
  EXPECT_EQ(client.next(), "text:hello");
  client.send(testing::binary(std::string("\0\xff", 2)));
  EXPECT_EQ(client.next(), "binary:" + std::string("\0\xff", 2));
  client.send(testing::first("frag") + testing::ping("now") + testing::last("ments"));
  EXPECT_EQ(client.next(), "pong:now");
  EXPECT_EQ(client.next(), "text:fragments");
  const std::string large(60'000, 'x');
  client.send_text(large);
  EXPECT_EQ(client.next(), "text:" + large);
  EXPECT_EQ(stats().messages_received, 4u);
  EXPECT_EQ(stats().messages_sent, 4u);
  EXPECT_EQ(rig.server.stats().streams, 1u);
}

TEST_F(Sockets, hear_what_was_sent_together_with_the_handshake) {
  testing::HttpClient connection = rig.connect();
  std::string bytes = "GET /echo HTTP/1.1\r\nHost: a\r\n";
  for (const std::string& line : WebSocketClient::handshake()) bytes += line + "\r\n";
  connection.send(bytes + "\r\n" + testing::text("early"));
  connection.read_until("\r\n\r\n");
  EXPECT_EQ(connection.read_bytes(7),
            "\x81\x05"
            "early");
}

TEST_F(Sockets, hear_bytes_one_by_one) {
  WebSocketClient client = open_echo();
  for (const char byte : testing::first("a") + testing::ping("p") + testing::last("b")) {
    client.send({&byte, 1});
    rig.settle();
  }
  EXPECT_EQ(client.next(), "pong:p");
  EXPECT_EQ(client.next(), "text:ab");
}

TEST_F(Sockets, send_all_of_a_turn_in_one_system_call) {
  WebSocketClient client = open();
  rig.settle();
  const auto before = rig.server.stats().stream_writes;
  for (int count = 0; count < 60; ++count) EXPECT_TRUE(peers[0]->socket->send_text("x"));
  rig.settle();
  EXPECT_EQ(rig.server.stats().stream_writes - before, 1u);
  for (int count = 0; count < 60; ++count) EXPECT_EQ(client.next(), "text:x");
}

TEST_F(Sockets, share_one_block_among_all_clients) {
  std::vector<WebSocketClient> clients;
  for (int count = 0; count < 10; ++count) clients.push_back(open());
  // [broadcast]
  const auto message = WebSocketMessage::text(R"({"news":"spring"})");
  for (const auto& peer : peers) {
    if (!peer->socket->send(message)) peer->socket->close(CloseCode::try_again_later, "you do not keep up");
  }
  // [/broadcast]
  // An I/O loop is handed a block once, however many of its clients it is for.
  EXPECT_EQ(message.plain().use_count(), rig.has_io_loops() ? 3 : 11);
  for (WebSocketClient& client : clients) EXPECT_EQ(client.next(), R"(text:{"news":"spring"})");
  EXPECT_EQ(message.plain().use_count(), 1);
}

TEST_F(Sockets, refuse_handshakes_and_count_them) {
  testing::HttpClient connection = rig.connect();
  EXPECT_EQ(connection.get("/ws").status, 426);
  auto fields = WebSocketClient::handshake();
  fields.push_back("Origin: http://evil.net");
  EXPECT_EQ(connection.request("GET", "/ws", {}, fields).status, 403);
  fields.back() = "Origin: http://localhost";
  EXPECT_EQ(connection.request("GET", "/ws", {}, fields).status, 101);
  EXPECT_EQ(stats().handshakes_refused, 1u);
  EXPECT_EQ(stats().opened, 1u);
  testing::HttpClient old = rig.connect();
  old.send(
      "GET /ws HTTP/1.0\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
  EXPECT_EQ(old.read_response().status, 426);
}

TEST_F(Sockets, answer_the_clients_goodbye_and_close_first) {
  WebSocketClient client = open();
  client.send(testing::close(static_cast<CloseCode>(4001), "enough"));
  EXPECT_EQ(client.next(), "close:4001:");
  EXPECT_EQ(client.next(), "end");
  EXPECT_EQ(peers[0]->closed, std::vector<std::string>{"4001:enough"});
  EXPECT_FALSE(peers[0]->socket->is_open());
  EXPECT_FALSE(peers[0]->socket->send_text("x"));
  EXPECT_EQ(rig.server.stats().connections, 0u);
  EXPECT_EQ(stats().open, 0u);
}

TEST_F(Sockets, answer_a_goodbye_without_a_code_in_kind) {
  WebSocketClient client = open();
  client.send(testing::raw_close(""));
  EXPECT_EQ(client.next(), "close:1005:");
  EXPECT_EQ(client.next(), "end");
  EXPECT_EQ(peers[0]->closed, std::vector<std::string>{"1005:"});
}

TEST_F(Sockets, say_goodbye_behind_what_is_queued) {
  WebSocketClient client = open();
  EXPECT_TRUE(peers[0]->socket->send_text("last"));
  peers[0]->socket->close(CloseCode::normal, "done");
  EXPECT_FALSE(peers[0]->socket->is_open());
  EXPECT_FALSE(peers[0]->socket->send_text("too late"));
  EXPECT_EQ(client.next(), "text:last");
  EXPECT_EQ(client.next(), "close:1000:done");
  client.send_text("crossed on the way");
  rig.settle();
  EXPECT_TRUE(peers[0]->closed.empty());
  client.send(testing::close());
  EXPECT_EQ(client.next(), "end");
  EXPECT_EQ(peers[0]->closed, std::vector<std::string>{"1000:"});
  EXPECT_TRUE(peers[0]->heard.empty());
  EXPECT_EQ(stats().close_timeouts, 0u);
}

TEST_F(Sockets, do_not_wait_for_ever_for_a_goodbye) {
  WebSocketClient client = open();
  peers[0]->socket->close();
  EXPECT_EQ(client.next(), "close:1000:");
  rig.pass(seconds(4));
  EXPECT_TRUE(peers[0]->closed.empty());
  rig.pass(seconds(2));
  EXPECT_EQ(client.next(), "end");
  EXPECT_EQ(peers[0]->closed, std::vector<std::string>{"1006:"});
  EXPECT_EQ(stats().close_timeouts, 1u);
  EXPECT_EQ(rig.server.stats().connections, 0u);
}

TEST_F(Sockets, finish_their_goodbye_though_nobody_holds_them) {
  WebSocketClient client = open();
  peers[0]->socket->set_listener(nullptr);
  peers[0]->socket->close(CloseCode::normal);
  peers[0]->socket.reset();
  EXPECT_EQ(client.next(), "close:1000:");
  client.send(testing::close());
  EXPECT_EQ(client.next(), "end");
  EXPECT_EQ(rig.server.stats().connections, 0u);
}

TEST_F(Sockets, are_cut_when_they_are_dropped) {
  WebSocketClient client = open();
  peers.clear();
  EXPECT_EQ(client.next(), "end");
  EXPECT_EQ(stats().open, 0u);
}

TEST_F(Sockets, may_be_dropped_by_their_listener) {
  WebSocketClient client = open();
  peers[0]->at_message = [&] { peers[0]->socket.reset(); };
  client.send_text("x");
  EXPECT_EQ(client.next(), "end");
  WebSocketClient closing = open();
  peers[1]->at_closed = [&] { peers[1]->socket.reset(); };
  closing.send(testing::close());
  EXPECT_EQ(closing.next(), "close:1000:");
  EXPECT_EQ(closing.next(), "end");
  EXPECT_EQ(stats().open, 0u);
}

TEST_F(Sockets, may_be_aborted_by_their_listener) {
  WebSocketClient client = open();
  peers[0]->at_message = [&] { peers[0]->socket->abort(); };
  client.send_text("1");
  client.send_text("2");
  EXPECT_EQ(client.next(), "end");
  EXPECT_EQ(peers[0]->heard.size(), 1u);
  EXPECT_EQ(peers[0]->closed, std::vector<std::string>{"1006:"});
}

TEST_F(Sockets, close_with_an_error_when_their_listener_throws) {
  WebSocketClient client = open();
  peers[0]->at_message = [] { throw std::runtime_error("a fault"); };
  client.send_text("x");
  EXPECT_EQ(client.next(), "close:1011:the server failed to deal with a message");
  EXPECT_EQ(stats().listener_faults, 1u);
}

TEST_F(Sockets, notice_that_a_client_is_gone) {
  WebSocketClient closing = open();
  WebSocketClient killed = open();
  WebSocketClient half = open();
  closing.connection().close();
  killed.connection().reset();
  half.connection().shut_down_sending();
  rig.settle();
  for (const auto& peer : peers) EXPECT_EQ(peer->closed, std::vector<std::string>{"1006:"});
  EXPECT_EQ(rig.server.stats().connections, 0u);
}

TEST_F(Sockets, tell_a_client_what_it_did_wrong_and_let_it_read_that) {
  WebSocketClient client = open_echo();
  client.send(testing::text("before") + testing::with_bits(testing::text("x"), 0x20) + testing::text("after"));
  EXPECT_EQ(client.next(), "text:before");
  EXPECT_EQ(client.next(), "close:1002:a reserved bit is set");
  EXPECT_EQ(client.next(), "end");
  EXPECT_EQ(stats().protocol_errors, 1u);
  EXPECT_EQ(rig.server.stats().connections, 1u);
  client.connection().close();
  rig.settle();
  EXPECT_EQ(rig.server.stats().connections, 0u);
}

TEST_F(Sockets, let_a_client_read_its_fault_though_it_sends_far_too_much) {
  WebSocketClient client = open_echo();
  client.send(testing::binary(std::string(600'000, 'x')));
  EXPECT_EQ(client.next(), "close:1009:the message is too big");
  EXPECT_EQ(client.next(), "end");
  EXPECT_EQ(stats().messages_too_big, 1u);
}

TEST_F(Sockets, do_not_wait_for_ever_for_a_client_that_did_wrong) {
  WebSocketClient client = open();
  client.send(testing::text("\xff"));
  EXPECT_EQ(client.next(), "close:1007:the text is not UTF-8");
  EXPECT_EQ(rig.server.stats().connections, 1u);
  rig.pass(seconds(3));
  EXPECT_EQ(rig.server.stats().connections, 0u);
  EXPECT_EQ(peers[0]->closed, std::vector<std::string>{"1007:the text is not UTF-8"});
  EXPECT_EQ(stats().invalid_payloads, 1u);
}

TEST_F(Sockets, send_pings_to_who_says_nothing) {
  WebSocketClient quiet = open();
  WebSocketClient talking = open();
  for (int count = 0; count < 4; ++count) {
    rig.pass(seconds(10));
    talking.send_text("I am here");
  }
  rig.settle();
  EXPECT_EQ(quiet.next(), "ping:");
  EXPECT_EQ(stats().pings_sent, 1u);
  quiet.send(testing::pong());
  rig.settle();
  rig.pass(seconds(24));
  EXPECT_TRUE(peers[0]->closed.empty());
}

TEST_F(Sockets, give_up_who_does_not_answer_a_ping) {
  WebSocketClient client = open();
  rig.pass(seconds(26));
  EXPECT_EQ(client.next(), "ping:");
  rig.pass(seconds(19));
  EXPECT_TRUE(peers[0]->closed.empty());
  rig.pass(seconds(6));
  EXPECT_EQ(peers[0]->closed, std::vector<std::string>{"1006:"});
  EXPECT_EQ(stats().pong_timeouts, 1u);
  EXPECT_EQ(client.next(), "end");
}

TEST_F(Sockets, refuse_what_exceeds_the_budget_and_tell_when_they_have_drained) {
  WebSocketClient client = open({.receive_buffer_bytes = 4096});
  fill(*peers[0]);
  EXPECT_LE(peers[0]->socket->queued_bytes(), 64u * 1024);
  EXPECT_TRUE(peers[0]->socket->is_open());
  peers[0]->socket->drop_queue();
  peers[0]->at_drained = [&] { EXPECT_TRUE(peers[0]->socket->send_text("fresh")); };
  std::string line;
  while ((line = client.next()) != "text:fresh") EXPECT_EQ(line, "binary:" + std::string(4096, 'x'));
  EXPECT_EQ(peers[0]->drained, 1);
}

TEST_F(Sockets, end_clients_that_take_nothing_for_too_long) {
  WebSocketClient client = open({.receive_buffer_bytes = 4096});
  fill(*peers[0]);
  for (int count = 0; count < 16; ++count) {
    client.send_text("but I talk");
    rig.pass(seconds(2));
  }
  EXPECT_EQ(peers[0]->closed, std::vector<std::string>{"1006:"});
  EXPECT_EQ(rig.server.stats().write_timeouts, 1u);
}

TEST_F(Sockets, say_goodbye_when_the_server_stops) {
  WebSocketClient client = open();
  peers[0]->at_stop = [&] { EXPECT_TRUE(peers[0]->socket->send_text("last words")); };
  bool done = false;
  rig.server.stop(seconds(5), [&] { done = true; });
  EXPECT_EQ(client.next(), "text:last words");
  EXPECT_EQ(client.next(), "close:1001:the server is stopping");
  EXPECT_FALSE(done);
  client.send(testing::close(CloseCode::going_away));
  EXPECT_EQ(client.next(), "end");
  EXPECT_TRUE(done);
  EXPECT_EQ(rig.server.stats().forced_closes, 0u);
}

TEST_F(Sockets, are_cut_at_the_stop_deadline) {
  WebSocketClient client = open();
  bool done = false;
  rig.server.stop(seconds(3), [&] { done = true; });
  rig.pass(seconds(4));
  EXPECT_TRUE(done);
  EXPECT_EQ(client.next(), "close:1001:the server is stopping");
  EXPECT_EQ(client.next(), "end");
  EXPECT_EQ(rig.server.stats().forced_closes, 1u);
}

TEST_F(Sockets, survive_a_start_that_throws) {
  rig.router.add(Method::get, "/throws", [this](Request& request, const PathParams&) {
    return endpoint.accept(request, [](std::shared_ptr<WebSocket>) { throw std::runtime_error("fault"); });
  });
  testing::HttpClient client = rig.connect();
  std::string bytes = "GET /throws HTTP/1.1\r\nHost: a\r\n";
  for (const std::string& line : WebSocketClient::handshake()) bytes += line + "\r\n";
  client.send(bytes + "\r\n");
  client.read_to_end();
  EXPECT_EQ(rig.router.handler_faults(), 1u);
  EXPECT_EQ(stats().open, 0u);
}

struct LimitedSockets : Sockets {
  LimitedSockets()
      : Sockets({.messages = {.message_bytes_max = 1000, .message_frames_max = 3},
                 .message_rate = {.per_second = 2, .burst = 5},
                 .byte_rate = {.per_second = 1000, .burst = 3000}}) {}
};

TEST_F(LimitedSockets, close_on_too_many_messages) {
  WebSocketClient client = open_echo();
  for (int count = 0; count < 5; ++count) client.send_text("x");
  for (int count = 0; count < 5; ++count) EXPECT_EQ(client.next(), "text:x");
  rig.pass(seconds(1));
  client.send_text("y");
  client.send(testing::ping());
  EXPECT_EQ(client.next(), "text:y");
  EXPECT_EQ(client.next(), "pong:");
  client.send(testing::pong());
  EXPECT_EQ(client.next(), "close:1008:too many messages per second");
  EXPECT_EQ(client.next(), "end");
  EXPECT_EQ(stats().message_rates, 1u);
}

TEST_F(LimitedSockets, close_on_too_many_bytes) {
  WebSocketClient client = open_echo();
  const std::string large(900, 'x');
  for (int count = 0; count < 3; ++count) {
    client.send_text(large);
    EXPECT_EQ(client.next(), "text:" + large);
  }
  client.send_text(large);
  EXPECT_EQ(client.next(), "close:1008:too many bytes per second");
  EXPECT_EQ(stats().byte_rates, 1u);
}

TEST_F(LimitedSockets, close_on_messages_in_too_many_parts) {
  WebSocketClient client = open_echo();
  client.send(testing::first("a") + testing::more("b") + testing::last("c"));
  EXPECT_EQ(client.next(), "text:abc");
  client.send(testing::first("a") + testing::more("b") + testing::more("c") + testing::last("d"));
  EXPECT_EQ(client.next(), "close:1008:the message has too many fragments");
  EXPECT_EQ(stats().too_many_frames, 1u);
}

struct DeflatingSockets : Sockets {
  DeflatingSockets() : Sockets({.deflate = {.enabled = true, .message_bytes_min = 100}}) {}

  // A client that talks compressed.
  void send_compressed(WebSocketClient& client, std::string_view payload) {
    client.send(testing::masked({.opcode = Opcode::text, .is_compressed = true}, Deflater(15, 6).deflate(payload)));
  }
};

const std::string kOffer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits";

TEST_F(DeflatingSockets, talk_compressed_to_who_offers_it) {
  WebSocketClient client = open_echo({kOffer});
  EXPECT_EQ(client.response().header("sec-websocket-extensions"),
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover");
  const std::string payload(5000, 'x');
  send_compressed(client, payload);
  EXPECT_EQ(client.next(), "text:" + payload);
  send_compressed(client, "short");
  EXPECT_EQ(client.next(), "text:short");
  EXPECT_LT(rig.server.stats().stream_bytes, 500u);
}

TEST_F(DeflatingSockets, compress_once_for_all_clients_of_one_window) {
  const std::string narrow = "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=9";
  std::vector<WebSocketClient> clients;
  for (int count = 0; count < 4; ++count) clients.emplace_back(rig.connect(), "/ws", std::vector{kOffer});
  clients.emplace_back(rig.connect(), "/ws", std::vector{narrow});
  clients.emplace_back(rig.connect(), "/ws");
  const auto message = WebSocketMessage::text(std::string(5000, 'x'));
  for (const auto& peer : peers) EXPECT_TRUE(peer->socket->send(message));
  Deflaters unused(6);
  // The message's, the queues' (or one for each I/O loop that is to have it), and the one that is looked at.
  EXPECT_EQ(message.deflated(unused, 15).use_count(), 1 + (rig.has_io_loops() ? 2 : 4) + 1);
  EXPECT_EQ(message.deflated(unused, 9).use_count(), 1 + 1 + 1);
  EXPECT_EQ(message.plain().use_count(), 2);
  for (WebSocketClient& client : clients) EXPECT_EQ(client.next(), "text:" + std::string(5000, 'x'));
}

TEST_F(DeflatingSockets, refuse_bombs) {
  WebSocketClient client = open_echo({kOffer});
  send_compressed(client, std::string(10'000'000, 'x'));
  EXPECT_EQ(client.next(), "close:1009:the inflated message is too big");
  EXPECT_EQ(stats().messages_too_big, 1u);
}

TEST_F(DeflatingSockets, refuse_compressed_messages_of_who_did_not_offer_it) {
  WebSocketClient client = open_echo();
  send_compressed(client, "hello");
  EXPECT_EQ(client.next(), "close:1002:a reserved bit is set");
}

}  // namespace
}  // namespace freshet::net
