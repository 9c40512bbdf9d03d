// SPDX-License-Identifier: MIT
#include "freshet/net/router.hpp"

#include <algorithm>
#include <exception>
#include <memory>
#include <optional>

#include "freshet/base/assert.hpp"
#include "freshet/net/byte_stream.hpp"

namespace freshet::net {
namespace {

// "/a//b" has the segments a, (empty), b.
template <class Fn> void for_each_segment(std::string_view path, Fn use) {
  path.remove_prefix(1);
  while (true) {
    const std::size_t end = path.find('/');
    use(path.substr(0, end));
    if (end == std::string_view::npos) return;
    path.remove_prefix(end + 1);
  }
}

std::optional<std::vector<std::string>> decoded_segments(std::string_view path) {
  std::vector<std::string> segments;
  bool well_formed = path.starts_with('/');
  if (!well_formed) return std::nullopt;
  for_each_segment(path, [&](std::string_view segment) {
    std::optional<std::string> decoded = percent_decode(segment);
    well_formed = well_formed && decoded.has_value();
    if (decoded) segments.push_back(*std::move(decoded));
  });
  if (!well_formed) return std::nullopt;
  return segments;
}

Response with_allow(Response response, const std::vector<Method>& methods) {
  std::string allow;
  for (const Method method : methods) {
    if (!allow.empty()) allow += ", ";
    allow += to_string(method);
  }
  response.headers.add("Allow", std::move(allow));
  return response;
}

Response internal_fault() {
  return Response::problem(Error{ErrorCode::internal, "the server failed to answer", "", "", ""});
}

}  // namespace

const std::string& PathParams::operator[](std::string_view name) const {
  const auto found = std::find_if(params_.begin(), params_.end(), [name](const auto& p) { return p.first == name; });
  FRESHET_ASSERT(found != params_.end() && "the route's pattern has that parameter");
  return found->second;
}

void Router::add(Method method, std::string_view pattern, Handler handler) {
  FRESHET_ASSERT(pattern.starts_with('/'));
  FRESHET_ASSERT(handler != nullptr);
  Route route{method, {}, std::move(handler)};
  for_each_segment(pattern, [&](std::string_view text) {
    const bool is_param = text.size() > 2 && text.front() == '{' && text.back() == '}';
    if (is_param) text = text.substr(1, text.size() - 2);
    FRESHET_ASSERT(text.find_first_of("{}%") == std::string_view::npos);
    route.segments.push_back({std::string(text), is_param});
  });
  const auto same = [&](const Route& other) {
    return other.method == method && !more_literal(route, other) && !more_literal(other, route);
  };
  FRESHET_ASSERT(std::none_of(routes_.begin(), routes_.end(), same) && "two handlers for one method and pattern");
  routes_.insert(std::upper_bound(routes_.begin(), routes_.end(), route, more_literal), std::move(route));
}

void Router::on_handler_fault(std::function<void(const Request&, std::string_view)> listener) {
  on_fault_ = std::move(listener);
}

// A strict weak order under which the first match is the one to take; patterns that match the same paths are equal.
bool Router::more_literal(const Route& left, const Route& right) {
  const auto before = [](const Segment& a, const Segment& b) {
    if (a.is_param != b.is_param) return b.is_param;
    return !a.is_param && a.text < b.text;
  };
  return std::lexicographical_compare(left.segments.begin(), left.segments.end(), right.segments.begin(),
                                      right.segments.end(), before);
}

bool Router::matches(const Route& route, const std::vector<std::string>& path) {
  return std::equal(route.segments.begin(), route.segments.end(), path.begin(), path.end(),
                    [](const Segment& segment, const std::string& text) {
                      return segment.is_param ? !text.empty() : segment.text == text;
                    });
}

const Router::Route* Router::find(Method method, const std::vector<std::string>& path) const {
  const auto found = std::find_if(routes_.begin(), routes_.end(),
                                  [&](const Route& route) { return route.method == method && matches(route, path); });
  return found == routes_.end() ? nullptr : &*found;
}

std::vector<Method> Router::allowed(const std::vector<std::string>& path) const {
  std::vector<Method> methods;
  for (const Route& route : routes_) {
    if (!matches(route, path)) continue;
    methods.push_back(route.method);
    if (route.method == Method::get) methods.push_back(Method::head);
  }
  if (methods.empty()) return methods;
  methods.push_back(Method::options);
  std::sort(methods.begin(), methods.end());
  methods.erase(std::unique(methods.begin(), methods.end()), methods.end());
  return methods;
}

Response Router::route(Request& request) { return prepare(request, answer(request)); }

Response Router::complete(const Request& request, Result<Response> answer) {
  if (answer) return prepare(request, *std::move(answer));
  if (answer.error().code == ErrorCode::internal) fault(request, to_string(answer.error()));
  return prepare(request, Response::problem(answer.error()));
}

// Guards what is called after the handler, and shows what is an answer to the listener.
Response Router::prepare(const Request& request, Response response) {
  if (response.routes_again) return response;
  if (response.later_start) {
    response.later_start = guarded(std::move(response.later_start), request);
    return response;
  }
  if (response.start) response.start = guarded(std::move(response.start), request);
  if (response.upgrade) response.upgrade = guarded(std::move(response.upgrade), request);
  if (on_response_) on_response_(request, response);
  return response;
}

Response Router::answer(Request& request) {
  try {
    if (before_) {
      if (std::optional<Response> instead = before_(request)) return *std::move(instead);
    }
    return dispatch(request);
  } catch (const Failure& failure) {
    return Response::problem(failure.error());
  } catch (const std::exception& error) {
    fault(request, error.what());
  } catch (...) {
    fault(request, "something that is not a std::exception");
  }
  return internal_fault();
}

Response Router::dispatch(Request& request) {
  if (request.path == "*") {
    return with_allow(Response::empty(), {Method::get, Method::head, Method::post, Method::put, Method::patch,
                                          Method::delete_, Method::options});
  }
  std::optional<std::vector<std::string>> path = decoded_segments(request.path);
  if (!path) {
    return Response::problem(
        Error{ErrorCode::invalid_argument, "the path is not well formed", "a percent escape is malformed", "", ""});
  }
  const Route* route = find(request.method, *path);
  if (route == nullptr && request.method == Method::head) route = find(Method::get, *path);
  if (route != nullptr) return call(*route, request, *std::move(path));
  const std::vector<Method> methods = allowed(*path);
  if (methods.empty()) {
    return Response::problem(Error{ErrorCode::not_found, "there is nothing at " + request.path, "", "", ""});
  }
  if (request.method == Method::options) return with_allow(Response::empty(), methods);
  Error error{ErrorCode::invalid_argument,
              std::string(to_string(request.method)) + " is not allowed on " + request.path, "", "", ""};
  return with_allow(Response::problem(405, error), methods);
}

void Router::fault(const Request& request, std::string_view what) {
  ++handler_faults_;
  if (on_fault_) on_fault_(request, what);
}

Response Router::call(const Route& route, Request& request, std::vector<std::string> path) {
  PathParams params;
  for (std::size_t at = 0; at < path.size(); ++at) {
    if (route.segments[at].is_param) params.add(route.segments[at].text, std::move(path[at]));
  }
  return route.handler(request, params);
}

// The head of a streaming response is on its way when its start throws: all that is left is to end the stream.
template <class Stream>
std::function<void(std::shared_ptr<Stream>)> Router::guarded(std::function<void(std::shared_ptr<Stream>)> start,
                                                             const Request& request) {
  return
      [this, start = std::move(start), method = request.method, path = request.path](std::shared_ptr<Stream> stream) {
        try {
          start(stream);
          return;
        } catch (const std::exception& error) {
          fault(Request{method, path, {}, {}, {}, {}}, error.what());
        } catch (...) {
          fault(Request{method, path, {}, {}, {}, {}}, "something that is not a std::exception");
        }
        stream->abort();
      };
}

// What throws has dropped its reply, which complete() counts as a fault: here it only gets a name.
LaterStart Router::guarded(LaterStart start, const Request& request) {
  return [this, start = std::move(start), method = request.method, path = request.path](ResponseReply reply) {
    try {
      start(std::move(reply));
    } catch (const std::exception& error) {
      if (on_fault_) on_fault_(Request{method, path, {}, {}, {}, {}}, error.what());
    } catch (...) {
      if (on_fault_) on_fault_(Request{method, path, {}, {}, {}, {}}, "something that is not a std::exception");
    }
  };
}

}  // namespace freshet::net
