// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "freshet/base/result.hpp"
#include "freshet/model/any_object.hpp"
#include "freshet/model/describe.hpp"
#include "freshet/model/type_of.hpp"
#include "freshet/stream/slow_readers.hpp"
#include "freshet/stream/source.hpp"

namespace freshet {
class Graph;

/// What may be said about a resource beside its name, its doc and what it is built from.
struct ResourceOptions {
  /// What becomes of clients that do not keep up.
  SlowReaders slow_readers = SlowReaders::conflate();
};

/// The parameters of a resource that has none.
struct NoParams {};
constexpr auto describe(of<NoParams>) { return model("no_params"); }

}  // namespace freshet

namespace freshet::stream {

/// A named, parameterised collection that clients may open, without its types: what both faces declare resources as.
struct ResourceDefinition {
  std::string name;
  std::string doc;
  const Type* params = nullptr;  // a described struct
  const Type* key = nullptr;
  const Type* value = nullptr;
  /// Makes the collection for parameters of the type `params`. May throw.
  std::function<std::unique_ptr<Source>(const Caller& caller, const void* params)> build;
  /// Whether what is built depends on who asks.
  bool per_caller = false;
  ResourceOptions options = {};
};

/// Takes the types off a resource: `build(const Params&)`, or `build(const Caller&, const Params&)` where it depends on
/// who asks, gives a Collection<Key, Value>.
template <class Params, class Key, class Value, class Build>
ResourceDefinition define_resource(std::string name, std::string doc, Build build, ResourceOptions options = {}) {
  // Shared: a std::function copies what it holds, a build function need not be copyable.
  auto shared = std::make_shared<Build>(std::move(build));
  constexpr bool per_caller = std::is_invocable_v<Build&, const Caller&, const Params&>;
  return {.name = std::move(name),
          .doc = std::move(doc),
          .params = &type_of<Params>(),
          .key = &type_of<Key>(),
          .value = &type_of<Value>(),
          .build =
              [shared](const Caller& caller, const void* params) {
                const auto& typed = *static_cast<const Params*>(params);
                if constexpr (per_caller) {
                  return source_of<Key, Value>((*shared)(caller, typed));
                } else {
                  static_cast<void>(caller);
                  return source_of<Key, Value>((*shared)(typed));
                }
              },
          .per_caller = per_caller,
          .options = options};
}

/// Parameters that fit their model.
struct Parameters {
  AnyObject object;
  /// The same for equal parameters, however their JSON was written: defaults filled in, members in order of
  /// declaration.
  std::string canonical;
};

/// Reads the parameters of a request; no text at all counts as `{}`.
///
/// Errors: invalid_argument and its kin, with the path of what is unknown, missing, of the wrong type or out of range.
Result<Parameters> read_parameters(const ResourceDefinition& resource, std::string_view json);

/// Builds the resource's collection, as far as `caller` may see it. While that lasts, the graph refuses strict(): one
/// client's parameters must never make another client's write fail.
///
/// Errors: what the build function threw; internal, unless that was a Failure with a code of its own; forbidden.
/// Requires: `params` is of the type of the resource's parameters.
Result<Readable> build_source(const ResourceDefinition& resource, const AnyObject& params, const Caller& caller,
                              AccessRules& access, Graph& graph);

}  // namespace freshet::stream
