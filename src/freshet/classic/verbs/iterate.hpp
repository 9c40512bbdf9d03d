// SPDX-License-Identifier: MIT
#pragma once

#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "freshet/classic/mapper_call.hpp"
#include "freshet/graph/operators/iterate.hpp"

namespace freshet {

/// What follows from a row of a recursion. Verb: iterate.
///
/// Of all values of a key the best is kept: the least by compare(), unless the class is `DeriveMapper<Key, Value,
/// Greatest>`, or has LeastBy<&T::member> or an order of your own there.
template <class KeyType, class ValueType, class OrderType = Least>
class DeriveMapper : public detail::KeyedMapper<KeyType> {
 public:
  using Key = KeyType;
  using In = ValueType;
  using Order = OrderType;

  /// Called once per changed row; what it gave before for the row is replaced.
  virtual std::vector<std::pair<Key, In>> map_value(const In& value) = 0;
};

template <class Key, class Value> template <class Mapper, class... Args>
requires(detail::NamesMapper<Mapper, Args...> && !(detail::is_iterate_options<std::remove_cvref_t<Args>> ||
                                                   ...)) auto Collection<Key, Value>::iterate(Args&&... args) const {
  return iterate<Mapper>(IterateOptions<>{}, std::forward<Args>(args)...);
}

template <class Key, class Value> template <class Mapper, class... Args>
requires std::derived_from<Mapper, ClassicMapper>
auto Collection<Key, Value>::iterate(const IterateOptions<>& options, Args&&... args) const {
  constexpr bool fits = detail::DerivesFrom<Mapper, DeriveMapper>;
  static_assert(fits, "Freshet: iterate<Mapper>() takes a class that derives publicly from DeriveMapper");
  if constexpr (fits) {
    constexpr bool ordered = detail::can_compare<Value>;
    static_assert(ordered,
                  "Freshet: iterate keeps the best value of each key, so values must be ordered; give this type an "
                  "operator<=> or describe it");
    std::tuple<detail::Stored<Args>...> stored(std::forward<Args>(args)...);
    if constexpr (ordered && detail::check_mapper_class<Mapper, Key, Value, detail::Stored<Args>...>()) {
      const detail::MapperCall<Mapper, detail::Stored<Args>...> call(stored);
      const IterateOptions<typename Mapper::Order> bounds{options.rounds_max, options.rows_max};
      return detail::make_iterate(*this, bounds, call, std::move(stored));
    }
  }
}

}  // namespace freshet
