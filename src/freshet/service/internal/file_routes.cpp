// SPDX-License-Identifier: MIT
#include "freshet/service/internal/file_routes.hpp"

#include <string>

#include "freshet/service/internal/etag.hpp"

namespace freshet::service {
namespace {

net::Handler handler_of(const StaticFile& file) {
  return [type = std::string(file.content_type), etag = etag_of(file.bytes),
          body = net::make_block(std::string(file.bytes))](net::Request& request, const net::PathParams&) {
    const bool unchanged = names_etag(request.header("If-None-Match"), etag);
    net::Response response = unchanged ? net::Response::empty(304) : net::Response::bytes(type, body);
    response.headers.add("ETag", etag);
    response.headers.add("Cache-Control", "no-cache");
    response.headers.add("X-Content-Type-Options", "nosniff");
    return response;
  };
}

}  // namespace

void add_file_routes(net::Router& router, std::string_view prefix, std::span<const StaticFile> files) {
  for (const StaticFile& file : files) {
    const net::Handler handler = handler_of(file);
    router.add(net::Method::get, std::string(prefix) + std::string(file.path), handler);
    if (file.path == "index.html") router.add(net::Method::get, prefix, handler);
  }
}

}  // namespace freshet::service
