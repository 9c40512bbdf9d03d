// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "freshet/base/result.hpp"
#include "freshet/codec/json.hpp"
#include "freshet/service/remote/remote_collection.hpp"
#include "freshet/service/remote/remote_rows.hpp"
#include "freshet/service/service.hpp"
#include "freshet/stream/resource.hpp"

namespace freshet {

/// What a service follows of other services: each is a collection of its graph, kept equal to a resource over there.
/// So servers make chains: one gathers, others compute on it and serve, each as many clients as it can.
///
/// It begins when the service listens and ends with it: the other servers are told that nobody reads any more. A server
/// that is away when this one starts is waited for; clients of this one see empty collections until then, and may ask
/// status(). `/metrics` shows how each collection stands. Include the face that you write in: freshet/meta/remote.hpp
/// or freshet/classic/remote.hpp.
///
/// Requires: outlives the service's run(); the service outlives it.
/// Thread safety: belongs to the loop of the service.
/// Errors: wrong declarations (a URL or a name that is none, parameters that JSON cannot express) throw Failure.
/// Example: examples/chain/meta.cpp, examples/chain/classic.cpp
class Upstreams {
 public:
  explicit Upstreams(Service& service);
  Upstreams(const Upstreams&) = delete;
  Upstreams& operator=(const Upstreams&) = delete;
  ~Upstreams();

  /// Follows `resource`, with these parameters, at the server `url` ("http://10.0.0.7:8080"; https, and a path before
  /// the protocol's own, are possible). Key and Value are those of the resource there, or structs that its rows fit.
  /// [meta]
  template <class Key, class Value, class Params = NoParams>
  RemoteCollection<Key, Value> follow(std::string url, std::string resource, const Params& params = {},
                                      RemoteOptions options = {});
  /// The same by an object of a class that derives from RemoteResource<Params, Key, Value>. [classic]
  template <class Derived>
  auto follow(std::string url, std::string resource, std::unique_ptr<Derived> remote, RemoteOptions options = {});

  /// How all of them stand, in the order in which they were declared.
  std::vector<RemoteStatus> list() const;

  /// What both faces come down to.
  template <class Key, class Value, class Params>
  RemoteCollection<Key, Value> add(std::string url, std::string resource, const Params& params, RemoteOptions options);

 private:
  /// What is declared, without its types.
  struct Declaration {
    std::string url, resource;
    Result<std::string> params_json;
    RemoteOptions options;
  };

  static std::string input_name(const Declaration& declaration);
  const remote::RemoteReader& add(Declaration declaration, std::unique_ptr<remote::RemoteRows> rows);
  void start();
  void stop(const std::function<void()>& done);
  void measure(service::Exposition& out) const;

  Service& service_;
  std::vector<std::unique_ptr<remote::RemoteReader>> readers_;
  bool running_ = false;
};

namespace remote {
const RemoteStatus& status_of(const RemoteReader& reader);
}

template <class Key, class Value> const RemoteStatus& RemoteCollection<Key, Value>::status() const {
  return remote::status_of(*reader_);
}

template <class Key, class Value, class Params>
RemoteCollection<Key, Value> Upstreams::add(std::string url, std::string resource, const Params& params,
                                            RemoteOptions options) {
  Declaration declaration{std::move(url), std::move(resource), to_json(params), std::move(options)};
  auto input = service_.graph().template input<Key, Value>(input_name(declaration));
  const remote::RemoteReader& reader =
      add(std::move(declaration), std::make_unique<remote::TypedRemoteRows<Key, Value>>(service_.graph(), input));
  return {input, reader};
}

}  // namespace freshet
