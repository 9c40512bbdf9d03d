// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "freshet/base/result.hpp"
#include "freshet/net/loop.hpp"
#include "freshet/net/router.hpp"
#include "freshet/net/server.hpp"

namespace freshet::service {

/// A listener that speaks the dialect of Skip's clients: hands their requests to the service's own routes, and puts the
/// answers into the words that they expect.
///
/// | request | answer here | answer there |
/// |---|---|---|
/// | `POST /v1/streams/{resource}` | 200, the instance's id in an object | 201, the bare id as text |
/// | `DELETE /v1/streams/{instance}` | 204 | 200, `OK` |
/// | `PATCH /v1/inputs/{input}` | 200, the version in an object | 200, `OK` |
/// | `POST /v1/snapshot/{resource}/lookup` | the row | its values |
/// | `POST /v1/snapshot/{resource}`, `GET /v1/streams/{instance}` | | the same |
/// | `GET /v1/healthcheck` | | 200, `OK` |
///
/// Source: @skipruntime/helpers and @skipruntime/server 0.0.15, as they behave.
/// Lifetime: loop and router outlive it. Thread safety: belongs to the loop.
class SkipDialect {
 public:
  /// Called with every answer that the service's router has not seen.
  using Answered = std::function<void(const net::Request&, net::Response&)>;

  SkipDialect(net::Loop& loop, net::Router& router, const net::ServerOptions& options, Answered answered);

  /// Errors: those of HttpServer::listen().
  Result<std::uint16_t> listen(const std::string& host, std::uint16_t port, const net::TlsOptions* tls);
  Result<void> reload_certificates() { return server_.reload_certificates(); }
  void on_exchange(net::ExchangeListener listener) { server_.on_exchange(std::move(listener)); }
  void stop_accepting() { server_.stop_accepting(); }
  void stop(std::chrono::milliseconds deadline, std::function<void()> done) { server_.stop(deadline, std::move(done)); }

 private:
  /// A route that the service's router answers, in words that `translate` puts into others.
  void add(net::Method method, std::string_view pattern, std::function<net::Response(net::Response)> translate);

  net::Router& router_;
  net::Router own_;
  const Answered answered_;
  bool seen_ = false;  // the answer under way, by the service's router
  net::HttpServer server_;
};

}  // namespace freshet::service
