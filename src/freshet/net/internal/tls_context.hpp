// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include "freshet/base/result.hpp"
#include "freshet/net/internal/tls_session.hpp"
#include "freshet/net/tls.hpp"

using SSL_CTX = struct ssl_ctx_st;

namespace freshet::net {

/// A certificate with its key, or the authorities that a client trusts, and what all connections under it share.
///
/// Owners: the listener, until it has loaded another, or the client's TlsTrust; and each connection. Thread safety:
/// once it is loaded, connections of several loops may use it.
class TlsContext {
 public:
  /// Errors: invalid_argument with what is wrong with which file.
  static Result<std::shared_ptr<TlsContext>> load(const TlsOptions& options);
  /// For connections to servers, whose certificates have to come from an authority in `ca_file`, a PEM file, or from
  /// one that the system trusts where that is empty.
  static Result<std::shared_ptr<TlsContext>> load_for_clients(const std::string& ca_file);

  SSL_CTX* get() const { return context_.get(); }

 private:
  struct Free {
    void operator()(SSL_CTX* context) const;
  };

  TlsContext(const TlsOptions& options, SSL_CTX* context) : options_(options), context_(context) {}
  Result<void> configure();
  Result<void> configure_for_clients(const std::string& ca_file);
  Result<void> load_files();

  const TlsOptions options_;
  const std::unique_ptr<SSL_CTX, Free> context_;
};

/// A listening address with TLS: the certificate of new connections can be exchanged.
///
/// Owners: the server, and the coroutine that accepts on it. Thread safety: belongs to the loop.
class TlsListener {
 public:
  static Result<std::shared_ptr<TlsListener>> open(TlsOptions options);

  /// Loads the files again. What was loaded stays where they are not fit.
  Result<void> reload();
  std::unique_ptr<TlsSession> accept(int descriptor) const;

 private:
  explicit TlsListener(TlsOptions options) : options_(std::move(options)) {}

  const TlsOptions options_;
  std::shared_ptr<TlsContext> context_;
};

}  // namespace freshet::net
