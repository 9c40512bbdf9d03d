// SPDX-License-Identifier: MIT
#include "freshet/service/internal/info_routes.hpp"

#include <utility>

#include "freshet/codec/json.hpp"
#include "freshet/codec/json_writer.hpp"
#include "freshet/model/json_schema.hpp"
#include "freshet/service/exposition.hpp"
#include "freshet/service/internal/answers.hpp"

namespace freshet::service {
namespace {

using net::PathParams;
using net::Request;
using net::Response;

void write_schema(codec::JsonWriter& json, std::string_view name, const Type& type) {
  json.name(name);
  json.raw(to_json(json_schema(type)).value());
}

void write_names(codec::JsonWriter& json, const std::string& name, const std::string& doc) {
  json.name("name");
  json.string(name);
  json.name("doc");
  json.string(doc);
}

Response list_resources(const Catalog& catalog) {
  std::string body;
  codec::JsonWriter json(body);
  json.begin_object();
  json.name("resources");
  json.begin_list();
  for (const auto& [name, resource] : catalog.resources()) {
    json.begin_object();
    write_names(json, name, resource.doc);
    write_schema(json, "params", *resource.params);
    write_schema(json, "key", *resource.key);
    write_schema(json, "row", *resource.value);
    json.end_object();
  }
  json.end_list();
  json.end_object();
  return json_now(std::move(body));
}

Response list_inputs(const Catalog& catalog) {
  std::string body;
  codec::JsonWriter json(body);
  json.begin_object();
  json.name("inputs");
  json.begin_list();
  for (const auto& [name, input] : catalog.inputs()) {
    json.begin_object();
    write_names(json, name, input->doc());
    write_schema(json, "key", input->key_type());
    write_schema(json, "row", input->value_type());
    json.end_object();
  }
  json.end_list();
  json.end_object();
  return json_now(std::move(body));
}

Response show_readiness(const Readiness& readiness) {
  const bool is_ready = readiness.state == Readiness::State::ready;
  const bool is_starting = readiness.state == Readiness::State::starting;
  std::string body;
  codec::JsonWriter json(body);
  json.begin_object();
  json.name("status");
  json.string(is_ready ? "ready" : is_starting ? "starting" : "stopping");
  if (!readiness.waiting_for.empty()) {
    json.name("waiting_for");
    json.begin_list();
    for (const std::string& name : readiness.waiting_for) json.string(name);
    json.end_list();
  }
  json.end_object();
  Response response = json_now(std::move(body));
  response.status = is_ready ? 200 : 503;
  return response;
}

}  // namespace

void add_catalog_routes(net::Router& router, const Catalog& catalog) {
  router.add(net::Method::get, "/v1/resources", [&](Request&, const PathParams&) { return list_resources(catalog); });
  router.add(net::Method::get, "/v1/inputs", [&](Request&, const PathParams&) { return list_inputs(catalog); });
}

void add_health_routes(net::Router& router, std::function<Readiness()> readiness,
                       std::function<std::string()> metrics) {
  for (const char* path : {"/healthz", "/livez"}) {
    router.add(net::Method::get, path, [](Request&, const PathParams&) { return json_now(R"({"status":"ok"})"); });
  }
  router.add(net::Method::get, "/readyz",
             [readiness = std::move(readiness)](Request&, const PathParams&) { return show_readiness(readiness()); });
  router.add(net::Method::get, "/metrics", [metrics = std::move(metrics)](Request&, const PathParams&) {
    Response response = Response::bytes(std::string(Exposition::kContentType), net::make_block(metrics()));
    response.headers.add("Cache-Control", "no-store");
    return response;
  });
}

}  // namespace freshet::service
