// SPDX-License-Identifier: MIT
#include "push/floor/connection.hpp"

#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <openssl/err.h>

namespace freshet::bench {

FloorTls FloorTls::load(const std::string& certificate_file, const std::string& key_file) {
  FloorTls tls(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* const context = tls.context();
  const bool is_set = context != nullptr &&
                      SSL_CTX_use_certificate_chain_file(context, certificate_file.c_str()) == 1 &&
                      SSL_CTX_use_PrivateKey_file(context, key_file.c_str(), SSL_FILETYPE_PEM) == 1;
  if (!is_set) throw std::runtime_error("cannot use " + certificate_file);
  SSL_CTX_set_mode(context,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  return tls;
}

std::unique_ptr<FloorConnection> FloorConnection::accept(const Descriptor& listener, const Descriptor& epoll,
                                                         const FloorTls& tls) {
  const int number = accept4(listener.number(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (number < 0) return nullptr;
  return std::unique_ptr<FloorConnection>(new FloorConnection(Descriptor(number), epoll, tls));
}

FloorConnection::FloorConnection(Descriptor socket, const Descriptor& epoll, const FloorTls& tls)
    : socket_(std::move(socket)), epoll_(epoll.number()) {
  const int on = 1;
  setsockopt(socket_.number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  epoll_event event{.events = EPOLLIN, .data = {.ptr = this}};
  epoll_ctl(epoll_, EPOLL_CTL_ADD, socket_.number(), &event);
  if (tls.context() == nullptr) return;
  tls_.reset(SSL_new(tls.context()));
  SSL_set_fd(tls_.get(), socket_.number());
  SSL_set_accept_state(tls_.get());
}

void FloorConnection::close() {
  tls_.reset();
  socket_ = Descriptor();
}

bool FloorConnection::receive() {
  if (tls_ != nullptr) return receive_tls();
  static char buffer[65536];
  const ssize_t size = recv(socket_.number(), buffer, sizeof buffer, 0);
  if (size < 0 && errno == EAGAIN) return true;
  if (size <= 0) return false;
  received.append(buffer, static_cast<std::size_t>(size));
  return true;
}

bool FloorConnection::receive_tls() {
  static char buffer[65536];
  while (true) {
    // What another connection left behind would be taken for an error of this one.
    ERR_clear_error();
    const int size = SSL_read(tls_.get(), buffer, sizeof buffer);
    if (size > 0) {
      received.append(buffer, static_cast<std::size_t>(size));
      continue;
    }
    const int error = SSL_get_error(tls_.get(), size);
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
  }
}

std::size_t FloorConnection::send_some(std::string_view bytes) {
  if (tls_ == nullptr) {
    const ssize_t sent = send(socket_.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    return sent > 0 ? static_cast<std::size_t>(sent) : 0;
  }
  std::size_t total = 0, sent = 0;
  // A record at a time.
  ERR_clear_error();
  while (total < bytes.size() && SSL_write_ex(tls_.get(), bytes.data() + total, bytes.size() - total, &sent) == 1)
    total += sent;
  return total;
}

void FloorConnection::write(std::string_view bytes) {
  if (socket_.number() < 0) return;
  if (unsent_.empty()) {
    bytes.remove_prefix(send_some(bytes));
    if (bytes.empty()) return;
    wait_for_room(true);
  }
  unsent_.append(bytes);
}

void FloorConnection::send_rest() {
  unsent_at_ += send_some(std::string_view(unsent_).substr(unsent_at_));
  if (unsent_at_ < unsent_.size()) return;
  unsent_ = std::string();
  unsent_at_ = 0;
  wait_for_room(false);
}

void FloorConnection::wait_for_room(bool waits) {
  const std::uint32_t interest = waits ? EPOLLIN | EPOLLOUT : EPOLLIN;
  epoll_event event{.events = interest, .data = {.ptr = this}};
  epoll_ctl(epoll_, EPOLL_CTL_MOD, socket_.number(), &event);
}

}  // namespace freshet::bench
