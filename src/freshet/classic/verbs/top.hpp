// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <tuple>
#include <utility>

#include "freshet/classic/verbs/sort_mapper.hpp"
#include "freshet/graph/operators/top.hpp"

namespace freshet {

template <class Key, class Value> template <class Mapper, class... Args>
requires detail::NamesMapper<Mapper, Args...>
auto Collection<Key, Value>::top(std::size_t count, Args&&... args) const {
  constexpr bool fits = detail::DerivesFrom<Mapper, SortMapper>;
  static_assert(fits, "Freshet: top<Mapper>() takes a class that derives publicly from SortMapper");
  if constexpr (fits) {
    std::tuple<detail::Stored<Args>...> stored(std::forward<Args>(args)...);
    if constexpr (detail::check_mapper_class<Mapper, Key, Value, detail::Stored<Args>...>()) {
      const detail::MapperCall<Mapper, detail::Stored<Args>...> call(stored);
      return detail::make_top<Direction::descending>(*this, count, call, stored);
    }
  }
}

}  // namespace freshet
