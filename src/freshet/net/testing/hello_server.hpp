// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "freshet/net/block.hpp"
#include "freshet/net/testing/server_rig.hpp"

namespace freshet::net::testing {

inline constexpr const char* kHello = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n";

/// A ServerRig with a few routes: GET /hello, POST /echo, GET /large (8 MiB), DELETE /thing. Not installed.
struct HelloServer {
  explicit HelloServer(ServerOptions options = {}, const std::optional<TlsOptions>& tls = std::nullopt)
      : rig(options, tls) {
    rig.router.add(Method::get, "/hello", [](Request&, const PathParams&) { return Response::text("hello\n"); });
    rig.router.add(Method::post, "/echo",
                   [](Request& r, const PathParams&) { return Response::text(std::move(r.body)); });
    rig.router.add(Method::get, "/large",
                   [this](Request&, const PathParams&) { return Response::bytes("x/y", large); });
    rig.router.add(Method::delete_, "/thing", [](Request&, const PathParams&) { return Response::empty(); });
  }

  /// Sends `bytes` on a connection of its own; returns all that comes back before the server closes it.
  std::string exchange(const std::string& bytes) {
    HttpClient client = rig.connect();
    client.send(bytes);
    return client.read_to_end();
  }

  ServerRig rig;
  const Block large = make_block(std::string(8 * 1024 * 1024, 'x'));
};

}  // namespace freshet::net::testing
