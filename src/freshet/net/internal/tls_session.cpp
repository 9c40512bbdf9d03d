// SPDX-License-Identifier: MIT
#include "freshet/net/internal/tls_session.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <new>
#include <sys/socket.h>
#include <utility>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "freshet/base/assert.hpp"
#include "freshet/net/internal/tls_context.hpp"

namespace freshet::net {
namespace {

// OpenSSL's own way to a socket would end the process by SIGPIPE when a client is gone.

int descriptor_of(BIO* bio) { return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio))); }

bool is_temporary(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

int socket_read(BIO* bio, char* into, int size) {
  BIO_clear_retry_flags(bio);
  const auto count = ::recv(descriptor_of(bio), into, static_cast<std::size_t>(size), MSG_DONTWAIT);
  if (count < 0 && is_temporary(errno)) BIO_set_retry_read(bio);
  if (count == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  return static_cast<int>(count);
}

int socket_write(BIO* bio, const char* from, int size) {
  BIO_clear_retry_flags(bio);
  const auto count = ::send(descriptor_of(bio), from, static_cast<std::size_t>(size), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (count < 0 && is_temporary(errno)) BIO_set_retry_write(bio);
  return static_cast<int>(count);
}

long socket_control(BIO* bio, int command, long /*number*/, void* /*pointer*/) {
  if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

const BIO_METHOD* socket_method() {
  static const BIO_METHOD* const made = [] {
    BIO_METHOD* const method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "freshet socket");
    if (method == nullptr) throw std::bad_alloc();
    BIO_meth_set_read(method, socket_read);
    BIO_meth_set_write(method, socket_write);
    BIO_meth_set_ctrl(method, socket_control);
    return method;
  }();
  return made;
}

/// Takes the gathered parts apart into records.
class Parts {
 public:
  explicit Parts(std::span<const iovec> parts) : parts_(parts) { skip_empty(); }

  bool empty() const { return parts_.empty(); }

  /// The next bytes, as many as fit into a record: where they lie, or gathered in `buffer`.
  std::string_view next(std::span<char> buffer) const {
    const std::string_view first = rest_of(0);
    if (first.size() >= buffer.size() || parts_.size() == 1) return first.substr(0, buffer.size());
    std::size_t filled = 0;
    for (std::size_t at = 0; at < parts_.size() && filled < buffer.size(); ++at) {
      const std::string_view part = rest_of(at).substr(0, buffer.size() - filled);
      filled += part.copy(buffer.data() + filled, part.size());  // an empty part may lie nowhere
    }
    return {buffer.data(), filled};
  }

  void take(std::size_t bytes) {
    while (bytes > 0) {
      const std::size_t left = parts_.front().iov_len - offset_;
      const std::size_t taken = std::min(bytes, left);
      offset_ += taken;
      bytes -= taken;
      skip_empty();
    }
  }

 private:
  std::string_view rest_of(std::size_t at) const {
    const std::string_view all{static_cast<const char*>(parts_[at].iov_base), parts_[at].iov_len};
    return at == 0 ? all.substr(offset_) : all;
  }
  void skip_empty() {
    while (!parts_.empty() && offset_ == parts_.front().iov_len) {
      parts_ = parts_.subspan(1);
      offset_ = 0;
    }
  }

  std::span<const iovec> parts_;
  std::size_t offset_ = 0;
};

// What the parts of a record are gathered in. It is of no use between two calls, so each thread has one.
std::span<char> record_buffer() {
  thread_local std::array<char, TlsSession::kRecordBytesMax> buffer;
  return buffer;
}

}  // namespace

void TlsSession::Free::operator()(SSL* ssl) const { SSL_free(ssl); }

TlsSession::TlsSession(std::shared_ptr<TlsContext> context, int descriptor)
    : context_(std::move(context)), ssl_(SSL_new(context_->get())) {
  use_socket(descriptor);
  SSL_set_accept_state(ssl_.get());
}

TlsSession::TlsSession(std::shared_ptr<TlsContext> context, int descriptor, const std::string& host)
    : context_(std::move(context)), ssl_(SSL_new(context_->get())) {
  use_socket(descriptor);
  SSL_set_connect_state(ssl_.get());
  // An address is looked for among the certificate's addresses, and never named in the handshake (RFC 6066 section 3).
  if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_.get()), host.c_str()) == 1) return;
  ERR_clear_error();
  if (SSL_set1_host(ssl_.get(), host.c_str()) != 1 || SSL_set_tlsext_host_name(ssl_.get(), host.c_str()) != 1) {
    throw std::bad_alloc();
  }
}

void TlsSession::use_socket(int descriptor) {
  BIO* const bio = BIO_new(socket_method());
  if (ssl_ == nullptr || bio == nullptr) {
    BIO_free(bio);
    throw std::bad_alloc();
  }
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(descriptor)));
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);
}

TlsSession::~TlsSession() = default;

// What OpenSSL says of a call that did not succeed.
Transfer TlsSession::outcome(int result, std::size_t bytes) const {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return {Transfer::State::wants_read, bytes};
    case SSL_ERROR_WANT_WRITE:
      return {Transfer::State::wants_write, bytes};
    case SSL_ERROR_ZERO_RETURN:
      return {Transfer::State::ended, bytes};
    default:
      // Also the end of a connection without a goodbye: somebody may have cut off what was still to come.
      return {Transfer::State::failed, bytes};
  }
}

Transfer TlsSession::handshake() {
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_.get());
  if (result == 1) return {};
  const Transfer transfer = outcome(result, 0);
  if (transfer.over()) {
    broken_ = true;
    const bool plain = ERR_GET_REASON(ERR_peek_error()) == SSL_R_HTTP_REQUEST;
    fault_ = plain ? Fault::plain_http : Fault::other;
    ERR_clear_error();
  }
  return transfer;
}

std::string TlsSession::handshake_error() const {
  const long verified = SSL_get_verify_result(ssl_.get());
  if (verified != X509_V_OK) return std::string("the certificate: ") + X509_verify_cert_error_string(verified);
  return "the TLS handshake failed";
}

bool TlsSession::chose_http2() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &name, &size);
  return std::string_view(reinterpret_cast<const char*>(name), size) == "h2";
}

// As many records as there is room for: OpenSSL reads no more from the socket than the record it is at, so that what is
// left behind is still in the socket, which tells of it.
Transfer TlsSession::read(std::span<char> into) {
  FRESHET_ASSERT(into.size() >= kRecordBytesMax);
  if (broken_) return {Transfer::State::failed, 0};
  std::size_t filled = 0;
  ERR_clear_error();
  while (into.size() - filled >= kRecordBytesMax) {
    std::size_t count = 0;
    const int result = SSL_read_ex(ssl_.get(), into.data() + filled, into.size() - filled, &count);
    filled += count;
    if (result == 1) continue;
    const Transfer transfer = outcome(result, filled);
    if (transfer.state == Transfer::State::failed) broken_ = true;
    // What was read comes first; the next attempt waits where this one did.
    return transfer;
  }
  return {Transfer::State::open, filled};
}

Transfer TlsSession::write(std::span<const iovec> parts) {
  if (broken_) return {Transfer::State::failed, 0};
  if (has_unsent()) {
    const Transfer sent = send_record(unsent_);
    if (sent.state != Transfer::State::open) return {sent.state, 0};
    unsent_ = std::string();
  }
  std::size_t taken = 0;
  for (Parts rest(parts); !rest.empty();) {
    const std::string_view record = rest.next(record_buffer());
    const Transfer sent = send_record(record);
    if (sent.over()) return {sent.state, taken};
    // OpenSSL wants the same bytes again when it goes on.
    if (sent.waits()) {
      unsent_ = record;
      return {sent.state, taken + record.size()};
    }
    rest.take(sent.bytes);
    taken += sent.bytes;
  }
  return {Transfer::State::open, taken};
}

Transfer TlsSession::send_record(std::string_view record) {
  ERR_clear_error();
  std::size_t count = 0;
  const int result = SSL_write_ex(ssl_.get(), record.data(), record.size(), &count);
  if (result == 1) return {Transfer::State::open, count};
  Transfer transfer = outcome(result, 0);
  // Without renegotiation, writing waits for nothing that the client sends.
  if (transfer.state != Transfer::State::wants_write) transfer.state = Transfer::State::failed;
  if (transfer.over()) broken_ = true;
  return transfer;
}

void TlsSession::finish() {
  if (broken_) return;
  ERR_clear_error();
  if (SSL_shutdown(ssl_.get()) < 0) ERR_clear_error();
}

}  // namespace freshet::net
