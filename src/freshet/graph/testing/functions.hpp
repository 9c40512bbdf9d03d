// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>

#include "freshet/graph/graph.hpp"
#include "freshet/graph/operators/filter.hpp"
#include "freshet/graph/operators/flat_map.hpp"
#include "freshet/graph/operators/incremental_reduce.hpp"
#include "freshet/graph/operators/key_by.hpp"
#include "freshet/graph/operators/map.hpp"
#include "freshet/graph/operators/reduce.hpp"

/// The operators over plain functions, for tests of this layer: the faces lie above it. Not installed.
namespace freshet::testing {

template <class Function> struct PlainCall {
  Function function;

  template <class Key, class Value, class... Args>
  decltype(auto) operator()(const Key& key, const Value& value, const Args&... args) {
    return function(key, value, args...);
  }
  bool same(const PlainCall& other) const {
    if constexpr (std::is_empty_v<Function>) {
      return true;
    } else {
      return function == other.function;
    }
  }
  std::size_t hash() const { return typeid(Function).hash_code(); }
};

template <class Key, class Value, class Function, class... Args>
auto map(const Collection<Key, Value>& source, Function function, const Args&... args) {
  return detail::make_map(source, PlainCall<Function>{function}, std::tuple<detail::Stored<Args>...>(args...));
}
template <class Key, class Value, class Function, class... Args>
auto flat_map(const Collection<Key, Value>& source, Function function, const Args&... args) {
  return detail::make_flat_map(source, PlainCall<Function>{function}, std::tuple<detail::Stored<Args>...>(args...));
}
template <class Key, class Value, class Function, class... Args>
auto key_by(const Collection<Key, Value>& source, Function function, const Args&... args) {
  return detail::make_key_by(source, PlainCall<Function>{function}, std::tuple<detail::Stored<Args>...>(args...));
}
template <class Key, class Value, class Function, class... Args>
auto filter(const Collection<Key, Value>& source, Function function, const Args&... args) {
  return detail::make_filter(source, PlainCall<Function>{function}, std::tuple<detail::Stored<Args>...>(args...));
}
template <class Key, class Value, class Function, class... Args>
auto reduce(const Collection<Key, Value>& source, Function function, const Args&... args) {
  if constexpr (IncrementalReducer<Function, Value>) {
    return detail::make_incremental_reduce(source, function);
  } else {
    return detail::make_reduce(source, PlainCall<Function>{function}, std::tuple<detail::Stored<Args>...>(args...));
  }
}

}  // namespace freshet::testing
