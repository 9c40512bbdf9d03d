// SPDX-License-Identifier: MIT
#include "freshet/service/internal/stream_routes.hpp"

#include <memory>
#include <string>
#include <utility>

#include "freshet/codec/json_writer.hpp"
#include "freshet/net/caller.hpp"
#include "freshet/net/output_stream.hpp"
#include "freshet/service/internal/answers.hpp"

namespace freshet::service {
namespace {

using net::PathParams;
using net::Request;
using net::Response;

Response open(Request& request, const std::string& name, const Catalog& catalog, stream::Instances& instances,
              Log& log) {
  const auto resource = catalog.resource(name);
  if (!resource) return Response::problem(resource.error());
  if (auto refusal = refuse_unless_json(request)) return *std::move(refusal);
  const auto opened = instances.open(**resource, request.body, request.user());
  if (!opened) {
    if (opened.error().code == ErrorCode::internal) log.error(to_string(opened.error()));
    return refusal(request, opened.error());
  }
  std::string body;
  codec::JsonWriter json(body);
  json.begin_object();
  json.name("instance_id");
  json.string(opened->instance_id);
  json.name("reused");
  json.boolean(opened->reused);
  json.end_object();
  return json_now(std::move(body));
}

Response read(const Request& request, const std::string& id, stream::Instances& instances) {
  if (!request.accepts("text/event-stream")) {
    return Response::problem(406, {.code = ErrorCode::invalid_argument,
                                   .primary = "a stream can only be read as text/event-stream",
                                   .hint = "send Accept: text/event-stream"});
  }
  if (const auto admitted = instances.admit(id, request.user()); !admitted) return refusal(request, admitted.error());
  // no-store and X-Accel-Buffering keep proxies from holding events back; Incremental is the standard's word for it
  // (RFC 10036).
  return Response::stream({{"Content-Type", "text/event-stream"},
                           {"Cache-Control", "no-store"},
                           {"X-Accel-Buffering", "no"},
                           {"Incremental", "?1"}},
                          [id, caller = request.user(), &instances](std::shared_ptr<net::OutputStream> stream) {
                            instances.join(id, std::move(stream), caller);
                          });
}

Response close(const Request& request, const std::string& id, stream::Instances& instances) {
  if (const auto closed = instances.close(id, request.user()); !closed) return refusal(request, closed.error());
  return Response::empty(204);
}

}  // namespace

void add_stream_routes(net::Router& router, const Catalog& catalog, stream::Instances& instances, Log& log) {
  router.add(net::Method::post, "/v1/streams/{resource}", [&](Request& request, const PathParams& path) {
    return open(request, path["resource"], catalog, instances, log);
  });
  router.add(net::Method::get, "/v1/streams/{instance}",
             [&](Request& request, const PathParams& path) { return read(request, path["instance"], instances); });
  router.add(net::Method::delete_, "/v1/streams/{instance}",
             [&](Request& request, const PathParams& path) { return close(request, path["instance"], instances); });
}

}  // namespace freshet::service
