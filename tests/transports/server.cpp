// SPDX-License-Identifier: MIT
// What tests of other people's clients connect to: `server CERTIFICATE KEY` listens with and without TLS, says on which
// ports, and ends on SIGTERM. GET /hello, GET /large, POST /echo, GET /ticks (a stream, one event every few
// milliseconds), WebSocket /chat (an echo), any method /mirror (what the server understood, as JSON), GET /stats.
#include "freshet/net/server.hpp"

#include <iostream>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "freshet/codec/json_writer.hpp"
#include "freshet/net/loop.hpp"
#include "freshet/net/output_stream.hpp"
#include "freshet/net/router.hpp"
#include "freshet/net/websocket/websocket.hpp"

namespace {

using namespace freshet;
using namespace freshet::net;

/// Those who read /ticks: each gets a number after the other, or none while it does not keep up.
class Ticks {
 public:
  void add(std::shared_ptr<OutputStream> stream) {
    auto reader = std::make_unique<Reader>(*this, std::move(stream));
    readers_.insert(std::move(reader));
  }
  void tick() {
    const Block block = make_block("data: " + std::to_string(++count_) + std::string(1000, '.') + "\n\n");
    for (const auto& reader : readers_) reader->send(block);
  }
  void close_all() {
    for (const auto& reader : readers_) reader->close();
  }

 private:
  class Reader final : OutputStreamListener {
   public:
    Reader(Ticks& ticks, std::shared_ptr<OutputStream> stream) : ticks_(ticks), stream_(std::move(stream)) {
      stream_->set_listener(this);
    }
    ~Reader() { stream_->set_listener(nullptr); }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
    void send(const Block& block) {
      if (!lags_) lags_ = !stream_->write(block);
    }
    void close() { stream_->close(); }

   private:
    void on_drained() override { lags_ = false; }
    void on_closed(CloseReason /*reason*/) override {
      for (auto at = ticks_.readers_.begin(); at != ticks_.readers_.end(); ++at) {
        if (at->get() != this) continue;
        ticks_.readers_.erase(at);
        return;
      }
    }

    Ticks& ticks_;
    const std::shared_ptr<OutputStream> stream_;
    bool lags_ = false;
  };

  std::set<std::unique_ptr<Reader>> readers_;
  int count_ = 0;
};

/// An echo; owns itself until it has closed.
class Chat final : public WebSocketListener {
 public:
  static void begin(std::shared_ptr<WebSocket> socket) {
    auto chat = std::make_shared<Chat>();
    chat->self_ = chat;
    chat->socket_ = std::move(socket);
    chat->socket_->set_listener(chat.get());
  }
  void on_message(MessageKind /*kind*/, std::string_view payload) override {
    if (!socket_->send_text(payload)) socket_->close();
  }
  void on_closed(CloseCode /*code*/, std::string_view /*reason*/) override { self_.reset(); }

 private:
  std::shared_ptr<WebSocket> socket_;
  std::shared_ptr<Chat> self_;
};

/// A request as the server understood it.
Response mirror(const Request& request) {
  std::string text;
  codec::JsonWriter json(text);
  json.begin_object();
  for (const auto& [name, value] : {std::pair<std::string_view, std::string_view>{"method", to_string(request.method)},
                                    {"path", request.path},
                                    {"query", request.query},
                                    {"body", request.body}}) {
    json.name(name);
    json.string(value);
  }
  json.name("fields");
  json.begin_list();
  for (const Header& field : request.headers) {
    json.begin_list();
    json.string(field.name);
    json.string(field.value);
    json.end_list();
  }
  json.end_list();
  json.end_object();
  return Response::json(std::move(text));
}

std::string stats_text(const ServerStats& stats) {
  return "{\"streams\":" + std::to_string(stats.streams) + ",\"queued\":" + std::to_string(stats.stream_queued_bytes) +
         ",\"http2\":" + std::to_string(stats.http2.requests) +
         ",\"handshakes\":" + std::to_string(stats.tls.handshakes) +
         ",\"loads\":" + std::to_string(stats.tls.certificate_loads) +
         ",\"faults\":" + std::to_string(stats.tls.certificate_faults) + "}";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: server CERTIFICATE KEY\n";
    return 2;
  }
  Loop loop;
  Router router;
  HttpServer server(loop, router);
  Ticks ticks;
  const Block large = make_block(std::string(4 * 1024 * 1024, 'x'));
  const WebSocketEndpoint chat;
  router.add(Method::get, "/hello", [](Request&, const PathParams&) { return Response::text("hello\n"); });
  router.add(Method::get, "/large", [&](Request&, const PathParams&) { return Response::bytes("x/y", large); });
  router.add(Method::get, "/words",
             [](Request&, const PathParams&) { return Response::text(std::string(5'000, 'w')); });
  router.add(Method::post, "/echo", [](Request& r, const PathParams&) { return Response::text(std::move(r.body)); });
  for (const Method method : {Method::get, Method::post, Method::put, Method::patch, Method::delete_}) {
    router.add(method, "/mirror", [](Request& request, const PathParams&) { return mirror(request); });
  }
  router.add(Method::get, "/ticks", [&](Request&, const PathParams&) {
    return Response::stream({{"Content-Type", "text/event-stream"}},
                            [&](std::shared_ptr<OutputStream> stream) { ticks.add(std::move(stream)); });
  });
  router.add(Method::get, "/chat", [&](Request& r, const PathParams&) { return chat.accept(r, Chat::begin); });
  router.add(Method::get, "/stats",
             [&](Request&, const PathParams&) { return Response::json(stats_text(server.stats())); });

  const auto plain = server.listen("127.0.0.1", 0);
  const auto tls = server.listen("127.0.0.1", 0, {.certificate_file = argv[1], .private_key_file = argv[2]});
  if (!plain || !tls) {
    std::cerr << to_string(plain ? tls.error() : plain.error()) << "\n";
    return 1;
  }
  const Timer timer = loop.every(std::chrono::milliseconds(5), [&] { ticks.tick(); });
  loop.on_hangup([&] {
    if (const auto loaded = server.reload_certificates(); !loaded) std::cerr << to_string(loaded.error()) << "\n";
  });
  loop.on_termination([&](int) { server.stop(std::chrono::seconds(3), [&] { loop.stop(); }); });
  std::cout << "listening on " << *plain << " and " << *tls << std::endl;
  loop.run();
  return 0;
}
