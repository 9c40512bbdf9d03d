// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "freshet/base/clock.hpp"
#include "freshet/net/http.hpp"
#include "freshet/net/internal/asio.hpp"
#include "freshet/net/internal/client_finder.hpp"
#include "freshet/net/internal/request_parser.hpp"
#include "freshet/net/internal/response_head.hpp"
#include "freshet/net/internal/server_core.hpp"
#include "freshet/net/internal/wire.hpp"

namespace freshet::net {

/// A connection that answers requests, one after the other, in one coroutine.
///
/// Owner: its coroutine; it goes with it, when the connection ends or has become a stream.
/// Deadlines are checked by the server's sweep, which cancels the wait that is too long; there is no timer here.
class Connection {
 public:
  enum class Phase : std::uint8_t { handshake, idle, head, body, answer, write, linger };

  Connection(std::shared_ptr<ServerCore> server, Wire wire, Peer peer);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Answers requests until the connection ends.
  static Awaitable<void> serve(std::unique_ptr<Connection> self);

  Phase phase() const { return phase_; }
  SteadyTime deadline() const { return deadline_; }
  /// The deadline has passed: ends what the coroutine is waiting for.
  void expire();
  /// Ends the wait, so that the coroutine sees that the server is stopping.
  void wake();
  /// The TLS handshake that had to wait may begin.
  void admit();
  /// Ends the connection without a word.
  void cut();

  // The place in the server's list.
  std::size_t place = 0;

 private:
  Awaitable<bool> shake_hands();
  Awaitable<bool> await_admission();
  Awaitable<bool> expect_preface();
  void become_http2();
  Awaitable<bool> answer_one();
  Awaitable<bool> read_request(RequestParser& parser);
  Awaitable<bool> read_some();
  Transfer receive();
  Awaitable<bool> await_answer(const Request& request, Response& response);
  Awaitable<bool> send(std::string_view head, std::string_view body);
  Awaitable<void> send_continue();
  Awaitable<void> refuse(int status, std::string_view reason, Request* request = nullptr);
  Awaitable<void> linger();
  void feed(RequestParser& parser);
  void enter(Phase phase);
  Response begin_answer(Request& request);
  void hand_over(const Response& response);
  Response refusal(int status, std::string_view reason, Request* request);
  void end_exchange(std::size_t bytes);
  void check_upgrade(const Request& request, Response& response);
  Persistence persistence(const RequestParser& parser) const;
  void count_refusal(int status, Phase phase);

  const std::shared_ptr<ServerCore> server_;
  Wire wire_;
  Peer peer_;
  // What has arrived and is not taken yet.
  std::string input_;
  std::size_t request_count_ = 0;
  SteadyTime complete_at_;
  // Of the request that is being answered; null where nobody is told.
  std::unique_ptr<ExchangeRecord> record_;
  Phase phase_ = Phase::idle;
  SteadyTime deadline_;
  // What the last read or write came to.
  Transfer last_read_{Transfer::State::open, 0};
  bool has_read_ = false;
  bool admitted_ = false;
  bool expired_ = false;
  bool cut_ = false;
};

}  // namespace freshet::net
