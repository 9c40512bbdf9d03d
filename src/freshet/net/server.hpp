// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "freshet/base/histogram.hpp"
#include "freshet/base/result.hpp"
#include "freshet/net/client_limits.hpp"
#include "freshet/net/compression.hpp"
#include "freshet/net/exchange.hpp"
#include "freshet/net/http.hpp"
#include "freshet/net/http2_options.hpp"
#include "freshet/net/tls.hpp"

namespace freshet::net {

class Loop;
class Router;
class ServerCore;

/// Every limit and timeout of an HttpServer. Timeouts are checked by a coarse sweep: they act up to one
/// `sweep_interval` late.
struct ServerOptions {
  /// Connections at once, streams included; one more is answered with 503 and closed.
  std::size_t connections_max = 20'000;
  /// Pending connections in the kernel's queue.
  int accept_backlog = 4096;
  /// Request line: longer is 414.
  std::size_t request_line_bytes_max = 8 * 1024;
  /// Request line and header fields: longer is 431.
  std::size_t head_bytes_max = 16 * 1024;
  /// Header fields: more is 431.
  std::size_t header_fields_max = 100;
  /// Body: longer, or claimed to be longer, is 413.
  std::size_t body_bytes_max = 1024 * 1024;
  /// Requests on one connection; the last is answered with Connection: close.
  std::size_t keep_alive_requests_max = 10'000;
  /// Answers that come later (Response::later) and are still to come, those included whose client has gone; one more
  /// request of that kind is answered with 503.
  std::size_t answers_under_way_max = 10'000;

  /// For a TLS handshake, the wait for its turn included; closed without a word.
  std::chrono::milliseconds handshake_timeout{10'000};
  /// TLS handshakes begun in one turn of the loop, so that a storm of new clients leaves time for the old ones. The
  /// others wait; one is always let in.
  std::size_t handshakes_per_turn_max = 8;

  /// From the first byte of a head to its end; 408.
  std::chrono::milliseconds head_timeout{10'000};
  /// From the end of the head to the end of the body; 408.
  std::chrono::milliseconds body_timeout{30'000};
  /// Between requests, and before the first byte of the first; closed without a word.
  std::chrono::milliseconds idle_timeout{60'000};
  /// For an answer that comes later; 503.
  std::chrono::milliseconds answer_timeout{60'000};
  /// Without progress while bytes are waiting to be sent, for responses and streams alike; closed. For streams also the
  /// time in which a client acknowledges what it got: one that vanished without a word is noticed by a heartbeat.
  std::chrono::milliseconds write_timeout{30'000};
  /// How long the rest of a refused request is read and discarded, so that the client gets to see the answer.
  std::chrono::milliseconds linger_timeout{2'000};
  std::chrono::milliseconds sweep_interval{500};
  /// How often an idle WebSocket is looked at; some of them in each sweep, so that their pings are spread over it.
  std::chrono::milliseconds idle_check_interval{5'000};

  /// Bytes an OutputStream queues for a client that does not keep up; OutputStream::set_budget_bytes() changes one.
  std::size_t stream_budget_bytes = 256 * 1024;
  /// SO_SNDBUF of a stream, 0 for the kernel's choice: without it the kernel hides megabytes for a stalled client.
  int stream_send_buffer_bytes = 128 * 1024;
  /// Bytes a client may send on a stream, where nothing is expected, before it is closed.
  std::size_t stream_stray_bytes_max = 16 * 1024;

  /// Threads that send streams and WebSockets, beside the loop's own; 0: that one does it. They live while the loop
  /// runs. Requests, and all of HTTP/2, stay on the loop.
  std::size_t io_loops = 0;

  Http2Options http2 = {};
  CompressionOptions compression = {};
  ClientLimits clients = {};
  ProxyOptions proxies = {};
};

/// The part of ServerStats that is about TLS.
struct TlsStats {
  std::uint64_t handshakes = 0;          ///< that succeeded
  std::uint64_t handshakes_failed = 0;   ///< plain requests included
  std::uint64_t handshakes_delayed = 0;  ///< handshakes_per_turn_max
  std::uint64_t handshake_timeouts = 0;  ///< handshake_timeout
  std::uint64_t plain_requests = 0;      ///< HTTP without TLS where TLS is spoken: 400
  std::uint64_t certificate_loads = 0;   ///< by reload_certificates()
  std::uint64_t certificate_faults = 0;  ///< loads that failed; the old ones stay
};

/// The part of ServerStats that is about WebSockets. Each limit of WebSocketOptions has its counter.
struct WebSocketStats {
  std::size_t open = 0;  ///< now

  std::uint64_t opened = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t messages_received = 0;
  std::uint64_t messages_sent = 0;
  std::uint64_t pings_sent = 0;

  std::uint64_t handshakes_refused = 0;  ///< malformed, or an origin that may not connect
  std::uint64_t protocol_errors = 0;     ///< frames against the rules
  std::uint64_t invalid_payloads = 0;    ///< not UTF-8, not to be inflated
  std::uint64_t messages_too_big = 0;    ///< messages.message_bytes_max
  std::uint64_t too_many_frames = 0;     ///< messages.message_frames_max
  std::uint64_t message_rates = 0;       ///< message_rate
  std::uint64_t byte_rates = 0;          ///< byte_rate
  std::uint64_t pong_timeouts = 0;       ///< pong_timeout
  std::uint64_t close_timeouts = 0;      ///< close_timeout
  std::uint64_t listener_faults = 0;     ///< listeners that threw
};

/// What happened since the start, and what is there now. Each limit of ServerOptions has its counter.
struct ServerStats {
  std::size_t connections = 0;          ///< now, streams included; one of HTTP/2 counts once
  std::size_t streams = 0;              ///< now; requests of HTTP/2 included
  std::size_t stream_queued_bytes = 0;  ///< now, over all streams
  std::size_t answers_under_way = 0;    ///< now: answers that come later

  std::uint64_t accepted = 0;
  std::uint64_t requests = 0;
  std::uint64_t streams_opened = 0;
  std::uint64_t stream_writes = 0;  ///< system calls
  std::uint64_t stream_bytes = 0;

  std::uint64_t refused_connections = 0;  ///< connections_max
  std::uint64_t accept_errors = 0;        ///< no descriptor or memory left
  std::uint64_t bad_requests = 0;         ///< malformed: 400, 501, 505
  std::uint64_t uri_too_long = 0;         ///< request_line_bytes_max
  std::uint64_t head_too_large = 0;       ///< head_bytes_max, header_fields_max
  std::uint64_t body_too_large = 0;       ///< body_bytes_max
  std::uint64_t head_timeouts = 0;
  std::uint64_t body_timeouts = 0;
  std::uint64_t idle_timeouts = 0;
  std::uint64_t answers_refused = 0;  ///< answers_under_way_max
  std::uint64_t answer_timeouts = 0;
  std::uint64_t answers_unwanted = 0;    ///< the client went away before its answer was there
  std::uint64_t write_timeouts = 0;      ///< responses and streams
  std::uint64_t keep_alive_ends = 0;     ///< keep_alive_requests_max
  std::uint64_t stream_refusals = 0;     ///< writes refused for the budget
  std::uint64_t stream_misbehaving = 0;  ///< stream_stray_bytes_max
  std::uint64_t forced_closes = 0;       ///< connections cut at the stop deadline

  /// Answers that the router did not get to see, by status: there was no head to be read.
  std::map<int, std::uint64_t> unrouted;

  TlsStats tls;
  Http2Stats http2;
  CompressionStats compression;
  WebSocketStats websockets;
  ClientStats clients;

  /// From a complete request to its answer: its last byte with the kernel, with HTTP/2 its first queued. Without
  /// streams and WebSockets.
  DurationHistogram request_times;
};

/// A server of HTTP/1.1 and HTTP/2 on a Loop, with and without TLS.
///
/// Each connection is one coroutine while it answers requests, one at a time and in order (keep-alive, pipelining). A
/// streaming response ends the coroutine and leaves the socket to an OutputStream. Requests that break the rules of
/// RFC 9110 and 9112 are refused with problem+json and a closed connection, never repaired.
///
/// HTTP/2 is spoken on the same port: with TLS where the client chooses it (ALPN), without it where the client begins
/// with its preface. Its requests go to the same router, many at once over one connection; its streaming responses are
/// OutputStreams like any others, each with a budget of its own.
///
/// With ServerOptions::io_loops the sockets of OutputStreams and WebSockets go to threads of their own, each with a
/// loop: what a turn of the server's loop writes goes there at its end, in one batch for each of them. The application
/// sees nothing of them: streams, listeners and stats() belong to the server's loop as before.
///
/// Lifetime: the loop and the router outlive the server; destroying it cuts all connections and streams at once.
/// Thread safety: belongs to its loop.
class HttpServer {
 public:
  HttpServer(Loop& loop, Router& router, ServerOptions options = {});
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Starts to accept connections on all addresses of `host` (a name, or an IPv4 or IPv6 literal); port 0 takes a free
  /// one. Returns the port. May be called several times.
  /// Errors: unavailable, with one line that names host:port, when it is taken or cannot be had.
  Result<std::uint16_t> listen(std::string_view host, std::uint16_t port);
  /// The same with TLS. Errors: also invalid_argument, with what is wrong with the certificate or its key.
  Result<std::uint16_t> listen(std::string_view host, std::uint16_t port, const TlsOptions& tls);
  /// The same on a listening TCP socket that somebody else has opened: systemd, a parent process. Takes it over.
  /// Errors: invalid_argument, where it is something else; it is left alone then.
  Result<std::uint16_t> listen_on(int descriptor);
  Result<std::uint16_t> listen_on(int descriptor, const TlsOptions& tls);
  /// Loads the files of all listeners with TLS again, for connections from now on. Where they are not fit, what was
  /// loaded before stays. Errors: the first one, as those of listen().
  Result<void> reload_certificates();

  /// Stops gracefully: accepts no more, lets running requests finish, closes idle connections, closes streams once what
  /// they have queued is sent. What is left after `deadline` is cut. Then calls `done` from the loop.
  void stop(std::chrono::milliseconds deadline, std::function<void()> done);

  /// The beginning of a stop(): accepts no more connections, and has each request that is answered be the last of its
  /// connection. Streams go on.
  void stop_accepting();

  /// How long until a client may write once more, by a way that is no request; 0: it may, and that counts. `network` is
  /// Client::network.
  std::chrono::seconds admit_write(std::string_view network);

  /// Tells of each exchange that is over. Before the first listen().
  void on_exchange(ExchangeListener listener);

  ServerStats stats() const;
  const ServerOptions& options() const;

 private:
  std::shared_ptr<ServerCore> core_;
};

/// Raises the process's soft limit of open files, 1024 by default, to its hard limit, which is what thousands of
/// connections need. Returns the limit that holds now. Call it from main, before anything is opened.
std::size_t raise_descriptor_limit();

}  // namespace freshet::net
