// SPDX-License-Identifier: MIT
#pragma once

#include <tuple>
#include <utility>

#include "freshet/classic/verbs/sort_mapper.hpp"
#include "freshet/graph/operators/order_by.hpp"

namespace freshet {

namespace detail {

template <class Mapper, class Key, class Value, class Page, class... Args>
auto order_by_mapper(const Collection<Key, Value>& source, const Page& page, const std::tuple<Args...>& args) {
  constexpr bool fits = DerivesFrom<Mapper, SortMapper>;
  static_assert(fits, "Freshet: order_by<Mapper>() takes a class that derives publicly from SortMapper");
  if constexpr (fits) {
    if constexpr (check_mapper_class<Mapper, Key, Value, Args...>()) {
      return make_order_by<Direction::ascending>(source, MapperCall<Mapper, Args...>(args), page, args);
    }
  }
}

}  // namespace detail

template <class Key, class Value> template <class Mapper, class... Args>
requires detail::NamesMapper<Mapper>
auto Collection<Key, Value>::order_by(const PageOptions& page, Args&&... args) const {
  return detail::order_by_mapper<Mapper>(*this, detail::FixedPage(page),
                                         std::tuple<detail::Stored<Args>...>(std::forward<Args>(args)...));
}

template <class Key, class Value> template <class Mapper, class PageKey, class... Args>
requires detail::NamesMapper<Mapper>
auto Collection<Key, Value>::order_by(const LivePage<PageKey>& page, Args&&... args) const {
  return detail::order_by_mapper<Mapper>(*this, detail::TurningPage<PageKey>(page),
                                         std::tuple<detail::Stored<Args>...>(std::forward<Args>(args)...));
}

}  // namespace freshet
