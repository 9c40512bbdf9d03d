// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

using SSL = struct ssl_st;
using SSL_CTX = struct ssl_ctx_st;

namespace freshet::net::testing {

struct TlsClientOptions {
  /// PEM: whom to trust. Empty for a client without TLS.
  std::string ca_file = {};
  /// What the certificate has to be for.
  std::string host = "localhost";
  /// As ALPN has it, each name with its length before it; empty: the client does not say.
  std::string protocols = {};
  /// The highest version, as OpenSSL numbers them; 0: any.
  int version_max = 0;
};

/// The TLS of an HttpClient. Does not wait: "again" results are to be tried again.
class TlsClient {
 public:
  /// Makes the socket a non-blocking one.
  TlsClient(int descriptor, const TlsClientOptions& options);

  /// As those of a socket: -1 with errno, EAGAIN where it has to wait; 0 at the end, which without a goodbye is
  /// ECONNRESET instead.
  long read(char* into, std::size_t size);
  long write(std::string_view bytes);
  /// True when the handshake is done; false to try again. Throws std::runtime_error where it fails.
  bool shake_hands();
  /// Says goodbye.
  void finish();
  /// Asks for another handshake, as TLS 1.2 has it; whether the server would.
  bool renegotiate();

  std::string protocol() const;
  std::string version() const;
  /// The subject of the server's certificate, as /CN=localhost.
  std::string subject() const;

 private:
  struct Free {
    void operator()(SSL* ssl) const;
    void operator()(SSL_CTX* context) const;
  };

  long outcome(int result) const;

  std::unique_ptr<SSL_CTX, Free> context_;
  std::unique_ptr<SSL, Free> ssl_;
};

}  // namespace freshet::net::testing
