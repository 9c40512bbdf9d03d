// SPDX-License-Identifier: MIT
#include "freshet/net/internal/tls_context.hpp"

#include <string_view>
#include <utility>

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace freshet::net {
namespace {

// Those with forward secrecy and authenticated encryption; where a client has no hardware for AES, it may ask for
// ChaCha20. Source: RFC 9325 section 4.2.
constexpr const char* kCiphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr const char* kCipherSuites = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
// As ALPN has them: each with its length before it.
constexpr std::string_view kHttp2AndHttp1 = "\x02h2\x08http/1.1";
constexpr std::string_view kHttp1 = "\x08http/1.1";

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

// The server's order counts. A client that knows none of ours is told so, as RFC 7301 section 3.2 wants it.
int choose_protocol(SSL* /*ssl*/, const unsigned char** chosen, unsigned char* chosen_size,
                    const unsigned char* offered, unsigned offered_size, void* options) {
  const std::string_view ours = static_cast<const TlsOptions*>(options)->offer_http2 ? kHttp2AndHttp1 : kHttp1;
  unsigned char* found = nullptr;
  const int result = SSL_select_next_proto(&found, chosen_size, bytes_of(ours), static_cast<unsigned>(ours.size()),
                                           offered, offered_size);
  *chosen = found;
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

tl::unexpected<Error> refused(const std::string& what, std::string hint = {}) {
  const unsigned long code = ERR_peek_error();
  const char* const reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  ERR_clear_error();
  return fail(ErrorCode::invalid_argument, what, reason == nullptr ? "" : reason, std::move(hint));
}

}  // namespace

void TlsContext::Free::operator()(SSL_CTX* context) const { SSL_CTX_free(context); }

Result<void> TlsContext::configure() {
  SSL_CTX* const context = get();
  SSL_CTX_set_min_proto_version(context, options_.allow_tls_1_2 ? TLS1_2_VERSION : TLS1_3_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                   SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_mode(context,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  if (options_.session_tickets) {
    SSL_CTX_set_num_tickets(context, 1);
  } else {
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(context, 0);
  }
  const char* const ciphers = options_.ciphers.empty() ? kCiphers : options_.ciphers.c_str();
  if (SSL_CTX_set_cipher_list(context, ciphers) != 1) return refused("none of these TLS 1.2 ciphers is known");
  const char* const suites = options_.cipher_suites.empty() ? kCipherSuites : options_.cipher_suites.c_str();
  if (SSL_CTX_set_ciphersuites(context, suites) != 1) return refused("these are no TLS 1.3 cipher suites");
  // OpenSSL hands it back unchanged as what choose_protocol() gets.
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, const_cast<TlsOptions*>(&options_));
  return {};
}

Result<void> TlsContext::load_files() {
  const std::string& certificate = options_.certificate_file;
  const std::string& key = options_.private_key_file;
  if (certificate.empty()) return fail(ErrorCode::invalid_argument, "TLS needs a certificate", "", "certificate_file");
  if (key.empty()) return fail(ErrorCode::invalid_argument, "TLS needs a private key", "", "private_key_file");
  if (SSL_CTX_use_certificate_chain_file(get(), certificate.c_str()) != 1) {
    return refused("cannot load the certificate " + certificate, "a PEM file, the server's own certificate first");
  }
  if (SSL_CTX_use_PrivateKey_file(get(), key.c_str(), SSL_FILETYPE_PEM) != 1) {
    return refused("cannot load the private key " + key, "a PEM file, not encrypted, of the certificate's own key");
  }
  if (SSL_CTX_check_private_key(get()) != 1) return refused(key + " is not the key of " + certificate);
  return {};
}

Result<std::shared_ptr<TlsContext>> TlsContext::load(const TlsOptions& options) {
  ERR_clear_error();
  // Not make_shared: the constructor is for here alone.
  std::shared_ptr<TlsContext> context(new TlsContext(options, SSL_CTX_new(TLS_server_method())));
  if (context->get() == nullptr) return refused("TLS cannot be had");
  // A key that needs a password is refused, not asked for on the terminal.
  SSL_CTX_set_default_passwd_cb(context->get(), [](char*, int, int, void*) { return 0; });
  if (auto done = context->configure(); !done) return fail(std::move(done.error()));
  if (auto done = context->load_files(); !done) return fail(std::move(done.error()));
  return context;
}

Result<void> TlsContext::configure_for_clients(const std::string& ca_file) {
  SSL_CTX* const context = get();
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(context,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  if (SSL_CTX_set_cipher_list(context, kCiphers) != 1) return refused("none of these TLS 1.2 ciphers is known");
  // This one of OpenSSL's functions returns 0 where it succeeds.
  SSL_CTX_set_alpn_protos(context, bytes_of(kHttp1), static_cast<unsigned>(kHttp1.size()));
  if (ca_file.empty()) {
    if (SSL_CTX_set_default_verify_paths(context) != 1) return refused("the system's authorities cannot be loaded");
  } else if (SSL_CTX_load_verify_locations(context, ca_file.c_str(), nullptr) != 1) {
    return refused("cannot load the authorities in " + ca_file, "a PEM file");
  }
  return {};
}

Result<std::shared_ptr<TlsContext>> TlsContext::load_for_clients(const std::string& ca_file) {
  ERR_clear_error();
  std::shared_ptr<TlsContext> context(new TlsContext(TlsOptions(), SSL_CTX_new(TLS_client_method())));
  if (context->get() == nullptr) return refused("TLS cannot be had");
  if (auto done = context->configure_for_clients(ca_file); !done) return fail(std::move(done.error()));
  return context;
}

Result<std::shared_ptr<TlsListener>> TlsListener::open(TlsOptions options) {
  std::shared_ptr<TlsListener> listener(new TlsListener(std::move(options)));
  if (auto loaded = listener->reload(); !loaded) return fail(std::move(loaded.error()));
  return listener;
}

Result<void> TlsListener::reload() {
  auto loaded = TlsContext::load(options_);
  if (!loaded) return fail(std::move(loaded.error()));
  context_ = *std::move(loaded);
  return {};
}

std::unique_ptr<TlsSession> TlsListener::accept(int descriptor) const {
  return std::make_unique<TlsSession>(context_, descriptor);
}

}  // namespace freshet::net
