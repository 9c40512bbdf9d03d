// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <tuple>
#include <typeinfo>
#include <utility>

#include "freshet/classic/verbs/join.hpp"
#include "freshet/graph/operators/as_of_join.hpp"

namespace freshet {

/// A row of each left row and the last right row, under the same key, whose time is not after its own. Verb:
/// as_of_join.
template <class KeyType, class LeftType, class RightType, class TimeType, class OutType>
class AsOfJoinMapper : public detail::KeyedMapper<KeyType> {
 public:
  using Key = KeyType;
  using Left = LeftType;
  using RightKey = KeyType;
  using Right = RightType;
  using Time = TimeType;
  using Out = OutType;

  /// Called once per changed row; may not read collections.
  virtual Time time_of_left(const Left& left) = 0;
  virtual Time time_of_right(const Right& right) = 0;
  /// Called once per changed pair. No value: the pair is left out.
  virtual std::optional<Out> combine(const Left& left, const Right& right) = 0;
};

namespace detail {

enum class Side { left, right };

/// How the classic face asks for the time of a row. It has a mapper object of its own.
template <Side kSide, class Mapper, class... Args> class AsOfMapperTime {
 public:
  explicit AsOfMapperTime(const std::tuple<Args...>& args) : mapper_(args) {}

  template <class Value> typename Mapper::Time operator()(const typename Mapper::Key& key, const Value& value) const {
    if constexpr (kSide == Side::left) {
      return mapper_.for_key(key).time_of_left(value);
    } else {
      return mapper_.for_key(key).time_of_right(value);
    }
  }
  bool same(const AsOfMapperTime&) const { return true; }  // the type says which; arguments are compared elsewhere
  std::size_t hash() const { return typeid(Mapper).hash_code(); }

 private:
  LazyMapper<Mapper, Args...> mapper_;
};

}  // namespace detail

template <class Key, class Value> template <class Mapper, class Right, class... Args>
requires detail::NamesMapper<Mapper, Args...>
auto Collection<Key, Value>::as_of_join(const Collection<Key, Right>& right, Args&&... args) const {
  using detail::Side;
  using detail::Stored;
  constexpr bool fits = detail::DerivesFrom<Mapper, AsOfJoinMapper>;
  static_assert(fits, "Freshet: as_of_join<Mapper>() takes a class that derives publicly from AsOfJoinMapper");
  if constexpr (fits) {
    if constexpr (detail::check_join_mapper<Mapper, Key, Value, Key, Right, Stored<Args>...>()) {
      const std::tuple<Stored<Args>...> stored(std::forward<Args>(args)...);
      return detail::make_as_of_join(*this, right, detail::AsOfMapperTime<Side::left, Mapper, Stored<Args>...>(stored),
                                     detail::AsOfMapperTime<Side::right, Mapper, Stored<Args>...>(stored),
                                     detail::JoinMapperCall<Mapper, Stored<Args>...>(stored), stored);
    }
  }
}

}  // namespace freshet
