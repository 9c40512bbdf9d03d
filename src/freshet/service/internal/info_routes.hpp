// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "freshet/net/router.hpp"
#include "freshet/service/internal/catalog.hpp"

namespace freshet::service {

/// What there is: GET /v1/resources and GET /v1/inputs with their JSON Schemas.
void add_catalog_routes(net::Router& router, const Catalog& catalog);

/// Whether clients should come.
struct Readiness {
  enum class State : std::uint8_t { starting, ready, stopping };

  State state = State::starting;
  /// What it waits for, while starting.
  std::vector<std::string> waiting_for = {};
};

/// How it is: GET /livez and /healthz, that it runs; GET /readyz, whether clients should come, 503 if not; and GET
/// /metrics, for which `metrics` writes the Prometheus text.
void add_health_routes(net::Router& router, std::function<Readiness()> readiness, std::function<std::string()> metrics);

}  // namespace freshet::service
