// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <utility>

#include "freshet/classic/mapper_call.hpp"
#include "freshet/graph/operators/full_join.hpp"
#include "freshet/graph/operators/join.hpp"
#include "freshet/graph/operators/semi_join.hpp"

namespace freshet {

/// A row of each pair with equal keys. Verb: join.
template <class KeyType, class LeftType, class RightType, class OutType>
class JoinMapper : public detail::KeyedMapper<KeyType> {
 public:
  using Key = KeyType;
  using Left = LeftType;
  using RightKey = KeyType;
  using Right = RightType;
  using Out = OutType;

  /// Called once per changed pair. No value: the pair is left out.
  virtual std::optional<Out> combine(const Left& left, const Right& right) = 0;
};

/// A row of each pair of a left row and the right row whose key it names. Verb: join.
template <class KeyType, class LeftType, class RightKeyType, class RightType, class OutType>
class JoinByMapper : public detail::KeyedMapper<KeyType> {
 public:
  using Key = KeyType;
  using Left = LeftType;
  using RightKey = RightKeyType;
  using Right = RightType;
  using Out = OutType;

  /// The key of the partner; none: the row refers to nothing. Called once per changed left row; may not read
  /// collections.
  virtual std::optional<RightKey> key_of(const Left& left) = 0;
  /// Called once per changed pair. No value: the pair is left out.
  virtual std::optional<Out> combine(const Left& left, const Right& right) = 0;
};

/// The same as JoinMapper, keeping rows without a partner. Verb: left_join.
template <class KeyType, class LeftType, class RightType, class OutType>
class LeftJoinMapper : public detail::KeyedMapper<KeyType> {
 public:
  using Key = KeyType;
  using Left = LeftType;
  using RightKey = KeyType;
  using Right = RightType;
  using Out = OutType;

  /// `right` is null for a row without a partner.
  virtual std::optional<Out> combine(const Left& left, const Right* right) = 0;
};

/// The same as JoinByMapper, keeping rows without a partner. Verb: left_join.
template <class KeyType, class LeftType, class RightKeyType, class RightType, class OutType>
class LeftJoinByMapper : public detail::KeyedMapper<KeyType> {
 public:
  using Key = KeyType;
  using Left = LeftType;
  using RightKey = RightKeyType;
  using Right = RightType;
  using Out = OutType;

  virtual std::optional<RightKey> key_of(const Left& left) = 0;
  /// `right` is null for a row without a partner.
  virtual std::optional<Out> combine(const Left& left, const Right* right) = 0;
};

/// The same as JoinMapper, keeping the rows of both sides. Verb: full_join.
template <class KeyType, class LeftType, class RightType, class OutType>
class FullJoinMapper : public detail::KeyedMapper<KeyType> {
 public:
  using Key = KeyType;
  using Left = LeftType;
  using RightKey = KeyType;
  using Right = RightType;
  using Out = OutType;

  /// One of the two is null for a row without a partner.
  virtual std::optional<Out> combine(const Left* left, const Right* right) = 0;
};

namespace detail {

/// Makes the mapper object of a node with the arguments of the verb, when it is first needed.
template <class Mapper, class... Args> class LazyMapper {
 public:
  explicit LazyMapper(const std::tuple<Args...>& args) : args_(args) {}
  LazyMapper(const LazyMapper& other) : args_(other.args_) {}
  LazyMapper& operator=(const LazyMapper&) = delete;

  Mapper& for_key(const typename Mapper::Key& key) const {
    if (!mapper_) mapper_ = std::apply([](const Args&... args) { return std::make_unique<Mapper>(args...); }, args_);
    mapper_->set_key(key);
    return *mapper_;
  }

 private:
  std::tuple<Args...> args_;
  mutable std::unique_ptr<Mapper> mapper_;
};

/// How the classic face calls the function of a join.
template <class Mapper, class... Args> class JoinMapperCall {
 public:
  explicit JoinMapperCall(const std::tuple<Args...>& args) : mapper_(args) {}

  template <class Row> auto operator()(const typename Mapper::Key& key, const Row& row, const Args&...) {
    Mapper& mapper = mapper_.for_key(key);
    if constexpr (DerivesFrom<Mapper, FullJoinMapper>) {
      return mapper.combine(row.left, row.right);
    } else if constexpr (DerivesFrom<Mapper, LeftJoinMapper> || DerivesFrom<Mapper, LeftJoinByMapper>) {
      return mapper.combine(row.left, row.right);
    } else {
      return mapper.combine(row.left, *row.right);
    }
  }
  bool same(const JoinMapperCall&) const { return true; }  // the type says which; arguments are compared elsewhere
  std::size_t hash() const { return typeid(Mapper).hash_code(); }

 private:
  LazyMapper<Mapper, Args...> mapper_;
};

/// How the classic face asks for the partner's key. It has a mapper object of its own.
template <class Mapper, class... Args> class JoinMapperKey {
 public:
  explicit JoinMapperKey(const std::tuple<Args...>& args) : mapper_(args) {}

  auto operator()(const typename Mapper::Key& key, const typename Mapper::Left& left) const {
    return mapper_.for_key(key).key_of(left);
  }
  bool same(const JoinMapperKey&) const { return true; }
  std::size_t hash() const { return typeid(Mapper).hash_code(); }

 private:
  LazyMapper<Mapper, Args...> mapper_;
};

/// Refuses wrong uses of a verb in words of ours; whether the rest may be compiled.
template <class Mapper, class Key, class Left, class RightKey, class Right, class... Args>
constexpr bool check_join_mapper() {
  constexpr bool rows_fit = std::same_as<typename Mapper::Key, Key> && std::same_as<typename Mapper::Left, Left> &&
                            std::same_as<typename Mapper::RightKey, RightKey> &&
                            std::same_as<typename Mapper::Right, Right>;
  static_assert(rows_fit,
                "Freshet: the key and value types of the mapper class are not those of the collections to be joined");
  constexpr bool open_arguments = !(points_elsewhere<Args> || ...);
  static_assert(
      open_arguments,
      "Freshet: an argument of a mapper may not be a pointer, a reference or a span; pass a value or a collection");
  constexpr bool concrete = !std::is_abstract_v<Mapper>;
  static_assert(concrete, "Freshet: the mapper class does not override all functions of its base");
  constexpr bool constructible = std::is_constructible_v<Mapper, const Args&...>;
  static_assert(!concrete || constructible,
                "Freshet: the mapper class has no constructor that takes the arguments given to the verb");
  return rows_fit && open_arguments && concrete && constructible;
}

template <Unmatched kUnmatched, class Mapper, class Key, class Left, class RightKey, class Right, class... Args>
auto join_by_mapper(const Collection<Key, Left>& left, const Collection<RightKey, Right>& right,
                    std::tuple<Args...> args) {
  if constexpr (check_join_mapper<Mapper, Key, Left, RightKey, Right, Args...>()) {
    const JoinMapperCall<Mapper, Args...> call(args);
    if constexpr (DerivesFrom<Mapper, JoinByMapper> || DerivesFrom<Mapper, LeftJoinByMapper>) {
      return make_join<kUnmatched>(left, right, JoinMapperKey<Mapper, Args...>(args), call, std::move(args));
    } else {
      return make_join<kUnmatched>(left, right, SameKey(), call, std::move(args));
    }
  }
}

}  // namespace detail

template <class Key, class Value> template <class Mapper, class RightKey, class Right, class... Args>
requires detail::NamesMapper<Mapper, Args...>
auto Collection<Key, Value>::join(const Collection<RightKey, Right>& right, Args&&... args) const {
  constexpr bool fits = detail::DerivesFrom<Mapper, JoinMapper> || detail::DerivesFrom<Mapper, JoinByMapper>;
  static_assert(fits, "Freshet: join<Mapper>() takes a class that derives publicly from JoinMapper or JoinByMapper");
  if constexpr (fits) {
    return detail::join_by_mapper<detail::Unmatched::left_out, Mapper>(
        *this, right, std::tuple<detail::Stored<Args>...>(std::forward<Args>(args)...));
  }
}

template <class Key, class Value> template <class Mapper, class RightKey, class Right, class... Args>
requires detail::NamesMapper<Mapper, Args...>
auto Collection<Key, Value>::left_join(const Collection<RightKey, Right>& right, Args&&... args) const {
  constexpr bool fits = detail::DerivesFrom<Mapper, LeftJoinMapper> || detail::DerivesFrom<Mapper, LeftJoinByMapper>;
  static_assert(
      fits, "Freshet: left_join<Mapper>() takes a class that derives publicly from LeftJoinMapper or LeftJoinByMapper");
  if constexpr (fits) {
    return detail::join_by_mapper<detail::Unmatched::kept, Mapper>(
        *this, right, std::tuple<detail::Stored<Args>...>(std::forward<Args>(args)...));
  }
}

template <class Key, class Value> template <class Mapper, class RightKey, class Right, class... Args>
requires detail::NamesMapper<Mapper, Args...>
auto Collection<Key, Value>::full_join(const Collection<RightKey, Right>& right, Args&&... args) const {
  constexpr bool fits = detail::DerivesFrom<Mapper, FullJoinMapper>;
  static_assert(fits, "Freshet: full_join<Mapper>() takes a class that derives publicly from FullJoinMapper");
  if constexpr (fits) {
    using detail::Stored;
    if constexpr (detail::check_join_mapper<Mapper, Key, Value, RightKey, Right, Stored<Args>...>()) {
      const std::tuple<Stored<Args>...> stored(std::forward<Args>(args)...);
      return detail::make_full_join(*this, right, detail::JoinMapperCall<Mapper, Stored<Args>...>(stored), stored);
    }
  }
}

}  // namespace freshet
