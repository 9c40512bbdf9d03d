// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "freshet/service/mediators/definition.hpp"
#include "freshet/service/mediators/event.hpp"
#include "freshet/store/store.hpp"
#include "freshet/store/transaction.hpp"

/// How a typed function becomes the handler of a definition: what both faces build on.
namespace freshet::mediators {

/// What a handler gives: nothing, a value, an optional or a vector of them, and any of these as a Result.
template <class R> struct Given {
  using Value = R;
  template <class Each> static Result<void> each(const R& given, Each&& emit) { return emit(given); }
};
template <> struct Given<void> {
  using Value = void;
  template <class Nothing, class Each> static Result<void> each(const Nothing& /*given*/, Each&& /*emit*/) {
    return {};
  }
};
template <class R> struct Given<std::optional<R>> {
  using Value = R;
  template <class Each> static Result<void> each(const std::optional<R>& given, Each&& emit) {
    return given ? emit(*given) : Result<void>();
  }
};
template <class R> struct Given<std::vector<R>> {
  using Value = R;
  template <class Each> static Result<void> each(const std::vector<R>& given, Each&& emit) {
    for (const R& value : given) {
      if (auto done = emit(value); !done) return done;
    }
    return {};
  }
};
template <class R> struct Given<Result<R>> : Given<R> {};

/// Where the values of one handler go.
template <class Value> struct Sinks {
  struct Sink {
    std::function<Result<void>(const Value&, StoreTransaction*)> call;
    bool needs_transaction = false;
  };
  std::vector<Sink> all;
  bool need_transaction() const {
    for (const Sink& sink : all) {
      if (sink.needs_transaction) return true;
    }
    return false;
  }
};

template <class Value, class Fn> typename Sinks<Value>::Sink make_sink(Fn sink) {
  constexpr bool writes = std::is_invocable_v<Fn&, const Value&, StoreTransaction&>;
  constexpr bool reads = std::is_invocable_v<Fn&, const Value&>;
  static_assert(
      writes || reads,
      "Freshet: a sink is called with what the handler gives, and with a StoreTransaction if it writes to the "
      "store");
  const auto call = [sink = std::move(sink)](const Value& value, StoreTransaction* transaction) mutable {
    const auto give = [&]() -> decltype(auto) {
      if constexpr (writes) {
        return sink(value, *transaction);
      } else {
        return sink(value);
      }
    };
    if constexpr (std::is_void_v<decltype(give())>) {
      give();
      return Result<void>();
    } else {
      return Result<void>(give());
    }
  };
  return {call, writes};
}

/// Calls `fn` with as much of the event as it takes: the event, or the document, and perhaps what it was before.
template <class T, class Fn, class... More> decltype(auto) call_with(Fn& fn, const Event<T>& event, More&... more) {
  if constexpr (std::is_invocable_v<Fn&, const Event<T>&, More&...>) {
    return fn(event, more...);
  } else if constexpr (std::is_invocable_v<Fn&, const T&, const std::optional<T>&, More&...>) {
    return fn(event.document(), event.before ? std::optional<T>(event.before->value) : std::optional<T>(), more...);
  } else {
    return fn(event.document(), more...);
  }
}

template <class T, class Fn, class... More>
inline constexpr bool callable = std::is_invocable_v<Fn&, const Event<T>&, More&...> ||
                                 std::is_invocable_v<Fn&, const T&, const std::optional<T>&, More&...> ||
                                 std::is_invocable_v<Fn&, const T&, More&...>;

/// Whether a function wants to be part of a transaction.
template <class T, class Fn> inline constexpr bool joins = callable<T, Fn, StoreTransaction>;

template <class T, class Fn> auto call_handler(Fn& fn, const Event<T>& event, StoreTransaction* transaction) {
  if constexpr (joins<T, Fn>) {
    return call_with<T>(fn, event, *transaction);
  } else {
    return call_with<T>(fn, event);
  }
}
template <class T, class Fn>
using HandlerResult =
    decltype(call_handler<T>(std::declval<Fn&>(), std::declval<const Event<T>&>(), std::declval<StoreTransaction*>()));
template <class T, class Fn> using HandlerValue = typename Given<HandlerResult<T, Fn>>::Value;

/// Calls the function; then its value is given, or why there is none.
template <class T, class Fn, class Use>
Result<void> call_and_use(Fn& fn, const Event<T>& event, StoreTransaction* transaction, Use&& use) {
  using Returned = HandlerResult<T, Fn>;
  if constexpr (std::is_void_v<Returned>) {
    call_handler<T>(fn, event, transaction);
    return {};
  } else if constexpr (requires(const Returned& returned) { returned.error(); }) {
    auto returned = call_handler<T>(fn, event, transaction);
    if (!returned) return fail(std::move(returned.error()));
    if constexpr (std::is_void_v<typename Returned::value_type>) {
      return {};
    } else {
      return use(*returned);
    }
  } else {
    return use(call_handler<T>(fn, event, transaction));
  }
}

/// A handler that calls `fn` and hands what it gives to the sinks.
///
/// Where there is a transaction, all of it is part of that. Else the function runs outside of any, unless it takes one,
/// and all sinks that write share one.
template <class T, class Fn, class Value>
Handler make_handler(Fn fn, std::shared_ptr<Sinks<Value>> sinks, Store store) {
  return [fn = std::move(fn), sinks = std::move(sinks), store = std::move(store)](const Call& call) mutable {
    const auto event = typed<T>(call.event, call.attempt);
    if (!event) return Result<void>(fail(event.error()));
    const auto emit = [&](const auto& given, StoreTransaction* transaction) {
      return Given<HandlerResult<T, Fn>>::each(given, [&](const auto& value) {
        for (const auto& sink : sinks->all) {
          if (auto done = sink.call(value, transaction); !done) return done;
        }
        return Result<void>();
      });
    };
    const auto run = [&](StoreTransaction* transaction) {
      return call_and_use<T>(fn, *event, transaction, [&](const auto& given) { return emit(given, transaction); });
    };
    if (call.transaction != nullptr) {
      StoreTransaction transaction(*call.transaction);
      return run(&transaction);
    }
    if constexpr (joins<T, Fn>) {
      return store.transact([&](StoreTransaction& transaction) { return run(&transaction); });
    } else {
      if (!sinks->need_transaction()) return run(nullptr);
      return call_and_use<T>(fn, *event, nullptr, [&](const auto& given) {
        return store.transact([&](StoreTransaction& transaction) { return emit(given, &transaction); });
      });
    }
  };
}

}  // namespace freshet::mediators
