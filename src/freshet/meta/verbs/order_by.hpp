// SPDX-License-Identifier: MIT
#pragma once

#include <tuple>
#include <utility>

#include "freshet/graph/operators/order_by.hpp"
#include "freshet/meta/function_call.hpp"

namespace freshet {

namespace detail {

template <class Key, class Value, class Function, class Page, class... Args>
auto order_by_function(const Collection<Key, Value>& source, Function by, const Page& page, std::tuple<Args...> args) {
  using SortKey = Undirected<Function, Direction::ascending>;
  if constexpr (check_mapper<typename SortKey::Plain, Key, Value, Args...>()) {
    if constexpr (gives_a_value<typename SortKey::Plain, Key, Value, Args...>()) {
      return make_order_by<SortKey::kDirection>(source, FunctionCall(SortKey::plain(by)), page, args);
    }
  }
}

}  // namespace detail

template <class Key, class Value> template <class Function, class... Args>
requires(!std::derived_from<Function, ClassicMapper>) auto Collection<Key, Value>::order_by(Function by,
                                                                                            const PageOptions& page,
                                                                                            Args&&... args) const {
  return detail::order_by_function(*this, by, detail::FixedPage(page),
                                   std::tuple<detail::Stored<Args>...>(std::forward<Args>(args)...));
}

template <class Key, class Value> template <class Function, class PageKey, class... Args>
requires(!std::derived_from<Function, ClassicMapper>) auto Collection<Key, Value>::order_by(
    Function by, const LivePage<PageKey>& page, Args&&... args) const {
  return detail::order_by_function(*this, by, detail::TurningPage<PageKey>(page),
                                   std::tuple<detail::Stored<Args>...>(std::forward<Args>(args)...));
}

}  // namespace freshet
