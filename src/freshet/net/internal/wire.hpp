// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <sys/uio.h>

#include "freshet/net/internal/asio.hpp"
#include "freshet/net/internal/client_table.hpp"
#include "freshet/net/internal/descriptor.hpp"
#include "freshet/net/internal/exchange_record.hpp"
#include "freshet/net/internal/tls_session.hpp"
#include "freshet/net/internal/transfer.hpp"

namespace freshet::net {

/// A Wire on its way from one loop to another. Nobody watches it.
struct LooseWire {
  asio::ip::tcp protocol;
  Descriptor socket;
  std::unique_ptr<TlsSession> tls;
  ClientSlot slot;
  std::unique_ptr<ExchangeRecord> exchange;
};

/// The bytes of a connection, in both directions and without waiting: those of its socket, or what TLS makes of them.
///
/// Whether there is TLS is one branch on each call; without it, this is a socket and a null pointer. Owner: whoever the
/// connection belongs to at the time; it goes from there to a stream as a whole.
class Wire {
 public:
  /// What one read() needs at least, so that nothing is kept back that the socket would not tell of: a record of TLS.
  static constexpr std::size_t kReadBytesMin = TlsSession::kRecordBytesMax;

  explicit Wire(TcpSocket socket, std::unique_ptr<TlsSession> tls = nullptr)
      : socket_(std::move(socket)), tls_(std::move(tls)) {}

  /// Takes a wire off its loop. Requires: nobody waits on its socket.
  static LooseWire detach(Wire wire);
  /// Puts it on another; nothing, and the connection is closed, if the kernel has no room to watch it.
  static std::optional<Wire> attach(LooseWire loose, asio::io_context& context);

  /// The socket, to wait on and to set up.
  TcpSocket& socket() { return socket_; }
  const TcpSocket& socket() const { return socket_; }
  /// Null without TLS.
  TlsSession* tls() { return tls_.get(); }
  /// From here on the bytes are those of the socket.
  void drop_tls() { tls_.reset(); }

  /// Takes what has arrived. Requires: room for kReadBytesMin.
  Transfer read(std::span<char> into);
  /// Sends as much of `parts`, in order, as the socket takes; without parts, what is still unsent.
  Transfer write(std::span<const iovec> parts);
  /// Whether part of what write() has taken is still to be sent, by another write().
  bool has_unsent() const { return tls_ != nullptr && tls_->has_unsent(); }
  /// Tells the client that nothing more comes. What it sends can still be read.
  void finish();

  // What goes with a connection to its end, whatever that becomes.

  void occupy(ClientSlot slot) { slot_ = std::move(slot); }
  /// It becomes the stream of this exchange.
  void begin_stream(std::unique_ptr<ExchangeRecord> exchange) { exchange_ = std::move(exchange); }
  void end_stream(CloseReason reason, std::uint64_t bytes) {
    if (exchange_ != nullptr) std::exchange(exchange_, nullptr)->end(bytes, reason);
  }

 private:
  TcpSocket socket_;
  std::unique_ptr<TlsSession> tls_;
  ClientSlot slot_;
  std::unique_ptr<ExchangeRecord> exchange_;
};

}  // namespace freshet::net
