// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "freshet/base/result.hpp"
#include "freshet/codec/sse_parser.hpp"

namespace temp_monitor {

/// Where a service listens.
struct ServiceAddress {
  std::string host;
  std::string port;
};

/// Takes "http://HOST[:PORT]" apart; an IPv6 address stands in brackets. Errors: invalid_argument.
freshet::Result<ServiceAddress> parse_service_url(std::string_view url);

/// A resource of a service with its parameters.
struct ResourceAddress {
  ServiceAddress service;
  std::string resource;
  std::string params;  ///< JSON
};

/// The rows of the resource as they are now, as JSON.
///
/// Errors: unavailable where nothing answers; otherwise what the service says.
freshet::Result<std::string> fetch_snapshot(const ResourceAddress& address);

struct ReaderCallbacks {
  std::function<void(const freshet::codec::SseEvent&)> on_event;
  /// What happens to the connection, in words.
  std::function<void(std::string_view)> on_notice;
};

/// Opens the resource and reads its events until SIGINT or SIGTERM; then gives its opening back and returns.
///
/// A connection that breaks is made again, after a while that grows from try to try or that the service has asked for:
/// to the same instance or, where the service does not know that any more, to a new one.
///
/// Errors: the service cannot be reached at the first try; it refuses the resource or the parameters.
freshet::Result<void> follow(const ResourceAddress& address, const ReaderCallbacks& callbacks);

}  // namespace temp_monitor
