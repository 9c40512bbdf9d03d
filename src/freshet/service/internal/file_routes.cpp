// SPDX-License-Identifier: MIT
#include "freshet/service/internal/file_routes.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <string>

namespace freshet::service {
namespace {

/// FNV-1a, 64 bits: tells builds apart; nobody gains anything by making two files collide.
std::string etag_of(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  std::array<char, 16> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), hash, 16).ptr;
  return '"' + std::string(digits.data(), end) + '"';
}

net::Handler handler_of(const StaticFile& file) {
  return [type = std::string(file.content_type), etag = etag_of(file.bytes),
          body = net::make_block(std::string(file.bytes))](net::Request& request, const net::PathParams&) {
    const std::string_view known = request.header("If-None-Match");
    const bool unchanged = known == "*" || known.find(etag) != std::string_view::npos;
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
