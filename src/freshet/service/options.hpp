// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "freshet/graph/graph.hpp"
#include "freshet/net/server.hpp"
#include "freshet/service/access_log_options.hpp"
#include "freshet/service/auth/options.hpp"
#include "freshet/service/skip_options.hpp"
#include "freshet/service/socket_options.hpp"
#include "freshet/stream/options.hpp"

namespace freshet {

/// Where a service listens, and every limit of what it is made of.
struct ServiceOptions {
  std::string host = "127.0.0.1";
  /// 0 takes a free one.
  std::uint16_t port = 8080;
  /// What goes to standard error: trace, debug, info, warn, error or off.
  std::string log_level = "info";
  /// Origins whose pages may use the service from a browser, as "https://example.org"; "*" is any. None by default:
  /// only pages that come from the service itself.
  std::vector<std::string> cors_origins = {};
  /// Whether clients may look into the graph: GET /v1/graph and GET /v1/graph/why name all views and show the keys and
  /// values of any row, whether there is a resource for it or not. Unset: only where the host is this machine alone, a
  /// loopback address, and where there are no access rules. Set it to false where a proxy on this machine lets others
  /// in.
  std::optional<bool> show_graph = std::nullopt;
  /// How long a graceful stop waits for clients to take what they are owed.
  std::chrono::milliseconds stop_deadline{3'000};
  /// How long before that GET /readyz says already that clients should go elsewhere, while they are still served: time
  /// for balancers to notice.
  std::chrono::milliseconds drain_delay{0};
  /// With certificate_file and private_key_file the service speaks TLS, and nothing else; SIGHUP has it load them
  /// again.
  net::TlsOptions tls = {};
  /// Where it speaks TLS, or a trusted proxy does: for how long browsers shall come by https alone
  /// (Strict-Transport-Security). 0: nothing is said, since it cannot be taken back.
  std::chrono::seconds hsts_max_age{0};
  /// The Content-Security-Policy of pages (text/html) that have none of their own: nothing but what the service itself
  /// serves, and in nobody's frame. Empty: none.
  std::string page_policy = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
  AccessLogOptions access_log = {};

  /// Who callers are.
  AuthOptions auth = {};

  GraphOptions graph = {};
  StreamOptions streams = {};
  SocketOptions sockets = {};
  SkipOptions skip = {};
  net::ServerOptions http = {};
};

}  // namespace freshet
