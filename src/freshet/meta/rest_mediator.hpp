// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "freshet/service/mediators/mediators.hpp"
#include "freshet/service/mediators/rest_handler.hpp"

/// Requests as functions: `mediators.rest("cities", {.path = "/cities"}).on_create(city_of).to(to_documents)`.
///
/// A handler takes, in this order and each only if it wants it: the `const Caller&` who asks; the `const std::string&`
/// key, which it must take where the path has one; what the request brings, a described struct, or an Amendment of one
/// (on_create, on_update: from the body; on_list: from the query string); and the `StoreTransaction&`.
///
/// It runs within one store transaction, on a thread of the store, several calls at a time, and again where the
/// transaction loses a race: so it has no effect but through the transaction. What it gives goes to the sinks that are
/// named behind it: those that write are part of the transaction, all others are called once, on the loop, when it is
/// durable. It is also the answer: a value, an optional (empty: 404), a vector (`{"results": [...]}`), nothing (204),
/// or a Result of these.
///
/// Example: src/freshet/meta/rest_mediator.test.cpp [rest]
namespace freshet {

template <class Value> class RestSinkHandle;

/// A rest mediator in the making: takes handlers, before the service runs.
class RestHandle {
 public:
  explicit RestHandle(std::shared_ptr<mediators::RestRoutes> routes) : routes_(std::move(routes)) {}

  /// POST; answered with 201, with a Location where the value has a key.
  template <class Fn> auto on_create(Fn fn) const { return on<mediators::RestOperation::create>(std::move(fn)); }
  /// PATCH and PUT with a key.
  template <class Fn> auto on_update(Fn fn) const { return on<mediators::RestOperation::update>(std::move(fn)); }
  /// DELETE with a key; answered with 204.
  template <class Fn> auto on_delete(Fn fn) const { return on<mediators::RestOperation::remove>(std::move(fn)); }
  /// GET with a key; with an ETag, which If-Match of updates and deletes refers to.
  template <class Fn> auto on_read(Fn fn) const { return on<mediators::RestOperation::read>(std::move(fn)); }
  /// GET without one.
  template <class Fn> auto on_list(Fn fn) const { return on<mediators::RestOperation::list>(std::move(fn)); }

 protected:
  template <mediators::RestOperation Operation, class Fn> auto on(Fn fn) const;

  std::shared_ptr<mediators::RestRoutes> routes_;  // owners: handles, the Mediators, the service's routes
};

/// A rest mediator in the making, behind a handler that gives values.
template <class Value> class RestSinkHandle : public RestHandle {
 public:
  RestSinkHandle(const RestHandle& handle, std::shared_ptr<mediators::Sinks<Value>> sinks)
      : RestHandle(handle), sinks_(std::move(sinks)) {}

  /// Sends what the handler before gives there, too.
  template <class Sink> const RestSinkHandle& to(Sink sink) const {
    sinks_->all.push_back(mediators::make_sink<Value>(std::move(sink)));
    return *this;
  }

 private:
  std::shared_ptr<mediators::Sinks<Value>> sinks_;  // owners: this, and the handler
};

template <mediators::RestOperation Operation, class Fn> auto RestHandle::on(Fn fn) const {
  using S = mediators::RestSignature<Fn, Operation>;
  constexpr bool known = mediators::Signature<Fn>::known;
  static_assert(known,
                "Freshet: a handler of requests is a function, or a lambda that is not mutable and names the types of "
                "what it takes");
  if constexpr (known) {
    static_assert(S::fits,
                  "Freshet: a handler of requests takes, in this order: perhaps the const Caller&; the const "
                  "std::string& key, where the path has one; perhaps what the request brings; perhaps the "
                  "StoreTransaction&");
    if constexpr (S::fits) {
      using Returned = typename mediators::Given<typename mediators::Signature<Fn>::Returned>::Value;
      using Sent = std::conditional_t<std::is_void_v<Returned>, std::monostate, Returned>;
      auto sinks = std::make_shared<mediators::Sinks<Sent>>();
      routes_->answer(Operation, mediators::make_rest_handler<Operation>(std::move(fn), sinks));
      if constexpr (std::is_void_v<Returned>) {
        return RestHandle(*this);
      } else {
        return RestSinkHandle<Sent>(*this, std::move(sinks));
      }
    }
  }
}

inline RestHandle Mediators::rest(std::string name, RestOptions options) {
  return RestHandle(add_routes(std::move(name), std::move(options)));
}

}  // namespace freshet
