// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include <openssl/ssl.h>

#include "push/socket.hpp"

namespace freshet::bench {

/// What the connections of a client share that speaks TLS 1.3 with AES-128-GCM, or nothing for plain ones. Trusts any
/// certificate: it is this bench that made it.
class ClientTls {
 public:
  static ClientTls none() { return ClientTls(nullptr); }
  /// Errors: std::runtime_error.
  static ClientTls make();

  SSL_CTX* context() const { return context_.get(); }

 private:
  explicit ClientTls(SSL_CTX* context) : context_(context, &SSL_CTX_free) {}

  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
};

/// One end of a connection, with or without TLS. Receiving never waits; sending does until there is room.
class Channel {
 public:
  Channel() = default;
  /// Shakes hands, if there is TLS. Errors: std::runtime_error.
  Channel(Descriptor socket, const ClientTls& tls);

  bool is_open() const { return socket_.number() >= 0; }
  int number() const { return socket_.number(); }
  /// What has come: nothing when nothing has, 0 bytes at the end or when the connection broke.
  std::optional<std::size_t> receive(std::span<char> buffer);
  /// Errors: std::system_error, std::runtime_error.
  void send(std::string_view bytes);

 private:
  std::optional<std::size_t> receive_tls(std::span<char> buffer);

  Descriptor socket_;
  std::unique_ptr<SSL, decltype(&SSL_free)> tls_{nullptr, &SSL_free};
};

}  // namespace freshet::bench
