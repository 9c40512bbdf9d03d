// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace freshet::net {

/// How a server speaks TLS: 1.2 and 1.3, forward secrecy only, without compression, renegotiation and early data.
///
/// Example: src/freshet/net/tls.test.cpp [tls]
struct TlsOptions {
  /// PEM: the certificate, then those between it and the authority that clients know.
  std::string certificate_file = {};
  /// PEM: the certificate's key, not encrypted.
  std::string private_key_file = {};

  /// Whether clients that have 1.2 only are served.
  bool allow_tls_1_2 = true;
  /// Ciphers of TLS 1.2 and of TLS 1.3, in OpenSSL's notation; empty for those that are sensible today.
  std::string ciphers = {};
  std::string cipher_suites = {};
  /// Whether clients that return may leave out the expensive part. The keys of the tickets are those of this process
  /// alone, and new after each reload.
  bool session_tickets = true;
  /// Whether HTTP/2 is offered beside HTTP/1.1.
  bool offer_http2 = true;
};

}  // namespace freshet::net
