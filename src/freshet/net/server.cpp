// SPDX-License-Identifier: MIT
#include "freshet/net/server.hpp"

#include <sys/resource.h>
#include <utility>

#include "freshet/net/internal/server_core.hpp"
#include "freshet/net/internal/tls_context.hpp"

namespace freshet::net {

HttpServer::HttpServer(Loop& loop, Router& router, ServerOptions options)
    : core_(std::make_shared<ServerCore>(loop, router, options)) {}

HttpServer::~HttpServer() { core_->shut(); }

Result<std::uint16_t> HttpServer::listen(std::string_view host, std::uint16_t port) {
  return core_->listen(host, port, nullptr);
}

Result<std::uint16_t> HttpServer::listen(std::string_view host, std::uint16_t port, const TlsOptions& tls) {
  auto listener = TlsListener::open(tls);
  if (!listener) return fail(std::move(listener.error()));
  return core_->listen(host, port, *std::move(listener));
}

Result<std::uint16_t> HttpServer::listen_on(int descriptor) { return core_->listen_on(descriptor, nullptr); }

Result<std::uint16_t> HttpServer::listen_on(int descriptor, const TlsOptions& tls) {
  auto listener = TlsListener::open(tls);
  if (!listener) return fail(std::move(listener.error()));
  return core_->listen_on(descriptor, *std::move(listener));
}

void HttpServer::stop_accepting() { core_->stop_accepting(); }

std::chrono::seconds HttpServer::admit_write(std::string_view network) { return core_->admit_write(network); }

void HttpServer::on_exchange(ExchangeListener listener) { core_->on_exchange(std::move(listener)); }

Result<void> HttpServer::reload_certificates() { return core_->reload_certificates(); }

void HttpServer::stop(std::chrono::milliseconds deadline, std::function<void()> done) {
  core_->stop(deadline, std::move(done));
}

ServerStats HttpServer::stats() const { return core_->stats(); }

const ServerOptions& HttpServer::options() const { return core_->options(); }

std::size_t raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  const rlim_t before = std::exchange(limit.rlim_cur, limit.rlim_max);
  return ::setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : before;
}

}  // namespace freshet::net
