// SPDX-License-Identifier: MIT
#pragma once

#include "freshet/net/router.hpp"
#include "freshet/service/internal/catalog.hpp"

namespace freshet {
class Graph;
}
namespace freshet::stream {
class AccessRules;
}

namespace freshet::service {

/// Write: PATCH /v1/inputs/{input} with rows, PATCH /v1/inputs with `{"input": rows, ...}`. Either is one transaction.
///
/// Lifetime: what is passed outlives the router.
void add_input_routes(net::Router& router, const Catalog& catalog, const stream::AccessRules& access, Graph& graph);

}  // namespace freshet::service
