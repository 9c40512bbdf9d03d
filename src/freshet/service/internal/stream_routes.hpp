// SPDX-License-Identifier: MIT
#pragma once

#include "freshet/net/router.hpp"
#include "freshet/service/internal/catalog.hpp"
#include "freshet/service/internal/log.hpp"
#include "freshet/stream/instances.hpp"

namespace freshet::service {

/// Open, read and close: POST /v1/streams/{resource}, GET and DELETE /v1/streams/{instance}. Reading as server-sent
/// events, as NDJSON, or by long polling; from where the client left off, if it says so by Last-Event-ID or `?since=`.
///
/// Lifetime: what is passed outlives the router.
void add_stream_routes(net::Router& router, const Catalog& catalog, stream::Instances& instances, Log& log);

}  // namespace freshet::service
