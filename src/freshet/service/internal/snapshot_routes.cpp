// SPDX-License-Identifier: MIT
#include "freshet/service/internal/snapshot_routes.hpp"

#include <memory>
#include <string>
#include <utility>

#include "freshet/codec/json.hpp"
#include "freshet/model/any_object.hpp"
#include "freshet/service/internal/answers.hpp"
#include "freshet/stream/snapshot.hpp"

namespace freshet::service {
namespace {

using codec::JsonReader;
using codec::JsonToken;
using net::PathParams;
using net::Request;
using net::Response;

Response answer(stream::Snapshot snapshot) {
  Response response = json_now(std::move(snapshot.rows));
  response.headers.add("Freshet-Version", std::to_string(snapshot.version));
  if (snapshot.missing_rows != 0) response.headers.add("Freshet-Missing-Rows", std::to_string(snapshot.missing_rows));
  return response;
}

struct Lookup {
  AnyObject key;
  AnyObject params;
};

Result<Lookup> read_lookup(const stream::ResourceDefinition& resource, std::string_view body) {
  Lookup lookup{AnyObject(*resource.key), AnyObject(*resource.params)};
  // Without "params", the defaults; a required parameter is then missed by its name.
  bool has_key = false, has_params = false;
  JsonReader reader(body);
  if (auto begun = reader.expect(JsonToken::begin_object); !begun) return fail(std::move(begun.error()));
  while (reader.next() == JsonToken::name) {
    const bool is_key = reader.text() == "key";
    if (!is_key && reader.text() != "params")
      return reader.refuse(ErrorCode::invalid_argument, "unknown field", "there are: key, params");
    if (std::exchange(is_key ? has_key : has_params, true))
      return reader.refuse(ErrorCode::invalid_argument, "repeated field");
    reader.next();
    auto read = is_key ? codec::decode_json(*resource.key, lookup.key.get(), reader)
                       : codec::decode_json(*resource.params, lookup.params.get(), reader);
    if (!read) return fail(std::move(read.error()));
  }
  if (reader.token() != JsonToken::end_object) return reader.wrong("a field: key or params");
  if (!has_key) return reader.refuse(ErrorCode::invalid_argument, "missing field key");
  if (auto ended = reader.expect(JsonToken::end); !ended) return fail(std::move(ended.error()));
  if (!has_params) {
    auto defaults = stream::read_parameters(resource, "");
    if (!defaults) return fail(std::move(defaults.error()));
    lookup.params = std::move(defaults->object);
  }
  return lookup;
}

class SnapshotRoutes {
 public:
  SnapshotRoutes(const Catalog& catalog, stream::Instances& instances, Graph& graph)
      : catalog_(catalog), instances_(instances), graph_(graph) {}

  Response of_instance(const Request& request, const std::string& id) const {
    const auto instance = instances_.use(id, request.user());
    if (!instance) return refusal(request, instance.error());
    return all_rows((*instance)->shared_source());
  }

  Response of_resource(Request& request, const std::string& name) const {
    const auto resource = catalog_.resource(name);
    if (!resource) return Response::problem(resource.error());
    if (auto refusal = refuse_unless_json(request)) return *std::move(refusal);
    if (const auto fits = instances_.check_size(request.body); !fits) return Response::problem(fits.error());
    const auto parameters = stream::read_parameters(**resource, request.body);
    if (!parameters) return Response::problem(parameters.error());
    auto readable = instances_.view(**resource, parameters->object, request.user());
    if (!readable) return refusal(request, readable.error());
    return all_rows(std::move(readable->source));
  }

  Response of_key(Request& request, const std::string& name) const {
    const auto resource = catalog_.resource(name);
    if (!resource) return Response::problem(resource.error());
    if (auto refusal = refuse_unless_json(request)) return *std::move(refusal);
    if (const auto fits = instances_.check_size(request.body); !fits) return Response::problem(fits.error());
    const auto lookup = read_lookup(**resource, request.body);
    if (!lookup) return Response::problem(lookup.error());
    const auto readable = instances_.view(**resource, lookup->params, request.user());
    if (!readable) return refusal(request, readable.error());
    return answer(stream::take_row(graph_, *readable->source, lookup->key.get()));
  }

 private:
  /// At once where there are few; many are encoded in steps, so that nobody else has to wait for them.
  Response all_rows(std::shared_ptr<const stream::Source> source) const {
    if (auto snapshot = instances_.snapshot_now(*source)) return answer(*std::move(snapshot));
    return Response::later([source = std::move(source), &instances = instances_](net::ResponseReply reply) {
      // Shared, since functions are copied, and a reply cannot be.
      const auto waiting = std::make_shared<net::ResponseReply>(std::move(reply));
      instances.snapshot(
          source, [waiting] { return waiting->cancelled(); },
          [waiting](stream::Snapshot snapshot) { (*waiting)(answer(std::move(snapshot))); });
    });
  }

  const Catalog& catalog_;
  stream::Instances& instances_;
  Graph& graph_;
};

}  // namespace

void add_snapshot_routes(net::Router& router, const Catalog& catalog, stream::Instances& instances, Graph& graph) {
  const SnapshotRoutes routes(catalog, instances, graph);
  router.add(net::Method::get, "/v1/snapshot/{instance}", [routes](Request& request, const PathParams& path) {
    return routes.of_instance(request, path["instance"]);
  });
  router.add(net::Method::post, "/v1/snapshot/{resource}", [routes](Request& request, const PathParams& path) {
    return routes.of_resource(request, path["resource"]);
  });
  router.add(net::Method::post, "/v1/snapshot/{resource}/lookup",
             [routes](Request& request, const PathParams& path) { return routes.of_key(request, path["resource"]); });
}

}  // namespace freshet::service
