// SPDX-License-Identifier: MIT
#pragma once

#include <tuple>
#include <type_traits>
#include <utility>

#include "freshet/graph/operators/map_async.hpp"
#include "freshet/meta/function_call.hpp"

/// map_async over functions and coroutines.
namespace freshet {

namespace detail {

/// The T of the Reply<T> among some parameters; void if there is none.
template <class... Parameters> struct ReplyAmong { using type = void; };
template <class First, class... More> struct ReplyAmong<First, More...> : ReplyAmong<More...> {};
template <class T, class... More> struct ReplyAmong<Reply<T>, More...> { using type = T; };

/// The same for the parameters of a function, or of the call operator of an object if it has one only.
template <class Function> struct RepliedBy { using type = void; };
template <class R, class... Parameters> struct RepliedBy<R (*)(Parameters...)> : ReplyAmong<Parameters...> {};
template <class R, class... Parameters> struct RepliedBy<R (*)(Parameters...) noexcept> : ReplyAmong<Parameters...> {};
template <class R, class Object, class... Parameters>
struct RepliedBy<R (Object::*)(Parameters...) const> : ReplyAmong<Parameters...> {};
template <class R, class Object, class... Parameters>
struct RepliedBy<R (Object::*)(Parameters...) const noexcept> : ReplyAmong<Parameters...> {};
template <class Object>
requires requires { &Object::operator(); }
struct RepliedBy<Object> : RepliedBy<decltype(&Object::operator())> {};

template <class T> inline constexpr bool is_task = false;
template <class T> inline constexpr bool is_task<Task<T>> = true;

/// How the meta face calls a function that answers by a Reply.
template <class Function, class AnswerType> class ReplyFunctionCall : public FunctionCall<Function> {
 public:
  using Answer = AnswerType;
  static constexpr bool kIsTask = false;

  explicit ReplyFunctionCall(Function function) : FunctionCall<Function>(function), function_(function) {}

  template <class Key, class Value, class... Args>
  void operator()(const Key& key, const Value& value, Reply<Answer> reply, const Args&... args) {
    if constexpr (std::is_invocable_v<Function&, const Value&, Reply<Answer>, const Args&...>) {
      std::invoke(function_, value, std::move(reply), args...);
    } else {
      std::invoke(function_, key, value, std::move(reply), args...);
    }
  }

 private:
  Function function_;
};

/// How it calls a coroutine.
template <class Function, class Given> class TaskFunctionCall : public FunctionCall<Function> {
 public:
  using Answer = Given;
  static constexpr bool kIsTask = true;

  using FunctionCall<Function>::FunctionCall;
};

template <class T> struct TaskGives { using type = void; };
template <class T> struct TaskGives<Task<T>> { using type = T; };

/// The function in the form in which its node calls it; void, after a sentence of ours, if it cannot be.
template <class Function, class Key, class Value, class... Args> auto async_call(Function function) {
  using Answer = typename RepliedBy<Function>::type;
  constexpr bool plain = captures_nothing<Function>;
  static_assert(plain,
                "Freshet: a mapper may not capture; pass what it needs as arguments behind it, so that reads are "
                "tracked and equal views are one");
  constexpr bool open_arguments = !(points_elsewhere<Args> || ...);
  static_assert(
      open_arguments,
      "Freshet: an argument of a mapper may not be a pointer, a reference or a span; pass a value or a collection");
  if constexpr (plain && open_arguments && !std::is_void_v<Answer>) {
    constexpr bool fits = std::is_invocable_v<Function&, const Value&, Reply<Answer>, const Args&...> ||
                          std::is_invocable_v<Function&, const Key&, const Value&, Reply<Answer>, const Args&...>;
    static_assert(fits,
                  "Freshet: the function of map_async cannot be called as function(value, reply, args...) or "
                  "function(key, value, reply, args...) with the rows of this collection and the arguments given");
    if constexpr (fits) return ReplyFunctionCall<Function, Answer>(function);
  } else if constexpr (plain && open_arguments && callable_with<Function, Key, Value, Args...>) {
    constexpr bool gives_a_task = is_task<CallResult<Function, Key, Value, Args...>>;
    static_assert(gives_a_task,
                  "Freshet: the function of map_async takes a Reply<Out>, by its type, or is a coroutine that gives a "
                  "Task<Out>");
    constexpr bool reads = (is_collection<Args> || ...);
    static_assert(!reads,
                  "Freshet: a coroutine reads no collections, whose rows may change while it waits; join what it needs "
                  "to its rows");
    using Given = typename TaskGives<CallResult<Function, Key, Value, Args...>>::type;
    static_assert(!gives_a_task || !std::is_void_v<Given>, "Freshet: the Task of an asynchronous mapper gives a value");
    if constexpr (gives_a_task && !reads && !std::is_void_v<Given>) return TaskFunctionCall<Function, Given>(function);
  } else if constexpr (plain && open_arguments) {
    static_assert(std::is_void_v<Function>,
                  "Freshet: the function of map_async is called as function(value, Reply<Out>, args...), or as a "
                  "coroutine function(value, args...) that gives a Task<Out>; the key may stand in front");
  }
}

}  // namespace detail

template <class Key, class Value> template <class Function, class... Args>
requires(!std::derived_from<Function, ClassicMapper>) auto Collection<Key, Value>::map_async(
    Function function, const AsyncOptions& options, Args&&... args) const {
  using Call = decltype(detail::async_call<Function, Key, Value, detail::Stored<Args>...>(function));
  if constexpr (!std::is_void_v<Call>) {
    return detail::make_map_async(*this, Call(function), options,
                                  std::tuple<detail::Stored<Args>...>(std::forward<Args>(args)...));
  }
}

}  // namespace freshet
