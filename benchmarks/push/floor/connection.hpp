// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <openssl/ssl.h>

#include "push/socket.hpp"

namespace freshet::bench {

/// With a certificate, or nothing for plain connections.
class FloorTls {
 public:
  static FloorTls none() { return FloorTls(nullptr); }
  /// Errors: std::runtime_error.
  static FloorTls load(const std::string& certificate_file, const std::string& key_file);

  SSL_CTX* context() const { return context_.get(); }

 private:
  explicit FloorTls(SSL_CTX* context) : context_(context, &SSL_CTX_free) {}

  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
};

/// A client of the floor.
class FloorConnection {
 public:
  /// The next that waits, or null.
  static std::unique_ptr<FloorConnection> accept(const Descriptor& listener, const Descriptor& epoll,
                                                 const FloorTls& tls);

  /// Appends what came to `received`; false when the client is gone.
  bool receive();
  /// Sends as much as goes, keeps the rest.
  void write(std::string_view bytes);
  void send_rest();
  void close();

  /// Requests that were not served yet.
  std::string received;
  /// The window that it follows; -1 while none.
  int window = -1;

 private:
  FloorConnection(Descriptor socket, const Descriptor& epoll, const FloorTls& tls);

  /// How many bytes went; 0 when there is no room.
  std::size_t send_some(std::string_view bytes);
  bool receive_tls();
  void wait_for_room(bool waits);

  Descriptor socket_;
  int epoll_;
  std::unique_ptr<SSL, decltype(&SSL_free)> tls_{nullptr, &SSL_free};
  /// What a full socket did not take, from unsent_at_ on.
  std::string unsent_;
  std::size_t unsent_at_ = 0;
};

}  // namespace freshet::bench
