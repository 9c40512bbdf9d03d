// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

#include "freshet/graph/collection.hpp"
#include "freshet/graph/detail/arguments.hpp"

namespace freshet {

namespace detail {

/// A collection that is built while somebody holds it, and then shared.
template <class Key, class Value> class SharedWhileHeld {
 public:
  /// The collection that is held already, or the one that `build` makes. What `build` throws goes to the caller.
  template <class Build> Collection<Key, Value> open(Build build) {
    if (auto node = node_.lock()) return Collection<Key, Value>(std::move(node));
    Collection<Key, Value> built = build();
    node_ = built.shared_node();
    return built;
  }
  bool is_open() const { return !node_.expired(); }

 private:
  std::weak_ptr<CollectionNode<Key, Value>> node_;
};

}  // namespace detail

/// A collection that is computed only while somebody reads it.
///
/// open() gives the Collection: it builds the view, or shares the one that another reader holds. When the last copy of
/// it goes, the view goes with all that was built for it alone; until then commits keep it up to date, and afterwards
/// they do no work for it. Opening it again computes it again, from the rows that are there then.
///
/// A Lazy is a cheap handle: its copies open the same view. It is also what a resource is built by:
/// `service.resource<"report">(report)`.
///
/// Lifetime: may be kept by anybody; keeps alive the collections that it was given, but not the view.
/// Thread safety: belongs to the loop of the graph.
/// Example: src/freshet/meta/lazy.test.cpp [lazy]
template <class KeyType, class ValueType> class Lazy {
 public:
  using Key = KeyType;
  using Value = ValueType;

  explicit Lazy(std::function<Collection<Key, Value>()> build)
      : shared_(std::make_shared<Shared>(Shared{std::move(build), {}})) {}

  /// The view, built if nobody holds it. Errors: what the function throws; nothing stays then.
  ///
  /// Cost: O(rows) if it is built, O(1) otherwise.
  Collection<Key, Value> open() const { return shared_->view.open(shared_->build); }
  /// The same, so that a Lazy may stand where a function that builds a collection is asked for.
  Collection<Key, Value> operator()() const { return open(); }

  /// Whether somebody holds the view.
  bool is_open() const { return shared_->view.is_open(); }

  /// Whether both are copies of one Lazy.
  bool operator==(const Lazy&) const = default;

 private:
  struct Shared {
    std::function<Collection<Key, Value>()> build;
    detail::SharedWhileHeld<Key, Value> view;
  };
  std::shared_ptr<Shared> shared_;  // owners: the copies of this handle
};

namespace detail {

template <class Key, class Value> Lazy<Key, Value> lazy_of(const Collection<Key, Value>&);

template <class Function>
inline constexpr bool builds_without_captures = std::is_empty_v<Function> ||
                                                (std::is_pointer_v<Function> &&
                                                 std::is_function_v<std::remove_pointer_t<Function>>);

/// Refuses wrong uses in words of ours; whether the rest may be compiled.
template <class Function, class... Args> constexpr bool check_lazy() {
  constexpr bool plain = builds_without_captures<Function>;
  static_assert(plain,
                "Freshet: the function of lazy() may not capture; pass what it needs as arguments behind it, so that "
                "nothing is held that nobody reads");
  constexpr bool open_arguments = !(points_elsewhere<Args> || ...);
  static_assert(
      open_arguments,
      "Freshet: an argument of lazy() may not be a pointer, a reference or a span; pass a value, a collection "
      "or a Lazy");
  constexpr bool callable = std::is_invocable_v<const Function&, const Args&...>;
  static_assert(!plain || !open_arguments || callable,
                "Freshet: the function of lazy() cannot be called with the arguments given behind it");
  if constexpr (plain && open_arguments && callable) {
    constexpr bool builds = requires(std::invoke_result_t<const Function&, const Args&...> built) {
      detail::lazy_of(built);
    };
    static_assert(builds, "Freshet: the function of lazy() returns a Collection");
    return builds;
  } else {
    return false;
  }
}

}  // namespace detail

/// A collection that `build(args...)` makes when somebody opens it; see Lazy.
///
/// Arguments are values, collections, or Lazy ones, which `build` opens. A view among them is held by the Lazy and kept
/// up to date all the time: what shall rest while nobody reads belongs into `build`.
template <class Function, class... Args> auto lazy(Function build, Args&&... args) {
  if constexpr (detail::check_lazy<Function, detail::Stored<Args>...>()) {
    using Made = decltype(detail::lazy_of(build(std::declval<const detail::Stored<Args>&>()...)));
    return Made([build, arguments = std::tuple<detail::Stored<Args>...>(std::forward<Args>(args)...)]() {
      // An Input is a Collection with a second pointer that readers have no use for.
      return Collection<typename Made::Key, typename Made::Value>(
          std::apply(build, arguments));  // NOLINT(cppcoreguidelines-slicing)
    });
  }
}

}  // namespace freshet
