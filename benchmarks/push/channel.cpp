// SPDX-License-Identifier: MIT
#include "push/channel.hpp"

#include <cerrno>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <system_error>

#include <openssl/err.h>

namespace freshet::bench {

namespace {

constexpr int kPatienceMs = 10'000;

void wait_for(int socket, int error) {
  const short wanted = error == SSL_ERROR_WANT_WRITE ? POLLOUT : POLLIN;
  pollfd ready{.fd = socket, .events = wanted, .revents = 0};
  if (poll(&ready, 1, kPatienceMs) <= 0) throw std::runtime_error("the server is silent in the middle of TLS");
}

std::string why(int error) {
  if (error == SSL_ERROR_SYSCALL) return "TLS: the connection broke: " + std::generic_category().message(errno);
  const char* const reason = ERR_reason_error_string(ERR_get_error());
  return std::string("TLS: ") + (reason != nullptr ? reason : "the server ended it");
}

/// Repeats a step of TLS until it went through.
template <class Step> void insist(SSL* tls, int socket, Step step) {
  while (true) {
    // What another connection left behind would be taken for an error of this one.
    ERR_clear_error();
    const int result = step();
    if (result > 0) return;
    const int error = SSL_get_error(tls, result);
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) throw std::runtime_error(why(error));
    wait_for(socket, error);
  }
}

}  // namespace

ClientTls ClientTls::make() {
  ClientTls tls(SSL_CTX_new(TLS_client_method()));
  const bool is_set = tls.context() != nullptr && SSL_CTX_set_min_proto_version(tls.context(), TLS1_3_VERSION) == 1 &&
                      SSL_CTX_set_ciphersuites(tls.context(), "TLS_AES_128_GCM_SHA256") == 1;
  if (!is_set) throw std::runtime_error("cannot set up TLS");
  return tls;
}

Channel::Channel(Descriptor socket, const ClientTls& tls) : socket_(std::move(socket)) {
  if (tls.context() == nullptr) return;
  tls_.reset(SSL_new(tls.context()));
  if (tls_ == nullptr || SSL_set_fd(tls_.get(), socket_.number()) != 1) throw std::runtime_error("cannot begin TLS");
  insist(tls_.get(), socket_.number(), [this] { return SSL_connect(tls_.get()); });
}

std::optional<std::size_t> Channel::receive(std::span<char> buffer) {
  if (tls_ != nullptr) return receive_tls(buffer);
  const ssize_t size = recv(socket_.number(), buffer.data(), buffer.size(), 0);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return std::nullopt;
  return size < 0 ? 0 : static_cast<std::size_t>(size);
}

/// Takes as many records as there are: what TLS has buffered, no epoll tells of.
std::optional<std::size_t> Channel::receive_tls(std::span<char> buffer) {
  std::size_t total = 0;
  while (total < buffer.size()) {
    std::size_t size = 0;
    ERR_clear_error();
    const int result = SSL_read_ex(tls_.get(), buffer.data() + total, buffer.size() - total, &size);
    if (result == 1) {
      total += size;
      continue;
    }
    const int error = SSL_get_error(tls_.get(), result);
    if (total > 0) break;
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return std::nullopt;
    break;
  }
  return total;
}

void Channel::send(std::string_view bytes) {
  if (tls_ == nullptr) return send_all(socket_, bytes);
  std::size_t sent = 0;
  if (!bytes.empty())
    insist(tls_.get(), socket_.number(), [&] { return SSL_write_ex(tls_.get(), bytes.data(), bytes.size(), &sent); });
}

}  // namespace freshet::bench
