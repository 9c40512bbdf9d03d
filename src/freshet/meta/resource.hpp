// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "freshet/graph/collection.hpp"
#include "freshet/net/caller.hpp"
#include "freshet/service/service.hpp"
#include "freshet/stream/resource.hpp"

/// Resources as functions: Service::resource<"name">(build) and Service::resource(name, build).
///
/// `build` is a function or lambda that takes the parameters, a described struct, or nothing, and gives the Collection.
/// It may capture: it is called once for each new set of parameters, not per row. A `const Caller&` before the
/// parameters says who asks; what is built is then for that caller alone.
///
/// Example: examples/temp_monitor/meta.cpp
namespace freshet {

namespace detail {

/// What a build function takes; `known` is false for anything that does not say (an overloaded or generic function
/// object).
template <class Build> struct BuildSignature { static constexpr bool known = false; };
template <class... Args> struct BuildParams {
  static constexpr bool known = true;
  static constexpr bool takes_caller = false;
  static constexpr std::size_t count = sizeof...(Args);
  using Params = NoParams;
};
template <class First, class... More>
requires std::same_as<std::remove_cvref_t<First>, Caller>
struct BuildParams<First, More...> : BuildParams<More...> {
  static constexpr bool takes_caller = true;
};
template <class First, class... More>
requires(!std::same_as<std::remove_cvref_t<First>, Caller>) struct BuildParams<First, More...> {
  static constexpr bool known = true;
  static constexpr bool takes_caller = false;
  static constexpr std::size_t count = 1 + sizeof...(More);
  using Params = std::remove_cvref_t<First>;
};
template <class Result, class... Args> struct BuildSignature<Result (*)(Args...)> : BuildParams<Args...> {};
template <class Result, class... Args> struct BuildSignature<Result (*)(Args...) noexcept> : BuildParams<Args...> {};
template <class Member> struct MemberSignature;
template <class Object, class Result, class... Args>
struct MemberSignature<Result (Object::*)(Args...)> : BuildParams<Args...> {};
template <class Object, class Result, class... Args>
struct MemberSignature<Result (Object::*)(Args...) const> : BuildParams<Args...> {};
template <class Object, class Result, class... Args>
struct MemberSignature<Result (Object::*)(Args...) noexcept> : BuildParams<Args...> {};
template <class Object, class Result, class... Args>
struct MemberSignature<Result (Object::*)(Args...) const noexcept> : BuildParams<Args...> {};
template <class Build>
requires requires { &Build::operator(); }
struct BuildSignature<Build> : MemberSignature<decltype(&Build::operator())> {};

template <class Key, class Value> Collection<Key, Value> as_collection(const Collection<Key, Value>&);
/// A Collection, or something that is one, as an Input is.
template <class T>
concept AnyCollection = requires(const T& object) {
  detail::as_collection(object);
};

template <class Params>
concept DescribedStruct = std::is_class_v<Params> &&(described<Params> || self_described<Params>);

template <class Build> constexpr bool takes_one_params() {
  constexpr bool known = BuildSignature<Build>::known;
  static_assert(
      known,
      "Freshet: the build function of a resource names the type of its parameters: [=](const Params& params) { "
      "return readings.map(alert, params.threshold); }");
  if constexpr (known) {
    constexpr bool one = BuildSignature<Build>::count <= 1;
    static_assert(
        one,
        "Freshet: the build function of a resource takes one argument, the struct of its parameters, or none; "
        "a const Caller& may stand before it");
    return one;
  } else {
    return false;
  }
}

template <class Build> constexpr bool check_build() {
  if constexpr (takes_one_params<Build>()) {
    using Params = typename BuildSignature<Build>::Params;
    constexpr bool described_params = DescribedStruct<Params>;
    static_assert(
        described_params,
        "Freshet: the parameters of a resource are a described struct; give it a constexpr describe(of<Params>) or "
        "derive it from Record");
    constexpr bool by_const = BuildSignature<Build>::count == 0 || std::invocable<Build&, const Params&> ||
                              std::invocable<Build&, const Caller&, const Params&>;
    static_assert(by_const,
                  "Freshet: the build function of a resource takes its parameters by value or by const reference");
    return described_params && by_const;
  } else {
    return false;
  }
}

template <class Build, class Params> auto call_build(Build& build, const Caller& caller, const Params& params) {
  constexpr bool takes_caller = BuildSignature<Build>::takes_caller;
  if constexpr (takes_caller && BuildSignature<Build>::count == 0) {
    return build(caller);
  } else if constexpr (takes_caller) {
    return build(caller, params);
  } else if constexpr (BuildSignature<Build>::count == 0) {
    return build();
  } else {
    return build(params);
  }
}

/// What is declared: a function of caller and parameters, or of the parameters alone, as the program's own is.
template <class Rows, class Params, class Build> auto as_build(Build build) {
  // Slices an Input on purpose: it is a Collection, with a second pointer that writers need.
  if constexpr (BuildSignature<Build>::takes_caller) {
    return [build = std::move(build)](const Caller& caller, const Params& params) mutable -> Rows {
      return call_build(build, caller, params);  // NOLINT(cppcoreguidelines-slicing)
    };
  } else {
    return [build = std::move(build)](const Params& params) mutable -> Rows {
      return call_build(build, Caller(), params);  // NOLINT(cppcoreguidelines-slicing)
    };
  }
}

template <class Build>
void declare_resource(Service& service, std::string name, Build build, std::string doc,
                      const ResourceOptions& options) {
  if constexpr (check_build<Build>()) {
    using Params = typename BuildSignature<Build>::Params;
    using Built = decltype(call_build(build, std::declval<const Caller&>(), std::declval<const Params&>()));
    static_assert(AnyCollection<Built>, "Freshet: the build function of a resource returns a Collection");
    if constexpr (AnyCollection<Built>) {
      using Rows = decltype(as_collection(std::declval<const Built&>()));
      service.add_resource(stream::define_resource<Params, typename Rows::Key, typename Rows::Value>(
          std::move(name), std::move(doc), as_build<Rows, Params>(std::move(build)), options));
    }
  }
}

}  // namespace detail

template <ResourceName Name, class Build>
void Service::resource(Build build, std::string doc, const ResourceOptions& options) {
  static_assert(is_resource_name(Name.view()),
                "Freshet: a resource's name is made of letters, digits, '_', '-' and '.', since it stands in a path");
  detail::declare_resource(*this, std::string(Name.view()), std::move(build), std::move(doc), options);
}

template <class Build>
void Service::resource(std::string name, Build build, std::string doc, const ResourceOptions& options) {
  detail::declare_resource(*this, std::move(name), std::move(build), std::move(doc), options);
}

}  // namespace freshet
