// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include "freshet/base/result.hpp"
#include "freshet/net/internal/tls_session.hpp"
#include "freshet/net/tls.hpp"

using SSL_CTX = struct ssl_ctx_st;

namespace freshet::net {

/// A certificate with its key, and what all connections under it share.
///
/// Owners: the listener, until it has loaded another, and each connection. Thread safety: once it is loaded,
/// connections of several loops may use it.
class TlsContext {
 public:
  /// Errors: invalid_argument with what is wrong with which file.
  static Result<std::shared_ptr<TlsContext>> load(const TlsOptions& options);

  SSL_CTX* get() const { return context_.get(); }

 private:
  struct Free {
    void operator()(SSL_CTX* context) const;
  };

  explicit TlsContext(const TlsOptions& options);
  Result<void> configure();
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
