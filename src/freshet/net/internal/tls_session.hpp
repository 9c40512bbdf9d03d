// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <sys/uio.h>

#include "freshet/net/internal/transfer.hpp"

// OpenSSL's type, whose headers stay in a few source files.
using SSL = struct ssl_st;

namespace freshet::net {

class TlsContext;

/// The TLS of one connection, on either side: the records that its socket carries.
///
/// What is written leaves in records as full as the gathered parts fill them. A record that the socket does not take is
/// kept, and counts as written, so that what it was made of is free; there is at most one. OpenSSL gives its own
/// buffers back while nothing is under way.
///
/// Requires: the socket outlives it, and is not blocking. Owner: its Wire. Thread safety: belongs to the loop.
class TlsSession {
 public:
  /// What one record carries at most. Source: RFC 8446 section 5.1.
  static constexpr std::size_t kRecordBytesMax = 16 * 1024;

  /// Why a handshake failed.
  enum class Fault : std::uint8_t { none, plain_http, other };

  /// The server's side.
  TlsSession(std::shared_ptr<TlsContext> context, int descriptor);
  /// The client's side, of a connection to `host`, a name or an address, for which the certificate has to be.
  /// Requires: a context for clients.
  TlsSession(std::shared_ptr<TlsContext> context, int descriptor, const std::string& host);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  /// Goes on with the handshake; open when it is done.
  Transfer handshake();
  /// Requires: the handshake has failed.
  Fault fault() const { return fault_; }
  /// On the client's side: what is wrong with the server's certificate, or that it is something else. Requires: the
  /// handshake has failed.
  std::string handshake_error() const;
  /// Whether the client chose HTTP/2. Requires: the handshake is done.
  bool chose_http2() const;

  /// Requires: room for a record.
  Transfer read(std::span<char> into);
  Transfer write(std::span<const iovec> parts);
  bool has_unsent() const { return !unsent_.empty(); }
  /// Says goodbye, as far as the socket takes it at once.
  void finish();

 private:
  struct Free {
    void operator()(SSL* ssl) const;
  };

  void use_socket(int descriptor);
  Transfer outcome(int result, std::size_t bytes) const;
  Transfer send_record(std::string_view record);

  // Outlives a reload of certificates.
  const std::shared_ptr<TlsContext> context_;
  const std::unique_ptr<SSL, Free> ssl_;
  std::string unsent_;
  Fault fault_ = Fault::none;
  bool broken_ = false;
};

}  // namespace freshet::net
