// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <memory>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <utility>

#include "freshet/classic/mappers.hpp"
#include "freshet/graph/operators/filter.hpp"
#include "freshet/graph/operators/flat_map.hpp"
#include "freshet/graph/operators/incremental_reduce.hpp"
#include "freshet/graph/operators/map.hpp"
#include "freshet/graph/operators/reduce.hpp"

/// The verbs of Collection that take mapper classes. See collection.hpp for what each does.
///
/// Example: examples/temp_monitor/classic.cpp
namespace freshet {

namespace detail {

template <class T, template <class...> class Base> struct IsMapper {
  template <class... Args> static std::true_type test(const Base<Args...>*);
  static std::false_type test(...);
  static constexpr bool value = decltype(test(static_cast<const T*>(nullptr)))::value;
};
template <class T> concept one_to_one_mapper = IsMapper<T, OneToOneMapper>::value;
template <class T> concept many_to_one_mapper = IsMapper<T, ManyToOneMapper>::value;
template <class T> concept one_to_many_mapper = IsMapper<T, OneToManyMapper>::value;
template <class T> concept filter_mapper = IsMapper<T, FilterMapper>::value;
template <class T> concept reducer_mapper = IsMapper<T, Reducer>::value;

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
    if constexpr (many_to_one_mapper<Mapper>) {
      return mapper_->map_values(value);
    } else if constexpr (filter_mapper<Mapper>) {
      return mapper_->keep(value);
    } else {
      return mapper_->map_value(value);
    }
  }

  bool same(const MapperCall&) const { return true; }  // the type says which mapper; the arguments are compared elsewhere
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
  static_assert(rows_fit,
                "Freshet: the key and value types of the mapper class are not those of the collection it is applied to");
  constexpr bool concrete = !std::is_abstract_v<Mapper>;
  static_assert(concrete, "Freshet: the mapper class does not override the mapping function of its base");
  constexpr bool constructible = std::is_constructible_v<Mapper, const Args&...>;
  static_assert(!concrete || constructible,
                "Freshet: the mapper class has no constructor that takes the arguments given to the verb");
  return rows_fit && concrete && constructible;
}

/// The view that a mapper class makes of a collection.
template <class Mapper, class Key, class Value, class... Args>
auto apply_mapper(const Collection<Key, Value>& source, std::tuple<Args...> args) {
  if constexpr (check_mapper_class<Mapper, Key, Value, Args...>()) {
    const MapperCall<Mapper, Args...> call(args);
    if constexpr (many_to_one_mapper<Mapper>) {
      return make_reduce(source, call, std::move(args));
    } else if constexpr (one_to_many_mapper<Mapper>) {
      return make_flat_map(source, call, std::move(args));
    } else if constexpr (filter_mapper<Mapper>) {
      return make_filter(source, call, std::move(args));
    } else {
      return make_map(source, call, std::move(args));
    }
  }
}

}  // namespace detail

template <class Key, class Value>
template <std::derived_from<ClassicMapper> Mapper, class... Args>
auto Collection<Key, Value>::map(Args&&... args) const {
  constexpr bool known = detail::one_to_one_mapper<Mapper> || detail::many_to_one_mapper<Mapper> ||
                         detail::one_to_many_mapper<Mapper> || detail::filter_mapper<Mapper>;
  static_assert(known,
                "Freshet: map<Mapper>() takes a OneToOneMapper, ManyToOneMapper, OneToManyMapper or FilterMapper class");
  if constexpr (known) {
    return detail::apply_mapper<Mapper>(*this, std::tuple<detail::Stored<Args>...>(std::forward<Args>(args)...));
  }
}

template <class Key, class Value>
template <std::derived_from<ClassicMapper> Mapper, class... Args>
auto Collection<Key, Value>::flat_map(Args&&... args) const {
  static_assert(detail::one_to_many_mapper<Mapper>, "Freshet: flat_map<Mapper>() takes a OneToManyMapper class");
  return map<Mapper>(std::forward<Args>(args)...);
}

template <class Key, class Value>
template <std::derived_from<ClassicMapper> Mapper, class... Args>
auto Collection<Key, Value>::filter(Args&&... args) const {
  static_assert(detail::filter_mapper<Mapper>, "Freshet: filter<Mapper>() takes a FilterMapper class");
  return map<Mapper>(std::forward<Args>(args)...);
}

template <class Key, class Value>
template <class Mapper, class... Args>
  requires(std::derived_from<Mapper, ClassicMapper> || IncrementalReducer<Mapper, Value>)
auto Collection<Key, Value>::reduce(Args&&... args) const {
  if constexpr (IncrementalReducer<Mapper, Value>) {
    static_assert(sizeof...(Args) == 0, "Freshet: an incremental reducer takes no arguments");
    return detail::make_incremental_reduce(*this, Mapper());
  } else if constexpr (detail::reducer_mapper<Mapper>) {
    static_assert(sizeof...(Args) == 0 && std::is_default_constructible_v<Mapper>,
                  "Freshet: a Reducer class takes no arguments; what it needs is in its State, one for each key");
    static_assert(std::same_as<typename Mapper::Value, Value>,
                  "Freshet: the value type of the Reducer class is not that of the collection it is applied to");
    return detail::make_incremental_reduce(*this, detail::ReducerCall<Mapper>());
  } else {
    static_assert(detail::many_to_one_mapper<Mapper>,
                  "Freshet: reduce<Mapper>() takes a ManyToOneMapper or Reducer class, or a reducer such as SumOf<>");
    return map<Mapper>(std::forward<Args>(args)...);
  }
}

}  // namespace freshet
