// SPDX-License-Identifier: MIT
#include "freshet/service/internal/skip_dialect.hpp"

#include <utility>

#include "freshet/codec/json.hpp"
#include "freshet/codec/json_reader.hpp"
#include "freshet/model/describe.hpp"

namespace freshet::service {
namespace {

using net::Response;

struct Opened {
  std::string instance_id;
};
constexpr auto describe(of<Opened>) { return model("opened", field<&Opened::instance_id>()); }

bool went_well(const Response& response) { return response.status >= 200 && response.status < 300; }

/// The same with another status and body: headers that others added stay.
Response with_text(Response response, int status, std::string text) {
  response.status = status;
  response.headers.set("Content-Type", "text/plain; charset=utf-8");
  response.body = std::move(text);
  response.shared_body = nullptr;
  return response;
}

Response to_created(Response response) {
  if (!went_well(response)) return response;
  auto opened = from_json<Opened>(response.body, {.limits = {}, .ignore_unknown_fields = true});
  if (!opened) return Response::problem(opened.error());
  constexpr int kCreated = 201;
  return with_text(std::move(response), kCreated, std::move(opened->instance_id));
}

// `OK`, since that is what a client which compares the body to the reason phrase takes for no body.
Response to_ok(Response response) {
  constexpr int kOk = 200;
  return went_well(response) ? with_text(std::move(response), kOk, "OK") : response;
}

/// What stands in the row of a lookup, `[[key,[value,...]]]`, or `[]` where there is none.
std::string values_of(std::string_view rows) {
  codec::JsonReader reader(rows);
  reader.next();
  if (reader.next() != codec::JsonToken::begin_list) return "[]";
  reader.next();
  static_cast<void>(reader.skip_value());
  reader.next();
  const std::size_t begin = reader.offset();
  if (!reader.skip_value()) return "[]";
  return std::string(rows.substr(begin, reader.offset() + 1 - begin));
}

Response to_values(Response response) {
  if (went_well(response)) response.body = values_of(response.body);
  return response;
}

Response unchanged(Response response) { return response; }

// Streams are read on either port; their own loops are the other one's.
net::ServerOptions without_loops(net::ServerOptions options) {
  options.io_loops = 0;
  return options;
}

}  // namespace

SkipDialect::SkipDialect(net::Loop& loop, net::Router& router, const net::ServerOptions& options, Answered answered)
    : router_(router), answered_(std::move(answered)), server_(loop, own_, without_loops(options)) {
  add(net::Method::post, "/v1/streams/{resource}", to_created);
  add(net::Method::get, "/v1/streams/{instance}", unchanged);
  add(net::Method::delete_, "/v1/streams/{instance}", to_ok);
  add(net::Method::post, "/v1/snapshot/{resource}", unchanged);
  add(net::Method::post, "/v1/snapshot/{resource}/lookup", to_values);
  add(net::Method::patch, "/v1/inputs/{input}", to_ok);
  own_.add(net::Method::get, "/v1/healthcheck",
           [](net::Request&, const net::PathParams&) { return Response::text("OK"); });
  own_.on_response([this](const net::Request& request, Response& response) {
    if (!std::exchange(seen_, false)) answered_(request, response);
  });
}

void SkipDialect::add(net::Method method, std::string_view pattern, std::function<Response(Response)> translate) {
  own_.add(method, pattern, [this, translate = std::move(translate)](net::Request& request, const net::PathParams&) {
    Response response = router_.route(request);
    // One that comes later passes by the service's router, and by here, as it is.
    seen_ = !response.later_start && !response.routes_again;
    return seen_ ? translate(std::move(response)) : response;
  });
}

Result<std::uint16_t> SkipDialect::listen(const std::string& host, std::uint16_t port, const net::TlsOptions* tls) {
  return tls != nullptr ? server_.listen(host, port, *tls) : server_.listen(host, port);
}

}  // namespace freshet::service
