// SPDX-License-Identifier: MIT
#include "freshet/service/internal/input_routes.hpp"

#include <set>
#include <string>
#include <utility>

#include "freshet/codec/json_reader.hpp"
#include "freshet/codec/json_writer.hpp"
#include "freshet/graph/graph.hpp"
#include "freshet/service/internal/answers.hpp"

namespace freshet::service {
namespace {

using codec::JsonReader;
using codec::JsonToken;
using net::PathParams;
using net::Request;
using net::Response;

Result<void> read_one(std::string_view body, const stream::InputPort& input, Transaction& transaction,
                      const stream::Writer& writer) {
  JsonReader reader(body);
  reader.next();
  if (auto rows = input.read_rows(reader, transaction, writer); !rows) return rows;
  return reader.expect(JsonToken::end);
}

Result<void> read_many(std::string_view body, const Catalog& catalog, Transaction& transaction,
                       const stream::Writer& writer) {
  JsonReader reader(body);
  if (auto begun = reader.expect(JsonToken::begin_object); !begun) return begun;
  std::set<std::string> seen;
  while (reader.next() == JsonToken::name) {
    const std::string name(reader.text());
    if (!seen.insert(name).second) return reader.refuse(ErrorCode::invalid_argument, "the input stands here twice");
    const auto input = catalog.input(name);
    if (!input) return fail(input.error());
    reader.next();
    if (auto rows = (*input)->read_rows(reader, transaction, writer); !rows) return rows;
  }
  if (reader.token() != JsonToken::end_object) return reader.wrong("the name of an input");
  return reader.expect(JsonToken::end);
}

/// From here a change goes its way: the commit runs it through the graph and calls the instances that it touches.
Response commit(Graph& graph, Transaction transaction) {
  const auto version = graph.commit(std::move(transaction));
  if (!version) return Response::problem(version.error());
  std::string body;
  codec::JsonWriter json(body);
  json.begin_object();
  json.name("version");
  json.integer(*version);
  json.end_object();
  return json_now(std::move(body));
}

Response write(Request& request, Graph& graph, const std::function<Result<void>(Transaction&)>& read) {
  if (auto refusal = refuse_unless_json(request)) return *std::move(refusal);
  Transaction transaction;
  if (const auto done = read(transaction); !done) return refusal(request, done.error());
  return commit(graph, std::move(transaction));
}

}  // namespace

Result<Version> write_inputs(std::string_view json, const Catalog& catalog, const stream::Writer& writer,
                             Graph& graph) {
  Transaction transaction;
  if (auto read = read_many(json, catalog, transaction, writer); !read) return fail(std::move(read.error()));
  return graph.commit(std::move(transaction));
}

void add_input_routes(net::Router& router, const Catalog& catalog, const stream::AccessRules& access, Graph& graph) {
  router.add(net::Method::patch, "/v1/inputs/{input}", [&](Request& request, const PathParams& path) {
    const auto input = catalog.input(path["input"]);
    if (!input) return Response::problem(input.error());
    return write(request, graph, [&](Transaction& transaction) {
      return read_one(request.body, **input, transaction, {access, request.user()});
    });
  });
  router.add(net::Method::patch, "/v1/inputs", [&](Request& request, const PathParams&) {
    return write(request, graph, [&](Transaction& transaction) {
      return read_many(request.body, catalog, transaction, {access, request.user()});
    });
  });
}

}  // namespace freshet::service
