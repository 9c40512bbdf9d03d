// SPDX-License-Identifier: MIT
#include "freshet/service/service.hpp"

#include <iostream>
#include <string>
#include <unistd.h>
#include <utility>

#include "freshet/net/server.hpp"
#include "freshet/service/config/config.hpp"
#include "freshet/service/internal/file_routes.hpp"
#include "freshet/service/internal/service_core.hpp"

namespace freshet {
namespace {

/// An IPv6 literal stands in brackets in a URL.
std::string url(bool tls, const std::string& host, std::uint16_t port) {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return (tls ? "https://" : "http://") + (is_ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

const Clock& system_clock() {
  static const SystemClock clock;  // has no state
  return clock;
}

}  // namespace

Service::Service(ServiceOptions options) : Service(std::move(options), system_clock()) {}

Service::Service(ServiceOptions options, const Clock& clock)
    : core_(std::make_unique<service::ServiceCore>(std::move(options), clock)) {}

Service::~Service() = default;

Graph& Service::graph() { return core_->graph; }
net::Loop& Service::loop() { return core_->loop; }
stream::AccessRules& Service::access_rules() { return core_->access; }
const ServiceOptions& Service::options() const { return core_->options; }
const stream::StreamStats& Service::stream_stats() const { return core_->instances.stats(); }

void Service::add_resource(stream::ResourceDefinition resource) { core_->catalog.add(std::move(resource)); }
void Service::add_input(std::unique_ptr<stream::InputPort> input) { core_->catalog.add(std::move(input)); }

void Service::route(net::Method method, std::string_view pattern, net::Handler handler) {
  core_->router.add(method, pattern, std::move(handler));
}

void Service::files(std::string_view prefix, std::span<const StaticFile> files) {
  service::add_file_routes(core_->router, prefix, files);
}

void Service::add_periodic(std::chrono::milliseconds period, std::function<bool()> work) {
  core_->every(period, std::move(work));
}

void Service::accompany(Companion companion) { core_->accompany(std::move(companion)); }
void Service::ready_when(std::string name, std::function<bool()> ready) {
  core_->ready_when(std::move(name), std::move(ready));
}
void Service::measure(std::function<void(service::Exposition&)> figures) { core_->measure(std::move(figures)); }

Result<std::uint16_t> Service::listen() { return core_->listen(); }
void Service::stop() { core_->stop(); }

int Service::run() {
  // A shell gives a process 1024 files, too few for the clients that a service is made for.
  net::raise_descriptor_limit();
  auto systemd = service::Systemd::from(process_environment(), ::getpid());
  if (!systemd) {
    std::cerr << to_string(systemd.error()) << std::endl;
    return 1;
  }
  core_->run_under(*std::move(systemd));
  // Before clients can come, so that a signal right after the line below already ends gracefully.
  core_->loop.on_termination([this](int) { stop(); });
  core_->loop.on_hangup([this] { core_->reload(); });
  const auto port = listen();
  if (!port) {
    std::cerr << to_string(port.error()) << std::endl;
    return 1;
  }
  std::cout << "listening on " << url(core_->speaks_tls(), core_->options.host, *port) << std::endl;
  if (const auto skip_port = core_->skip_port()) {
    std::cout << "listening on " << url(core_->speaks_tls(), core_->options.host, *skip_port) << " for clients of Skip"
              << std::endl;
  }
  core_->loop.run();
  core_->loop.on_termination({});
  core_->loop.on_hangup({});
  return 0;
}

}  // namespace freshet
