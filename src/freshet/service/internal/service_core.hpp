// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "freshet/graph/graph.hpp"
#include "freshet/net/loop.hpp"
#include "freshet/net/router.hpp"
#include "freshet/net/server.hpp"
#include "freshet/service/internal/authenticator.hpp"
#include "freshet/service/internal/catalog.hpp"
#include "freshet/service/internal/cors.hpp"
#include "freshet/service/internal/log.hpp"
#include "freshet/service/internal/loop_timers.hpp"
#include "freshet/service/internal/metrics.hpp"
#include "freshet/service/internal/sockets/sockets.hpp"
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
  Result<std::uint16_t> listen();
  /// Reads the certificate again.
  void reload();
  bool speaks_tls() const;
  void stop();

  // In the order of dependence: each part may refer to those above it, and goes before them.
  const ServiceOptions options;
  Log log;
  Cors cors;
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
  net::HttpServer server_;
  std::map<int, std::uint64_t> responses_;  // by status
  bool stopping_ = false;
  std::vector<Companion> companions_;
  std::size_t started_ = 0;  // of the companions
  std::size_t running_ = 0;  // of these and the server, while stopping
  net::Timer deadline_;
  std::vector<std::function<void(Exposition&)>> figures_;
  bool filling_ = false;  // a step of gradually() is still to come
};

}  // namespace freshet::service
