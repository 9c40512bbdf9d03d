// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "freshet/graph/graph.hpp"
#include "freshet/net/loop.hpp"
#include "freshet/net/router.hpp"
#include "freshet/net/server.hpp"
#include "freshet/service/internal/access_log.hpp"
#include "freshet/service/internal/authenticator.hpp"
#include "freshet/service/internal/catalog.hpp"
#include "freshet/service/internal/cors.hpp"
#include "freshet/service/internal/info_routes.hpp"
#include "freshet/service/internal/log.hpp"
#include "freshet/service/internal/loop_timers.hpp"
#include "freshet/service/internal/metrics.hpp"
#include "freshet/service/internal/response_fields.hpp"
#include "freshet/service/internal/skip_dialect.hpp"
#include "freshet/service/internal/sockets/sockets.hpp"
#include "freshet/service/internal/systemd.hpp"
#include "freshet/service/options.hpp"
#include "freshet/service/service.hpp"
#include "freshet/service/static_files.hpp"
#include "freshet/stream/access.hpp"
#include "freshet/stream/instances.hpp"

namespace freshet::service {

/// The parts of a Service and how they are joined.
class ServiceCore {
 public:
  ServiceCore(ServiceOptions options, const Clock& clock);
  ServiceCore(const ServiceCore&) = delete;
  ServiceCore& operator=(const ServiceCore&) = delete;

  void every(std::chrono::milliseconds period, std::function<bool()> work);
  void accompany(Companion companion) { companions_.push_back(std::move(companion)); }
  void measure(std::function<void(Exposition&)> figures) { figures_.push_back(std::move(figures)); }
  void ready_when(std::string name, std::function<bool()> ready) {
    readiness_.emplace_back(std::move(name), std::move(ready));
  }
  /// Before listen(): takes sockets from systemd, and tells it how the service is.
  void run_under(Systemd systemd);
  Result<std::uint16_t> listen();
  /// Reads the certificate again, and opens the access log anew.
  void reload();
  bool speaks_tls() const;
  /// Where Skip's clients come in, once the service listens; nothing where they do not.
  std::optional<std::uint16_t> skip_port() const { return skip_port_; }
  void stop();

  // In the order of dependence: each part may refer to those above it, and goes before them.
  const ServiceOptions options;
  Log log;
  Cors cors;
  ResponseFields response_fields;
  net::Loop loop;
  LoopTimers timers;
  Graph graph;
  stream::AccessRules access;
  Catalog catalog;
  stream::Instances instances;
  net::Router router;
  Authenticator authenticator;

 private:
  /// Work that is done again and again. Each has its own place that does not move, since its timer refers to it.
  struct Periodic {
    std::function<bool()> work;
    net::Timer timer;
  };
  Result<void> check_access() const;
  Result<void> open_access_log();
  Result<std::uint16_t> open_listeners();
  Readiness readiness() const;
  void tell_ready();
  void stop_clients();
  void stop_server(SteadyTime begun);
  Result<void> listen_for_skip();
  void run(Periodic& periodic);
  void run_graph();
  void fill();
  void answered(const net::Request& request, net::Response& response);
  Measurements measure() const;
  std::string metrics() const;
  void stop_companions();
  /// The server, or a companion, has come to its end.
  void ended();

  std::list<Periodic> periodic_;
  Sockets sockets_;
  // Owners: this, and the server, whose last streams may end on other threads.
  std::shared_ptr<AccessLog> access_log_;
  net::HttpServer server_;
  std::unique_ptr<SkipDialect> skip_;  // null where it is not spoken
  std::optional<std::uint16_t> skip_port_;
  std::map<int, std::uint64_t> responses_;  // by status
  Systemd systemd_;
  std::vector<std::pair<std::string, std::function<bool()>>> readiness_;
  net::Timer watchdog_;
  net::Timer ready_check_;
  bool listening_ = false;
  bool stopping_ = false;
  std::vector<Companion> companions_;
  std::size_t started_ = 0;  // of the companions
  std::size_t running_ = 0;  // of these and the servers, while stopping
  net::Timer drain_delay_;
  net::Timer deadline_;
  std::vector<std::function<void(Exposition&)>> figures_;
  bool filling_ = false;  // a step of gradually() is still to come
};

}  // namespace freshet::service
