// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <utility>

#include "freshet/classic/mapper_call.hpp"
#include "freshet/classic/mappers.hpp"
#include "freshet/graph/operators/map_async.hpp"

/// map_async over mapper classes.
namespace freshet {

/// An answer for each value, given later by its Reply, from any thread. Verb: map_async.
///
/// Example: src/freshet/classic/verbs/map_async.test.cpp
template <class KeyType, class InType, class OutType> class AsyncMapper : public detail::KeyedMapper<KeyType> {
 public:
  using Key = KeyType;
  using In = InType;
  using Out = OutType;

  /// Called once per changed row and attempt, when the commit that brought it is complete. Collections among the
  /// constructor's arguments may be read until it returns.
  virtual void map_value(const In& value, Reply<Out> reply) = 0;
};

/// An answer for each value, given by a coroutine. Verb: map_async.
///
/// The key and the value live as long as the Task. The object is one for all rows: nothing of it is a row's own.
template <class KeyType, class InType, class OutType> class TaskMapper : public ClassicMapper {
 public:
  using Key = KeyType;
  using In = InType;
  using Out = OutType;

  virtual ~TaskMapper() = default;
  virtual Task<Out> map_value(const Key& key, const In& value) = 0;

 protected:
  TaskMapper() = default;
  TaskMapper(const TaskMapper&) = default;
  TaskMapper& operator=(const TaskMapper&) = default;
};

namespace detail {

template <class T> inline constexpr bool is_task_mapper = DerivesFrom<T, TaskMapper>;

/// Calls a mapper object that the node owns, made when the node is.
template <class Mapper, class... Args> class AsyncMapperCall {
 public:
  using Answer = typename Mapper::Out;
  static constexpr bool kIsTask = is_task_mapper<Mapper>;

  explicit AsyncMapperCall(const std::tuple<Args...>& args) : args_(args) {}
  AsyncMapperCall(const AsyncMapperCall& other) : args_(other.args_) {}
  AsyncMapperCall& operator=(const AsyncMapperCall&) = delete;

  void operator()(const typename Mapper::Key& key, const typename Mapper::In& value, Reply<Answer> reply,
                  const Args&...) requires(!kIsTask) {
    mapper().set_key(key);
    mapper().map_value(value, std::move(reply));
  }
  Task<Answer> operator()(const typename Mapper::Key& key, const typename Mapper::In& value,
                          const Args&...) requires(kIsTask) {
    return mapper().map_value(key, value);
  }

  bool same(const AsyncMapperCall&) const { return true; }  // the type says it; the arguments are compared elsewhere
  std::size_t hash() const { return typeid(Mapper).hash_code(); }

 private:
  Mapper& mapper() {
    if (!mapper_) mapper_ = std::apply([](const Args&... args) { return std::make_unique<Mapper>(args...); }, args_);
    return *mapper_;
  }

  std::tuple<Args...> args_;
  std::unique_ptr<Mapper> mapper_;
};

template <class Mapper, class Key, class Value, class... Args> constexpr bool check_async_mapper() {
  constexpr bool reads = is_task_mapper<Mapper> && (is_collection<Args> || ...);
  static_assert(
      !reads,
      "Freshet: a coroutine reads no collections, whose rows may change while it waits; join what it needs to "
      "its rows");
  return check_mapper_class<Mapper, Key, Value, Args...>() && !reads;
}

}  // namespace detail

template <class Key, class Value> template <class Mapper, class... Args>
requires std::derived_from<Mapper, ClassicMapper>
auto Collection<Key, Value>::map_async(const AsyncOptions& options, Args&&... args) const {
  constexpr bool known = detail::DerivesFrom<Mapper, AsyncMapper> || detail::is_task_mapper<Mapper>;
  static_assert(known,
                "Freshet: map_async<Mapper>() takes a class that derives publicly from AsyncMapper or TaskMapper");
  if constexpr (known) {
    if constexpr (detail::check_async_mapper<Mapper, Key, Value, detail::Stored<Args>...>()) {
      std::tuple<detail::Stored<Args>...> stored(std::forward<Args>(args)...);
      const detail::AsyncMapperCall<Mapper, detail::Stored<Args>...> call(stored);
      return detail::make_map_async(*this, call, options, std::move(stored));
    }
  }
}

}  // namespace freshet
