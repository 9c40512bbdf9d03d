// SPDX-License-Identifier: MIT
#pragma once

#include <functional>

#include "freshet/net/router.hpp"

namespace freshet {
class Graph;
struct ServiceOptions;
}  // namespace freshet

namespace freshet::service {

/// Whether clients may look into the graph: as the options say, or by default only on the machine itself.
bool shows_graph(const ServiceOptions& options);

/// Look inside: GET /v1/graph, and GET /v1/graph/why?view=...&key=...; JSON, plain text or Mermaid.
///
/// `allowed` is asked each time; without it there is nothing at these paths.
///
/// Lifetime: what is passed outlives the router.
void add_graph_routes(net::Router& router, const Graph& graph, std::function<bool()> allowed);

}  // namespace freshet::service
