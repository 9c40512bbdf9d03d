// SPDX-License-Identifier: MIT
#include "freshet/service/internal/stream_routes.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "freshet/codec/json_writer.hpp"
#include "freshet/net/caller.hpp"
#include "freshet/net/output_stream.hpp"
#include "freshet/service/internal/answers.hpp"
#include "freshet/stream/output_port.hpp"

namespace freshet::service {
namespace {

using net::PathParams;
using net::Request;
using net::Response;

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lower;
}

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

/// The ways to read a stream, in the order in which they are preferred.
enum class Transport : std::uint8_t { sse, ndjson, poll };

struct MediaType {
  std::string_view name;
  Transport transport;
};
constexpr MediaType kMediaTypes[] = {{"text/event-stream", Transport::sse},
                                     {"application/x-ndjson", Transport::ndjson},
                                     {"application/json", Transport::poll}};

/// What the client wants: what it names comes before what it merely does not exclude, as by `*/*`.
std::optional<Transport> transport_for(const Request& request) {
  if (request.query_value("poll")) return Transport::poll;
  const std::string accept = lower_case(request.header("Accept"));
  for (const auto& [name, transport] : kMediaTypes) {
    if (accept.find(name) != std::string::npos && request.accepts(name)) return transport;
  }
  for (const auto& [name, transport] : kMediaTypes) {
    if (request.accepts(name)) return transport;
  }
  return std::nullopt;
}

/// The id of the last event that the client has; empty for none. What a reconnecting EventSource says comes before
/// the query of the address that it was once made with.
std::string resume_id(const Request& request) {
  if (const std::string* header = request.headers.find("Last-Event-ID")) return *header;
  return request.query_value("since").value_or("");
}

Response stream_as(const Request& request, const std::string& id, stream::Format format, stream::Instances& instances) {
  const auto start = [id, format, since = resume_id(request), caller = request.user(),
                      &instances](std::shared_ptr<net::OutputStream> stream) {
    instances.join(id, std::make_unique<stream::OutputPort>(std::move(stream), format), since, caller);
  };
  const char* type = format == stream::Format::sse ? "text/event-stream" : "application/x-ndjson";
  // no-store and X-Accel-Buffering keep proxies from holding events back; Incremental is the standard's word for it
  // (RFC 10036).
  return Response::stream(
      {{"Content-Type", type}, {"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}, {"Incremental", "?1"}},
      start);
}

Response poll(const Request& request, const std::string& id, stream::Instances& instances) {
  return Response::later([id, since = resume_id(request), caller = request.user(), &instances](
                             net::ResponseReply reply) { instances.poll(id, std::move(reply), since, caller); });
}

Response read(const Request& request, const std::string& id, stream::Instances& instances) {
  const auto transport = transport_for(request);
  if (!transport) {
    return Response::problem(
        406, {.code = ErrorCode::invalid_argument,
              .primary = "a stream cannot be read in that form",
              .detail = "there are: text/event-stream, application/x-ndjson, and application/json for long polling",
              .hint = "send Accept: text/event-stream"});
  }
  if (const auto admitted = instances.admit(id, request.user()); !admitted) return refusal(request, admitted.error());
  switch (*transport) {
    case Transport::sse:
      return stream_as(request, id, stream::Format::sse, instances);
    case Transport::ndjson:
      return stream_as(request, id, stream::Format::ndjson, instances);
    case Transport::poll:
      break;
  }
  return poll(request, id, instances);
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
