// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "freshet/net/http.hpp"

namespace freshet::net {

/// The decoded values of a pattern's {parameters}, by name.
class PathParams {
 public:
  void add(std::string_view name, std::string value) { params_.emplace_back(name, std::move(value)); }
  /// Requires: the route's pattern has that parameter.
  const std::string& operator[](std::string_view name) const;

 private:
  std::vector<std::pair<std::string_view, std::string>> params_;
};

/// Answers a request. Runs on the loop and must not block; an exception becomes a problem+json answer (a Failure with
/// its error, anything else as a plain 500).
using Handler = std::function<Response(Request&, const PathParams&)>;

/// Finds the handler of a request by method and path.
///
/// A pattern is made of literal segments and {parameters}, each of which matches one segment that is not empty:
/// "/v1/streams/{resource}". Literals win over parameters, segment by segment from the left. A path that no pattern
/// matches is answered with 404; a method that its patterns do not have with 405 and Allow; OPTIONS with 204 and Allow;
/// HEAD by the handler of GET.
///
/// Thread safety: add() before serving, route() on the loop.
class Router {
 public:
  /// Requires: `pattern` is well formed and not yet taken for `method`.
  void add(Method method, std::string_view pattern, Handler handler);

  /// Answers the request, whatever becomes of it. A response that comes later is not an answer yet: once it is there,
  /// it goes through complete().
  Response route(Request& request);
  /// What leaves in place of an answer that was given later to `request`.
  Response complete(const Request& request, Result<Response> answer);

  /// Called with every request before its handler is looked for; what it gives is the answer. It may add to the
  /// request: who makes it.
  void before(std::function<std::optional<Response>(Request&)> filter) { before_ = std::move(filter); }

  /// Called with every answer before it leaves, its own 404s and 405s included; may add to it. For what concerns all
  /// answers: headers of CORS, counts, the log.
  void on_response(std::function<void(const Request&, Response&)> listener) { on_response_ = std::move(listener); }

  /// Handlers that threw something other than a Failure.
  std::uint64_t handler_faults() const { return handler_faults_; }
  /// Told of each of them: method, path and what was thrown. For the log; the client sees nothing of it.
  void on_handler_fault(std::function<void(const Request&, std::string_view what)> listener);

 private:
  struct Segment {
    std::string text;
    bool is_param = false;
  };
  struct Route {
    Method method;
    std::vector<Segment> segments;
    Handler handler;
  };

  static bool matches(const Route& route, const std::vector<std::string>& path);
  static bool more_literal(const Route& left, const Route& right);
  const Route* find(Method method, const std::vector<std::string>& path) const;
  std::vector<Method> allowed(const std::vector<std::string>& path) const;
  Response answer(Request& request);
  Response dispatch(Request& request);
  static Response call(const Route& route, Request& request, std::vector<std::string> path);
  Response prepare(const Request& request, Response response);
  template <class Stream>
  std::function<void(std::shared_ptr<Stream>)> guarded(std::function<void(std::shared_ptr<Stream>)> start,
                                                       const Request& request);
  LaterStart guarded(LaterStart start, const Request& request);
  void fault(const Request& request, std::string_view what);

  /// Sorted: the more literal first.
  std::vector<Route> routes_;
  std::function<std::optional<Response>(Request&)> before_;
  std::function<void(const Request&, Response&)> on_response_;
  std::function<void(const Request&, std::string_view)> on_fault_;
  std::uint64_t handler_faults_ = 0;
};

}  // namespace freshet::net
