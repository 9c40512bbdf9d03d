// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "freshet/codec/sse_parser.hpp"
#include "freshet/net/http.hpp"
#include "freshet/net/internal/descriptor.hpp"
#include "freshet/net/testing/tls_client.hpp"

namespace freshet::net::testing {

struct ClientOptions {
  /// Called while there is nothing to read, for tests that run the loop in their own thread: `[&] { loop.poll(); }`.
  std::function<void()> pump = {};
  /// A client that waits longer than that for anything fails its test.
  std::chrono::milliseconds timeout{10'000};
  /// SO_RCVBUF, 0 for the kernel's choice; a small one makes a stalled reader stall soon.
  int receive_buffer_bytes = 0;
  /// With a ca_file, the client speaks TLS.
  TlsClientOptions tls = {};
};

/// What a client got in answer.
struct ClientResponse {
  int status = 0;
  Headers headers;
  std::string body;

  std::string_view header(std::string_view name) const { return headers.get(name); }
};

/// A plain HTTP/1.1 and event stream client for tests, on one connection to 127.0.0.1. Not installed.
///
/// It waits for what it is asked for; a wait that takes too long, and a connection that ends too early, throw
/// std::runtime_error.
class HttpClient {
 public:
  explicit HttpClient(std::uint16_t port, ClientOptions options = {});

  /// Sends a request and returns its answer; `headers` as lines without their CRLF.
  ClientResponse request(std::string_view method, std::string_view target, std::string_view body = {},
                         const std::vector<std::string>& headers = {});
  ClientResponse get(std::string_view target) { return request("GET", target); }

  /// Sends a GET that accepts an event stream; returns the head of the answer, whose events next_event() then gives.
  ClientResponse open_stream(std::string_view target, const std::vector<std::string>& headers = {});
  /// Waits for the next event.
  codec::SseEvent next_event();
  /// Waits for the end of the stream; true when no event came before it.
  bool stream_ends();

  // The parts of it, for tests that care about bytes.
  void send(std::string_view bytes);
  ClientResponse read_response(bool to_head_request = false);
  /// Waits until `text` has arrived; returns everything up to and with it.
  std::string read_until(std::string_view text);
  std::string read_bytes(std::size_t count);
  /// Waits for the end of the connection; returns what came before it. A reset counts as an end.
  std::string read_to_end();
  /// Waits for some bytes; empty at the end of the connection. A reset counts as an end.
  std::string read_some();
  /// What has arrived by now, without waiting.
  std::string read_available();

  void shut_down_sending();
  void close();
  /// Ends the connection with a reset, as a killed process with unread input does.
  void reset();

  int descriptor() const { return socket_.get(); }
  /// Null without TLS.
  TlsClient* tls() { return tls_.get(); }
  /// Whether the end came without a goodbye: a reset, or TLS that was cut off.
  bool cut_off() const { return cut_off_; }
  bool ended() const { return ended_; }
  /// Waits a little for something to arrive.
  void wait_a_moment();

 private:
  ClientResponse read_head();
  bool receive();
  bool wait_for_input();
  void feed_events();
  void shake_hands();
  long send_some(std::string_view bytes);

  ClientOptions options_;
  Descriptor socket_;
  std::unique_ptr<TlsClient> tls_;
  std::string input_;
  bool ended_ = false;
  bool cut_off_ = false;
  codec::SseParser parser_;
  std::deque<codec::SseEvent> events_;
};

}  // namespace freshet::net::testing
