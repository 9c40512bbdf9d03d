// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <utility>

#include "freshet/service/remote/upstreams.hpp"

namespace freshet {

/// A resource of another server as a class: derive, and override what is to be another way.
///
/// Declared with `upstreams.follow(url, "readings", std::make_unique<RemoteReadings>())`, which gives the collection.
///
/// Requires: ParamsType is a described struct (NoParams where there is nothing to choose).
/// Example: examples/chain/classic.cpp
template <class ParamsType, class KeyType, class ValueType> class RemoteResource {
 public:
  using Params = ParamsType;
  using Key = KeyType;
  using Value = ValueType;

  RemoteResource() = default;
  RemoteResource(const RemoteResource&) = delete;
  RemoteResource& operator=(const RemoteResource&) = delete;
  virtual ~RemoteResource() = default;

  /// What it is opened with; asked once, when it is declared.
  virtual Params params() const { return {}; }
  /// Sent with each opening and each connection that follows from it: a token may be another one each time.
  virtual net::Headers headers() { return {}; }
  /// Called whenever the state changes.
  virtual void on_state(const RemoteStatus& /*status*/) {}
};

namespace detail {

template <class Params, class Key, class Value>
RemoteResource<Params, Key, Value>* as_remote(RemoteResource<Params, Key, Value>* remote);
template <class T>
concept AnyRemoteResource = requires(T* object) {
  detail::as_remote(object);
};

}  // namespace detail

template <class Derived>
auto Upstreams::follow(std::string url, std::string resource, std::unique_ptr<Derived> remote, RemoteOptions options) {
  static_assert(detail::AnyRemoteResource<Derived>,
                "Freshet: upstreams.follow(url, resource, object) takes an object of a class that derives from "
                "freshet::RemoteResource<Params, Key, Value>");
  // Shared by the two callbacks, which live as long as what is followed.
  const std::shared_ptr<Derived> object = std::move(remote);
  options.headers = [object] { return object->headers(); };
  options.on_state = [object](const RemoteStatus& status) { object->on_state(status); };
  const auto params = object->params();
  return add<typename Derived::Key, typename Derived::Value>(std::move(url), std::move(resource), params,
                                                             std::move(options));
}

}  // namespace freshet
