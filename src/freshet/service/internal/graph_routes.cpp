// SPDX-License-Identifier: MIT
#include "freshet/service/internal/graph_routes.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "freshet/graph/graph.hpp"
#include "freshet/service/internal/answers.hpp"
#include "freshet/service/options.hpp"

namespace freshet::service {
namespace {

using net::PathParams;
using net::Request;
using net::Response;

enum class Format { json, text, mermaid };

constexpr std::string_view kMermaidType = "text/vnd.mermaid";

/// What the query says (`format=text`, for the address bar of a browser), or else the Accept header; JSON first.
Result<Format> format_of(const Request& request, bool has_chart) {
  const auto named = request.query_value("format");
  if (named == "json" || (!named && request.accepts("application/json"))) return Format::json;
  if (named == "text" || (!named && request.accepts("text/plain"))) return Format::text;
  if (has_chart && (named == "mermaid" || (!named && request.accepts(kMermaidType)))) return Format::mermaid;
  return fail(ErrorCode::invalid_argument, named ? "there is no such format" : "none of the formats is accepted", "",
              has_chart ? "format=json, text or mermaid" : "format=json or text");
}

Response text_now(std::string type, std::string body) {
  Response response = Response::bytes(std::move(type), net::make_block(std::move(body)));
  response.headers.add("Cache-Control", "no-store");
  return response;
}

Response refuse_format(const Request& request, const Error& error) {
  return request.query_value("format") ? Response::problem(error) : Response::problem(406, error);
}

Response explain(const Request& request, const Graph& graph) {
  const auto format = format_of(request, /*has_chart=*/true);
  if (!format) return refuse_format(request, format.error());
  const GraphPicture picture = graph.explain();
  switch (*format) {
    case Format::json:
      return json_now(picture.to_json());
    case Format::text:
      return text_now("text/plain; charset=utf-8", picture.to_text());
    case Format::mermaid:
      return text_now(std::string(kMermaidType) + "; charset=utf-8", picture.to_mermaid());
  }
  return Response::empty();
}

Response why(const Request& request, const Graph& graph) {
  const auto format = format_of(request, /*has_chart=*/false);
  if (!format) return refuse_format(request, format.error());
  const auto view = request.query_value("view");
  const auto key = request.query_value("key");
  if (!view || !key) {
    return Response::problem({.code = ErrorCode::invalid_argument,
                              .primary = "the view and the key to be explained are not both given",
                              .hint = "as in /v1/graph/why?view=alerts&key=hall; GET /v1/graph names the views"});
  }
  const auto found = graph.why(*view, *key);
  if (!found) return Response::problem(found.error());
  return *format == Format::json ? json_now(found->to_json()) : text_now("text/plain; charset=utf-8", found->to_text());
}

Response not_shown() {
  return Response::problem({.code = ErrorCode::not_found,
                            .primary = "the graph is not shown",
                            .detail = "there are access rules, and whoever looks inside sees all rows"});
}

bool is_loopback(std::string_view host) {
  return host == "localhost" || host == "::1" || host == "[::1]" || host.starts_with("127.");
}

}  // namespace

bool shows_graph(const ServiceOptions& options) { return options.show_graph.value_or(is_loopback(options.host)); }

void add_graph_routes(net::Router& router, const Graph& graph, std::function<bool()> allowed) {
  router.add(net::Method::get, "/v1/graph", [&graph, allowed](const Request& request, const PathParams&) {
    return allowed() ? explain(request, graph) : not_shown();
  });
  router.add(net::Method::get, "/v1/graph/why", [&graph, allowed](const Request& request, const PathParams&) {
    return allowed() ? why(request, graph) : not_shown();
  });
}

}  // namespace freshet::service
