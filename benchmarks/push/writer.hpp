// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "push/channel.hpp"
#include "push/server.hpp"

namespace freshet::bench {

/// The one client that writes: a connection with requests, and answers that are counted.
///
/// Errors: std::runtime_error, std::system_error.
class Writer {
 public:
  /// Lifetime: keeps references to both. `may_lose_answers`: whether the server may end while some are due.
  Writer(const Server& server, const ClientTls& tls, bool may_lose_answers)
      : server_(server), tls_(tls), may_lose_answers_(may_lose_answers) {}

  bool is_connected() const { return channel_.is_open(); }
  void connect();
  int number() const { return channel_.number(); }

  /// Requires: is_connected().
  void send(const Requests& requests);
  /// Takes what has come into `buffer`, and counts the answers.
  void receive(std::span<char> buffer);
  std::size_t answers_due() const { return answers_due_; }

 private:
  bool take_answer();

  const Server& server_;
  const ClientTls& tls_;
  bool may_lose_answers_;
  Channel channel_;
  /// What came and is no complete answer yet.
  std::string unfinished_;
  std::size_t answers_due_ = 0;
};

}  // namespace freshet::bench
