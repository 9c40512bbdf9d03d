// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>

#include "freshet/net/router.hpp"
#include "freshet/service/internal/catalog.hpp"

namespace freshet::service {

/// What there is: GET /v1/resources and GET /v1/inputs with their JSON Schemas.
void add_catalog_routes(net::Router& router, const Catalog& catalog);

/// How it is: GET /healthz, and GET /metrics, for which `metrics` writes the Prometheus text.
void add_health_routes(net::Router& router, std::function<std::string()> metrics);

}  // namespace freshet::service
