// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "freshet/graph/collection.hpp"
#include "freshet/net/caller.hpp"
#include "freshet/service/service.hpp"
#include "freshet/stream/resource.hpp"

namespace freshet {

/// A named, parameterised collection as a class: derive, hold the collections that it is made of, and build().
///
/// Declared with `service.resource("name", std::make_unique<TemperatureMonitor>(readings, ranges))`.
///
/// Requires: ParamsType is a described struct (NoParams where there is nothing to choose).
/// Example: examples/temp_monitor/classic.cpp
template <class ParamsType, class KeyType, class ValueType> class Resource {
 public:
  using Params = ParamsType;
  using Key = KeyType;
  using Value = ValueType;

  Resource() = default;
  Resource(const Resource&) = delete;
  Resource& operator=(const Resource&) = delete;
  virtual ~Resource() = default;

  /// Makes the collection for these parameters; called once for each new set of them. What it throws goes to the client
  /// who asked, and to nobody else.
  virtual Collection<Key, Value> build(const Params& params) = 0;
};

/// The same for what depends on who asks: there is one collection for each caller and set of parameters, and nobody
/// else may read it.
///
/// Example: src/freshet/classic/access.test.cpp [personal]
template <class ParamsType, class KeyType, class ValueType> class PersonalResource {
 public:
  using Params = ParamsType;
  using Key = KeyType;
  using Value = ValueType;

  PersonalResource() = default;
  PersonalResource(const PersonalResource&) = delete;
  PersonalResource& operator=(const PersonalResource&) = delete;
  virtual ~PersonalResource() = default;

  virtual Collection<Key, Value> build(const Caller& caller, const Params& params) = 0;
};

namespace detail {

template <class Params, class Key, class Value>
PersonalResource<Params, Key, Value>* as_resource(PersonalResource<Params, Key, Value>* resource);
template <class T>
inline constexpr bool is_personal =
    std::derived_from<T, PersonalResource<typename T::Params, typename T::Key, typename T::Value>>;

/// What is declared: a function of caller and parameters, or of the parameters alone.
template <class Derived> auto as_build(std::unique_ptr<Derived> resource) {
  using Params = typename Derived::Params;
  if constexpr (is_personal<Derived>) {
    return [resource = std::move(resource)](const Caller& caller, const Params& params) {
      return resource->build(caller, params);
    };
  } else {
    return [resource = std::move(resource)](const Params& params) { return resource->build(params); };
  }
}

template <class Params, class Key, class Value>
Resource<Params, Key, Value>* as_resource(Resource<Params, Key, Value>* resource);

template <class T>
concept AnyResource = requires(T* object) {
  detail::as_resource(object);
};

}  // namespace detail

template <class Derived>
void Service::resource(std::string name, std::unique_ptr<Derived> resource, std::string doc,
                       const ResourceOptions& options) {
  static_assert(detail::AnyResource<Derived>,
                "Freshet: service.resource(name, object) takes an object of a class that derives from "
                "freshet::Resource<Params, Key, Value> or PersonalResource");
  if constexpr (detail::AnyResource<Derived>) {
    using Params = typename Derived::Params;
    constexpr bool described_params = std::is_class_v<Params> && (described<Params> || self_described<Params>);
    static_assert(
        described_params,
        "Freshet: the parameters of a resource are a described struct; give it a constexpr describe(of<Params>) or "
        "derive it from Record");
    if constexpr (described_params) {
      add_resource(stream::define_resource<Params, typename Derived::Key, typename Derived::Value>(
          std::move(name), std::move(doc), detail::as_build(std::move(resource)), options));
    }
  }
}

}  // namespace freshet
