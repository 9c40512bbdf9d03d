// SPDX-License-Identifier: MIT
#include "freshet/net/testing/tls_client.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <stdexcept>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace freshet::net::testing {
namespace {

[[noreturn]] void give_up(const std::string& why) {
  const char* const reason = ERR_reason_error_string(ERR_peek_error());
  ERR_clear_error();
  throw std::runtime_error("tls client: " + why + (reason == nullptr ? "" : std::string(": ") + reason));
}

}  // namespace

void TlsClient::Free::operator()(SSL* ssl) const { SSL_free(ssl); }
void TlsClient::Free::operator()(SSL_CTX* context) const { SSL_CTX_free(context); }

TlsClient::TlsClient(int descriptor, const TlsClientOptions& options) : context_(SSL_CTX_new(TLS_client_method())) {
  // OpenSSL writes to a socket as to a file.
  std::signal(SIGPIPE, SIG_IGN);
  ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) | O_NONBLOCK);
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
  if (SSL_CTX_load_verify_locations(context_.get(), options.ca_file.c_str(), nullptr) != 1) give_up("no authorities");
  if (options.version_max != 0) SSL_CTX_set_max_proto_version(context_.get(), options.version_max);
  SSL_CTX_set_mode(context_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  ssl_.reset(SSL_new(context_.get()));
  SSL_set_fd(ssl_.get(), descriptor);
  SSL_set1_host(ssl_.get(), options.host.c_str());
  SSL_set_tlsext_host_name(ssl_.get(), options.host.c_str());
  if (!options.protocols.empty()) {
    SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const unsigned char*>(options.protocols.data()),
                        static_cast<unsigned>(options.protocols.size()));
  }
  SSL_set_connect_state(ssl_.get());
}

long TlsClient::outcome(int result) const {
  const int error = SSL_get_error(ssl_.get(), result);
  ERR_clear_error();
  if (error == SSL_ERROR_ZERO_RETURN) return 0;
  errno = error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? EAGAIN : ECONNRESET;
  return -1;
}

long TlsClient::read(char* into, std::size_t size) {
  ERR_clear_error();
  const int count = SSL_read(ssl_.get(), into, static_cast<int>(size));
  return count > 0 ? count : outcome(count);
}

long TlsClient::write(std::string_view bytes) {
  ERR_clear_error();
  const int count = SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
  return count > 0 ? count : outcome(count);
}

bool TlsClient::shake_hands() {
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_.get());
  if (result == 1) return true;
  const int error = SSL_get_error(ssl_.get(), result);
  if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) give_up("the handshake fails");
  return false;
}

void TlsClient::finish() { SSL_shutdown(ssl_.get()); }

bool TlsClient::renegotiate() {
  ERR_clear_error();
  return SSL_renegotiate(ssl_.get()) == 1;
}

std::string TlsClient::protocol() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

std::string TlsClient::version() const { return SSL_get_version(ssl_.get()); }

std::string TlsClient::subject() const {
  const X509* const certificate = SSL_get0_peer_certificate(ssl_.get());
  if (certificate == nullptr) return {};
  std::array<char, 256> text{};
  X509_NAME_oneline(X509_get_subject_name(certificate), text.data(), static_cast<int>(text.size()));
  return text.data();
}

}  // namespace freshet::net::testing
