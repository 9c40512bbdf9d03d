// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <tuple>
#include <type_traits>
#include <utility>

#include "freshet/classic/mapper_call.hpp"
#include "freshet/graph/operators/filter.hpp"
#include "freshet/graph/operators/flat_map.hpp"
#include "freshet/graph/operators/incremental_reduce.hpp"
#include "freshet/graph/operators/map.hpp"
#include "freshet/graph/operators/reduce.hpp"

/// map, flat_map, filter and reduce over mapper classes.
namespace freshet {

namespace detail {

/// The view that a mapper class makes of a collection.
template <class Mapper, class Key, class Value, class... Args>
auto apply_mapper(const Collection<Key, Value>& source, std::tuple<Args...> args) {
  if constexpr (check_mapper_class<Mapper, Key, Value, Args...>()) {
    const MapperCall<Mapper, Args...> call(args);
    if constexpr (is_many_to_one<Mapper>) {
      return make_reduce(source, call, std::move(args));
    } else if constexpr (is_one_to_many<Mapper>) {
      return make_flat_map(source, call, std::move(args));
    } else if constexpr (is_filter<Mapper>) {
      return make_filter(source, call, std::move(args));
    } else {
      return make_map(source, call, std::move(args));
    }
  }
}

}  // namespace detail

template <class Key, class Value> template <class Mapper, class... Args>
requires detail::NamesMapper<Mapper, Args...>
auto Collection<Key, Value>::map(Args&&... args) const {
  constexpr bool known = detail::is_one_to_one<Mapper> || detail::is_many_to_one<Mapper> ||
                         detail::is_one_to_many<Mapper> || detail::is_filter<Mapper>;
  static_assert(known,
                "Freshet: map<Mapper>() takes a class that derives publicly from OneToOneMapper, ManyToOneMapper, "
                "OneToManyMapper or FilterMapper");
  if constexpr (known) {
    return detail::apply_mapper<Mapper>(*this, std::tuple<detail::Stored<Args>...>(std::forward<Args>(args)...));
  }
}

template <class Key, class Value> template <class Mapper, class... Args>
requires detail::NamesMapper<Mapper, Args...>
auto Collection<Key, Value>::flat_map(Args&&... args) const {
  constexpr bool fits = detail::is_one_to_many<Mapper>;
  static_assert(fits, "Freshet: flat_map<Mapper>() takes a class that derives publicly from OneToManyMapper");
  if constexpr (fits) return map<Mapper>(std::forward<Args>(args)...);
}

template <class Key, class Value> template <class Mapper, class... Args>
requires detail::NamesMapper<Mapper, Args...>
auto Collection<Key, Value>::filter(Args&&... args) const {
  constexpr bool fits = detail::is_filter<Mapper>;
  static_assert(fits, "Freshet: filter<Mapper>() takes a class that derives publicly from FilterMapper");
  if constexpr (fits) return map<Mapper>(std::forward<Args>(args)...);
}

template <class Key, class Value> template <class Mapper, class... Args>
requires detail::NamesMapper<Mapper, Args...>
auto Collection<Key, Value>::reduce(Args&&... args) const {
  if constexpr (IncrementalReducer<Mapper, Value>) {
    constexpr bool alone = sizeof...(Args) == 0;
    static_assert(alone, "Freshet: an incremental reducer takes no arguments");
    if constexpr (alone) return detail::make_incremental_reduce(*this, Mapper());
  } else if constexpr (detail::is_reducer<Mapper>) {
    if constexpr (detail::check_reducer_class<Mapper, Value, Args...>()) {
      return detail::make_incremental_reduce(*this, detail::ReducerCall<Mapper>());
    }
  } else {
    constexpr bool fits = detail::is_many_to_one<Mapper>;
    static_assert(
        fits,
        "Freshet: reduce<Mapper>() takes a class that derives publicly from ManyToOneMapper or Reducer, or a reducer "
        "such as SumOf<>");
    if constexpr (fits) return map<Mapper>(std::forward<Args>(args)...);
  }
}

}  // namespace freshet
