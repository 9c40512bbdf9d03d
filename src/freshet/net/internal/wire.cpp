// SPDX-License-Identifier: MIT
#include "freshet/net/internal/wire.hpp"

#include <cerrno>
#include <sys/socket.h>
#include <utility>

#include "freshet/base/assert.hpp"

namespace freshet::net {
namespace {

bool is_temporary(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

Transfer receive(int descriptor, std::span<char> into) {
  while (true) {
    const long count = ::recv(descriptor, into.data(), into.size(), MSG_DONTWAIT);
    if (count > 0) return {Transfer::State::open, static_cast<std::size_t>(count)};
    if (count == 0) return {Transfer::State::ended, 0};
    if (is_temporary(errno)) return {Transfer::State::wants_read, 0};
    if (errno != EINTR) return {Transfer::State::failed, 0};
  }
}

long send_once(int descriptor, std::span<const iovec> parts) {
  constexpr int kFlags = MSG_NOSIGNAL | MSG_DONTWAIT;
  if (parts.size() == 1) return ::send(descriptor, parts[0].iov_base, parts[0].iov_len, kFlags);
  msghdr message{};
  // The system's interface takes a pointer to mutable parts and does not change them.
  message.msg_iov = const_cast<iovec*>(parts.data());
  message.msg_iovlen = parts.size();
  return ::sendmsg(descriptor, &message, kFlags);
}

Transfer send(int descriptor, std::span<const iovec> parts) {
  std::size_t offered = 0;
  for (const iovec& part : parts) offered += part.iov_len;
  if (offered == 0) return {};
  while (true) {
    const long count = send_once(descriptor, parts);
    if (count >= 0) {
      const auto sent = static_cast<std::size_t>(count);
      return {sent < offered ? Transfer::State::wants_write : Transfer::State::open, sent};
    }
    if (is_temporary(errno)) return {Transfer::State::wants_write, 0};
    if (errno != EINTR) return {Transfer::State::failed, 0};
  }
}

}  // namespace

LooseWire Wire::detach(Wire wire) {
  error_code error;
  const asio::ip::tcp protocol = wire.socket_.local_endpoint(error).protocol();
  Descriptor socket(wire.socket_.release(error));
  FRESHET_ASSERT(socket);
  return {protocol, std::move(socket), std::move(wire.tls_), std::move(wire.slot_), std::move(wire.exchange_)};
}

std::optional<Wire> Wire::attach(LooseWire loose, asio::io_context& context) {
  TcpSocket socket(context);
  error_code error;
  if (socket.assign(loose.protocol, loose.socket.get(), error)) return std::nullopt;
  static_cast<void>(loose.socket.release());
  Wire wire(std::move(socket), std::move(loose.tls));
  wire.occupy(std::move(loose.slot));
  wire.begin_stream(std::move(loose.exchange));
  return wire;
}

Transfer Wire::read(std::span<char> into) {
  FRESHET_ASSERT(into.size() >= kReadBytesMin);
  return tls_ != nullptr ? tls_->read(into) : receive(socket_.native_handle(), into);
}

Transfer Wire::write(std::span<const iovec> parts) {
  return tls_ != nullptr ? tls_->write(parts) : send(socket_.native_handle(), parts);
}

void Wire::finish() {
  if (tls_ != nullptr) tls_->finish();
  error_code ignored;
  socket_.shutdown(TcpSocket::shutdown_send, ignored);
}

}  // namespace freshet::net
