// SPDX-License-Identifier: MIT
#include "freshet/net/tls.hpp"

#include <csignal>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "freshet/net/output_stream.hpp"
#include "freshet/net/testing/certificates.hpp"
#include "freshet/net/testing/hello_server.hpp"
#include "freshet/net/testing/websocket_client.hpp"
#include "freshet/net/websocket/websocket.hpp"

namespace freshet::net {
namespace {

using std::chrono::seconds;
using testing::Certificates;
using testing::ClientOptions;
using testing::HelloServer;
using testing::HttpClient;
using testing::kHello;
using testing::TlsClientOptions;
using testing::WebSocketClient;

constexpr const char* kEventStream = "text/event-stream";

struct Listener final : OutputStreamListener {
  void on_drained() override { ++drained; }
  void on_closed(CloseReason why) override { reasons.push_back(why); }
  int drained = 0;
  std::vector<CloseReason> reasons;
};

/// One set of certificates for all tests of this program: making them takes a while.
const Certificates& certificates() {
  static const Certificates made;
  return made;
}
const TlsOptions& own() {
  static const TlsOptions made = certificates().make("own");
  return made;
}

struct TlsServer : ::testing::Test, HelloServer {
  explicit TlsServer(ServerOptions options = {}) : HelloServer(options, own()) {
    rig.router.add(Method::get, "/stream", [this](Request&, const PathParams&) {
      return Response::stream({{"Content-Type", kEventStream}}, [this](std::shared_ptr<OutputStream> opened) {
        stream = std::move(opened);
        stream->set_listener(&listener);
      });
    });
  }
  ~TlsServer() override {
    if (stream != nullptr) stream->set_listener(nullptr);
  }

  HttpClient connect(TlsClientOptions tls = {}, int receive_buffer_bytes = 0) {
    if (tls.ca_file.empty()) tls.ca_file = own().certificate_file;
    ClientOptions options{.receive_buffer_bytes = receive_buffer_bytes};
    options.tls = std::move(tls);
    return rig.connect(std::move(options));
  }
  TlsStats stats() const { return rig.server.stats().tls; }

  Listener listener;
  std::shared_ptr<OutputStream> stream;
};

TEST_F(TlsServer, answers_requests_over_tls_1_3) {
  HttpClient client = connect();
  EXPECT_EQ(client.tls()->version(), "TLSv1.3");
  EXPECT_EQ(client.get("/hello").body, "hello\n");
  EXPECT_EQ(client.request("POST", "/echo", "what is said").body, "what is said");
  EXPECT_EQ(stats().handshakes, 1u);
  EXPECT_EQ(rig.server.stats().connections, 1u);
}

TEST_F(TlsServer, shows_handlers_that_a_client_came_securely) {
  bool secure = false;
  rig.router.add(Method::get, "/how", [&](Request& request, const PathParams&) {
    secure = request.client->secure;
    return Response::empty();
  });
  HttpClient client = connect();
  EXPECT_EQ(client.get("/how").status, 204);
  EXPECT_TRUE(secure);
}

TEST_F(TlsServer, answers_requests_over_tls_1_2_too) {
  HttpClient client = connect({.version_max = TLS1_2_VERSION});
  EXPECT_EQ(client.tls()->version(), "TLSv1.2");
  EXPECT_EQ(client.get("/hello").body, "hello\n");
}

TEST_F(TlsServer, refuses_older_versions) {
  EXPECT_THROW(connect({.version_max = TLS1_1_VERSION}), std::runtime_error);
  rig.settle();
  EXPECT_EQ(stats().handshakes_failed, 1u);
}

TEST_F(TlsServer, sends_and_takes_what_is_larger_than_a_record_or_a_socket) {
  HttpClient client = connect();
  EXPECT_EQ(client.get("/large").body, *large);
  const std::string body(900'000, 'b');
  EXPECT_EQ(client.request("POST", "/echo", body).body, body);
}

TEST_F(TlsServer, ends_a_closed_connection_with_a_goodbye) {
  HttpClient client = connect();
  client.send("GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(client.read_to_end().ends_with("hello\n"));
  EXPECT_FALSE(client.cut_off());
}

TEST_F(TlsServer, streams_blocks_gathered_and_says_goodbye_behind_them) {
  HttpClient client = connect();
  client.open_stream("/stream");
  const Block block = make_block("data: 1\n\n");
  for (int count = 0; count < 100; ++count) ASSERT_TRUE(stream->write(block));
  stream->close();
  for (int count = 0; count < 100; ++count) EXPECT_EQ(client.next_event().data, "1");
  EXPECT_TRUE(client.stream_ends());
  EXPECT_FALSE(client.cut_off());
  EXPECT_EQ(listener.reasons, std::vector{CloseReason::finished});
  EXPECT_EQ(rig.server.stats().stream_queued_bytes, 0u);
}

TEST_F(TlsServer, shows_clients_that_an_aborted_stream_is_not_complete) {
  HttpClient client = connect();
  client.open_stream("/stream");
  ASSERT_TRUE(stream->write(make_block("data: 1\n\n")));
  EXPECT_EQ(client.next_event().data, "1");
  stream->abort();
  EXPECT_TRUE(client.stream_ends());
  EXPECT_TRUE(client.cut_off());
}

TEST_F(TlsServer, holds_back_for_a_reader_that_stalls_and_goes_on_where_it_was) {
  HttpClient client = connect({}, 4096);
  client.open_stream("/stream");
  std::string expected;
  int written = 0;
  while (true) {
    const std::string text = "data: " + std::to_string(written) + std::string(5000, '.') + "\n\n";
    if (!stream->write(make_block(text))) break;
    expected += text;
    ++written;
    rig.settle();
    ASSERT_LT(expected.size(), 64u * 1024 * 1024);
  }
  EXPECT_LE(stream->queued_bytes(), stream->budget_bytes());
  EXPECT_EQ(rig.server.stats().stream_refusals, 1u);
  std::string got = client.read_bytes(expected.size());
  EXPECT_EQ(got, expected);
  EXPECT_TRUE(rig.settle_until([&] { return listener.drained == 1; }));
  EXPECT_EQ(stream->queued_bytes(), 0u);
}

TEST_F(TlsServer, keeps_the_order_of_blocks_when_a_queue_is_dropped_behind_a_record_under_way) {
  HttpClient client = connect({}, 4096);
  client.open_stream("/stream");
  std::size_t written = 0;
  while (stream->write(make_block("data: early" + std::string(3000, '.') + "\n\n"))) {
    ++written;
    rig.settle();
  }
  const std::size_t dropped = stream->drop_queue();
  EXPECT_TRUE(dropped > 0 || rig.has_io_loops());
  ASSERT_TRUE(stream->write(make_block("data: last\n\n")));
  std::size_t early = 0;
  while (true) {
    const std::string data = client.next_event().data;
    if (data == "last") break;
    ASSERT_EQ(data, "early" + std::string(3000, '.'));
    ++early;
  }
  EXPECT_LT(early, written);
}

TEST_F(TlsServer, ends_a_stream_whose_reader_takes_nothing) {
  HttpClient client = connect({}, 4096);
  client.open_stream("/stream");
  while (stream->write(make_block(std::string(3000, '.')))) rig.settle();
  for (int count = 0; count < 40; ++count) rig.pass(seconds(1));
  EXPECT_EQ(listener.reasons, std::vector{CloseReason::stalled});
}

TEST_F(TlsServer, notices_a_client_that_leaves_with_a_goodbye_or_without) {
  HttpClient client = connect();
  client.open_stream("/stream");
  client.close();
  EXPECT_TRUE(rig.settle_until([&] { return listener.reasons.size() == 1; }));
  HttpClient other = connect();
  other.open_stream("/stream");
  other.reset();
  EXPECT_TRUE(rig.settle_until([&] { return listener.reasons.size() == 2; }));
  EXPECT_EQ(listener.reasons, (std::vector{CloseReason::peer_gone, CloseReason::peer_gone}));
}

TEST_F(TlsServer, speaks_websocket) {
  struct Echo final : WebSocketListener {
    void on_message(MessageKind /*kind*/, std::string_view payload) override { sent = socket->send_text(payload); }
    void on_closed(CloseCode /*code*/, std::string_view /*reason*/) override { closed = true; }
    std::shared_ptr<WebSocket> socket;
    bool sent = false;
    bool closed = false;
  } echo;
  const WebSocketEndpoint endpoint;
  rig.router.add(Method::get, "/chat", [&](Request& request, const PathParams&) {
    return endpoint.accept(request, [&](std::shared_ptr<WebSocket> opened) {
      echo.socket = std::move(opened);
      echo.socket->set_listener(&echo);
    });
  });
  WebSocketClient client(connect(), "/chat");
  client.send_text("over TLS");
  EXPECT_EQ(client.next(), "text:over TLS");
  EXPECT_TRUE(echo.sent);
  echo.socket->set_listener(nullptr);
  echo.socket.reset();
}

TEST_F(TlsServer, tells_a_client_without_tls_what_is_wrong) {
  HttpClient client = rig.connect();
  client.send(kHello);
  const std::string answer = client.read_to_end();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << answer;
  EXPECT_NE(answer.find("use https"), std::string::npos) << answer;
  EXPECT_EQ(stats().plain_requests, 1u);
  EXPECT_EQ(stats().handshakes_failed, 1u);
}

TEST_F(TlsServer, closes_on_bytes_that_are_no_handshake) {
  for (const std::string& bytes :
       {std::string("\x16\x03\x01\x00\x05hello", 10), std::string(100, '\0'), std::string("SSH-2.0-x\r\n"),
        std::string("\x80\x2e\x01\x00\x02", 5) + std::string(60, 'x')}) {
    HttpClient client = rig.connect();
    client.send(bytes);
    client.shut_down_sending();
    EXPECT_EQ(client.read_to_end().find("HTTP"), std::string::npos);
  }
  rig.settle();
  EXPECT_EQ(stats().handshakes_failed, 4u);
  EXPECT_EQ(rig.server.stats().connections, 0u);
}

TEST_F(TlsServer, ends_a_handshake_that_takes_too_long) {
  HttpClient client = rig.connect();
  rig.pass(seconds(9));
  EXPECT_EQ(rig.server.stats().connections, 1u);
  client.send("\x16\x03\x01");
  rig.pass(seconds(2));
  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_EQ(stats().handshake_timeouts, 1u);
}

TEST_F(TlsServer, does_not_renegotiate) {
  HttpClient client = connect({.version_max = TLS1_2_VERSION});
  EXPECT_EQ(client.get("/hello").status, 200);
  ASSERT_TRUE(client.tls()->renegotiate());
  bool refused = false;
  try {
    client.send(kHello);
    client.read_response();
  } catch (const std::runtime_error&) {
    refused = true;
  }
  EXPECT_TRUE(refused);
}

TEST_F(TlsServer, does_not_hold_up_a_stop_for_handshakes) {
  HttpClient client = rig.connect();
  rig.settle();
  bool stopped = false;
  rig.server.stop(seconds(60), [&] { stopped = true; });
  rig.settle();
  EXPECT_TRUE(stopped);
}

TEST_F(TlsServer, agrees_on_http_1_1_where_that_is_all_a_client_knows) {
  HttpClient client = connect({.protocols = "\x08http/1.1"});
  EXPECT_EQ(client.tls()->protocol(), "http/1.1");
  EXPECT_EQ(client.get("/hello").status, 200);
  EXPECT_THROW(connect({.protocols = "\x04spdy"}), std::runtime_error);
}

TEST_F(TlsServer, takes_input_in_any_portions) {
  HttpClient client = connect();
  for (const char c : std::string(kHello)) {
    client.send({&c, 1});
    rig.settle();
  }
  EXPECT_EQ(client.read_response().body, "hello\n");
  std::string many;
  for (int count = 0; count < 500; ++count) many += kHello;
  client.send(many);
  for (int count = 0; count < 500; ++count) EXPECT_EQ(client.read_response().status, 200);
}

struct ReluctantTlsServer : TlsServer {
  ReluctantTlsServer() : TlsServer({.handshakes_per_turn_max = 0}) {}
};

TEST_F(ReluctantTlsServer, begins_one_handshake_at_a_time) {
  HttpClient one = connect();
  EXPECT_EQ(one.get("/hello").status, 200);
  HttpClient other = connect();
  EXPECT_EQ(other.get("/hello").status, 200);
}

struct CrowdedTlsServer : TlsServer {
  CrowdedTlsServer() : TlsServer({.handshakes_per_turn_max = 2}) {}
};

TEST_F(CrowdedTlsServer, begins_few_handshakes_at_a_time_and_serves_all) {
  std::vector<HttpClient> waiting;
  for (int count = 0; count < 9; ++count) waiting.push_back(rig.connect());
  rig.settle();
  EXPECT_GE(stats().handshakes_delayed, 5u);
  waiting.erase(waiting.begin() + 5, waiting.end());  // some give up while they wait
  rig.settle();
  for (int count = 0; count < 5; ++count) EXPECT_EQ(connect().get("/hello").status, 200);
  EXPECT_EQ(stats().handshakes, 5u);
}

struct Certified : ::testing::Test {
  Certificates folder;
};

TEST_F(Certified, exchanges_certificates_while_it_runs) {
  const TlsOptions tls = folder.make("server", "first");
  HelloServer server({}, tls);
  const auto connect = [&] {
    ClientOptions options;
    options.tls.ca_file = tls.certificate_file;
    return server.rig.connect(std::move(options));
  };
  HttpClient old = connect();
  EXPECT_EQ(old.tls()->subject(), "/CN=first");
  folder.make("server", "second");
  ASSERT_TRUE(server.rig.server.reload_certificates());
  EXPECT_EQ(connect().tls()->subject(), "/CN=second");
  EXPECT_EQ(old.get("/hello").status, 200);
  EXPECT_EQ(server.rig.server.stats().tls.certificate_loads, 1u);
}

TEST_F(Certified, keeps_its_certificate_where_the_new_one_is_not_fit) {
  const TlsOptions tls = folder.make("server", "first");
  HelloServer server({}, tls);
  ClientOptions options;
  options.tls.ca_file = tls.certificate_file;
  folder.make("keep", "other");
  HttpClient before = server.rig.connect(options);
  const std::string good = folder.path("keep.pem");
  folder.write("server.key", "not a key");
  const auto reloaded = server.rig.server.reload_certificates();
  ASSERT_FALSE(reloaded);
  EXPECT_NE(reloaded.error().primary.find("server.key"), std::string::npos);
  EXPECT_EQ(server.rig.connect(options).tls()->subject(), "/CN=first");
  EXPECT_EQ(server.rig.server.stats().tls.certificate_faults, 1u);
}

TEST_F(Certified, says_what_is_wrong_with_the_files) {
  const TlsOptions good = folder.make("good");
  const TlsOptions other = folder.make("other");
  folder.write("text.pem", "no certificate");
  testing::ServerRig rig;
  const auto message = [&](const TlsOptions& tls) {
    const auto listening = rig.server.listen("127.0.0.1", 0, tls);
    return listening ? std::string("listens") : listening.error().primary;
  };
  EXPECT_EQ(message({}), "TLS needs a certificate");
  EXPECT_EQ(message({.certificate_file = good.certificate_file}), "TLS needs a private key");
  EXPECT_EQ(message({"/nowhere.pem", good.private_key_file}), "cannot load the certificate /nowhere.pem");
  EXPECT_EQ(message({folder.path("text.pem"), good.private_key_file}),
            "cannot load the certificate " + folder.path("text.pem"));
  EXPECT_EQ(message({good.certificate_file, "/nowhere.key"}), "cannot load the private key /nowhere.key");
  EXPECT_NE(message({good.certificate_file, other.private_key_file}).find("private key"), std::string::npos);
  TlsOptions odd = good;
  odd.ciphers = "NONSENSE";
  EXPECT_EQ(message(odd), "none of these TLS 1.2 ciphers is known");
  EXPECT_EQ(message(good), "listens");
}

TEST_F(Certified, is_not_trusted_with_the_wrong_certificate_or_name) {
  const TlsOptions tls = folder.make("server");
  const TlsOptions other = folder.make("other");
  HelloServer server({}, tls);
  ClientOptions options;
  options.tls.ca_file = other.certificate_file;
  EXPECT_THROW(server.rig.connect(options), std::runtime_error);
  options.tls = {.ca_file = tls.certificate_file, .host = "example.org"};
  EXPECT_THROW(server.rig.connect(options), std::runtime_error);
}

TEST_F(Certified, serves_with_and_without_tls_side_by_side) {
  // [tls]
  Loop loop;
  Router router;
  router.add(Method::get, "/hello", [](Request&, const PathParams&) { return Response::text("hello\n"); });
  HttpServer server(loop, router);

  const TlsOptions certificate = folder.make("localhost");  // certificate_file, private_key_file
  const auto http = server.listen("127.0.0.1", 0);
  const auto https = server.listen("127.0.0.1", 0, certificate);
  loop.on_hangup([&] {
    if (const auto loaded = server.reload_certificates(); !loaded) std::cerr << to_string(loaded.error()) << "\n";
  });
  // [/tls]
  ASSERT_TRUE(http && https);
  ClientOptions options{.pump = [&] { loop.poll(); }};
  EXPECT_EQ(HttpClient(*http, options).get("/hello").status, 200);
  options.tls.ca_file = certificate.certificate_file;
  EXPECT_EQ(HttpClient(*https, options).get("/hello").status, 200);
  folder.make("localhost", "renewed");
  ::raise(SIGHUP);
  for (int turn = 0; turn < 1000 && server.stats().tls.certificate_loads == 0; ++turn) loop.poll();
  EXPECT_EQ(HttpClient(*https, options).tls()->subject(), "/CN=renewed");
}

}  // namespace
}  // namespace freshet::net
