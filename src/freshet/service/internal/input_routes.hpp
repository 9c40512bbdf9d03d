// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "freshet/graph/stats.hpp"
#include "freshet/net/router.hpp"
#include "freshet/service/internal/catalog.hpp"

namespace freshet {
class Graph;
}
namespace freshet::stream {
class AccessRules;
struct Writer;
}  // namespace freshet::stream

namespace freshet::service {

/// Write: PATCH /v1/inputs/{input} with rows, PATCH /v1/inputs with `{"input": rows, ...}`. Either is one transaction.
///
/// Lifetime: what is passed outlives the router.
void add_input_routes(net::Router& router, const Catalog& catalog, const stream::AccessRules& access, Graph& graph);

/// Writes `{"input": rows, ...}` in one transaction, as PATCH /v1/inputs does.
Result<Version> write_inputs(std::string_view json, const Catalog& catalog, const stream::Writer& writer, Graph& graph);

}  // namespace freshet::service
