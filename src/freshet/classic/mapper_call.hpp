// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <utility>

#include "freshet/classic/mappers.hpp"
#include "freshet/graph/detail/arguments.hpp"

/// How the classic face calls mapper objects, and what it refuses at compile time. What its verbs are made of.
namespace freshet {

namespace detail {

template <class T, template <class...> class Base> struct IsMapper {
  template <class... Args> static std::true_type test(const Base<Args...>*);
  static std::false_type test(...);
  static constexpr bool value = decltype(test(static_cast<const T*>(nullptr)))::value;
};
template <class T, template <class...> class Base>
concept DerivesFrom = std::derived_from<T, ClassicMapper> && IsMapper<T, Base>::value;

template <class T> inline constexpr bool is_one_to_one = DerivesFrom<T, OneToOneMapper>;
template <class T> inline constexpr bool is_many_to_one = DerivesFrom<T, ManyToOneMapper>;
template <class T> inline constexpr bool is_one_to_many = DerivesFrom<T, OneToManyMapper>;
template <class T> inline constexpr bool is_filter = DerivesFrom<T, FilterMapper>;
template <class T> inline constexpr bool is_reducer = DerivesFrom<T, Reducer>;

/// How the classic face calls: through a mapper object that the node owns.
///
/// The object is made when the node is; until then, and for comparing, there are only the arguments.
template <class Mapper, class... Args> class MapperCall {
 public:
  explicit MapperCall(const std::tuple<Args...>& args) : args_(args) {}
  MapperCall(const MapperCall& other) : args_(other.args_) {}
  MapperCall& operator=(const MapperCall&) = delete;

  template <class Value> auto operator()(const typename Mapper::Key& key, const Value& value, const Args&...) {
    if (!mapper_) mapper_ = std::apply([](const Args&... args) { return std::make_unique<Mapper>(args...); }, args_);
    mapper_->set_key(key);
    if constexpr (is_many_to_one<Mapper>) {
      return mapper_->map_values(value);
    } else if constexpr (is_filter<Mapper>) {
      return mapper_->keep(value);
    } else {
      return mapper_->map_value(value);
    }
  }

  bool same(const MapperCall&) const {
    return true;
  }  // the type says which mapper; the arguments are compared elsewhere
  std::size_t hash() const { return typeid(Mapper).hash_code(); }

 private:
  std::tuple<Args...> args_;
  std::unique_ptr<Mapper> mapper_;
};

/// A Reducer class in the form that the engine keeps: static functions over a state.
template <class Mapper> struct ReducerCall {
  using State = typename Mapper::State;
  static void add(State& state, const typename Mapper::Value& value) { Mapper().add(state, value); }
  static void remove(State& state, const typename Mapper::Value& value) { Mapper().remove(state, value); }
  static auto result(const State& state) { return Mapper().result(state); }
};

/// Refuses wrong uses of a verb in words of ours; whether the rest may be compiled.
template <class Mapper, class Key, class Value, class... Args> constexpr bool check_mapper_class() {
  constexpr bool rows_fit = std::same_as<typename Mapper::Key, Key> && std::same_as<typename Mapper::In, Value>;
  static_assert(
      rows_fit,
      "Freshet: the key and value types of the mapper class are not those of the collection it is applied to");
  constexpr bool open_arguments = !(points_elsewhere<Args> || ...);
  static_assert(
      open_arguments,
      "Freshet: an argument of a mapper may not be a pointer, a reference or a span; pass a value or a collection");
  constexpr bool concrete = !std::is_abstract_v<Mapper>;
  static_assert(concrete, "Freshet: the mapper class does not override the mapping function of its base");
  constexpr bool constructible = std::is_constructible_v<Mapper, const Args&...>;
  static_assert(!concrete || constructible,
                "Freshet: the mapper class has no constructor that takes the arguments given to the verb");
  return rows_fit && open_arguments && concrete && constructible;
}

template <class Value, class State, class Result>
constexpr std::size_t size_of_base(const Reducer<Value, State, Result>*) {
  return sizeof(Reducer<Value, State, Result>);
}

/// The same for the classes that reduce.
template <class Mapper, class Value, class... Args> constexpr bool check_reducer_class() {
  constexpr bool rows_fit = std::same_as<typename Mapper::Value, Value>;
  static_assert(rows_fit,
                "Freshet: the value type of the Reducer class is not that of the collection it is applied to");
  constexpr bool concrete = !std::is_abstract_v<Mapper>;
  static_assert(concrete, "Freshet: the Reducer class does not override add, remove and result");
  constexpr bool alone = sizeof...(Args) == 0 && (!concrete || std::is_default_constructible_v<Mapper>);
  static_assert(alone, "Freshet: a Reducer class takes no arguments; what it needs is in its State, one for each key");
  constexpr bool stateless = sizeof(Mapper) == size_of_base(static_cast<const Mapper*>(nullptr));
  static_assert(stateless,
                "Freshet: a Reducer class has no data of its own; what it needs is in its State, one for each key");
  return rows_fit && concrete && alone && stateless;
}

}  // namespace detail

}  // namespace freshet
