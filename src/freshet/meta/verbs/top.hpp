// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <tuple>
#include <utility>

#include "freshet/graph/operators/top.hpp"
#include "freshet/meta/function_call.hpp"

namespace freshet {

template <class Key, class Value> template <class Function, class... Args>
requires(!std::derived_from<Function, ClassicMapper>) auto Collection<Key, Value>::top(std::size_t count,
                                                                                       Function score,
                                                                                       Args&&... args) const {
  using Score = detail::Undirected<Function, Direction::descending>;
  if constexpr (detail::check_mapper<typename Score::Plain, Key, Value, detail::Stored<Args>...>()) {
    if constexpr (detail::gives_a_value<typename Score::Plain, Key, Value, detail::Stored<Args>...>()) {
      return detail::make_top<Score::kDirection>(*this, count, detail::FunctionCall(Score::plain(score)),
                                                 std::tuple<detail::Stored<Args>...>(std::forward<Args>(args)...));
    }
  }
}

}  // namespace freshet
