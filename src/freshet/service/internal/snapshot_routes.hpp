// SPDX-License-Identifier: MIT
#pragma once

#include "freshet/net/router.hpp"
#include "freshet/service/internal/catalog.hpp"
#include "freshet/stream/instances.hpp"

namespace freshet {
class Graph;
}

namespace freshet::service {

/// Look without subscribing: GET /v1/snapshot/{instance}, POST /v1/snapshot/{resource} with parameters, and
/// POST /v1/snapshot/{resource}/lookup with `{"key": ..., "params": {...}}` for one key.
///
/// Lifetime: what is passed outlives the router.
void add_snapshot_routes(net::Router& router, const Catalog& catalog, stream::Instances& instances, Graph& graph);

}  // namespace freshet::service
