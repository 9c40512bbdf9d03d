// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <tuple>
#include <utility>

#include "freshet/classic/mapper_call.hpp"
#include "freshet/graph/operators/group_by.hpp"
#include "freshet/graph/operators/key_by.hpp"

namespace freshet {

/// The key of each row, to put it under. Verbs: key_by, group_by.
template <class KeyType, class InType, class OutKeyType> class KeyMapper : public detail::KeyedMapper<KeyType> {
 public:
  using Key = KeyType;
  using In = InType;
  using OutKey = OutKeyType;

  /// Called once per changed row. No key: the row is left out.
  virtual std::optional<OutKey> map_value(const In& value) = 0;
};

template <class Key, class Value> template <class Mapper, class... Args>
requires detail::NamesMapper<Mapper, Args...>
auto Collection<Key, Value>::key_by(Args&&... args) const {
  constexpr bool fits = detail::DerivesFrom<Mapper, KeyMapper>;
  static_assert(fits, "Freshet: key_by<Mapper>() takes a class that derives publicly from KeyMapper");
  if constexpr (fits) {
    std::tuple<detail::Stored<Args>...> stored(std::forward<Args>(args)...);
    if constexpr (detail::check_mapper_class<Mapper, Key, Value, detail::Stored<Args>...>()) {
      const detail::MapperCall<Mapper, detail::Stored<Args>...> call(stored);
      return detail::make_key_by(*this, call, std::move(stored));
    }
  }
}

template <class Key, class Value> template <class Mapper, class... Args>
requires detail::NamesMapper<Mapper, Args...>
auto Collection<Key, Value>::group_by(Args&&... args) const {
  constexpr bool fits = detail::DerivesFrom<Mapper, KeyMapper>;
  static_assert(fits, "Freshet: group_by<Mapper>() takes a class that derives publicly from KeyMapper");
  if constexpr (fits) {
    std::tuple<detail::Stored<Args>...> stored(std::forward<Args>(args)...);
    if constexpr (detail::check_mapper_class<Mapper, Key, Value, detail::Stored<Args>...>()) {
      const detail::MapperCall<Mapper, detail::Stored<Args>...> call(stored);
      return detail::make_group_by(*this, call, std::move(stored));
    }
  }
}

}  // namespace freshet
