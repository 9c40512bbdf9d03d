// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "freshet/service/mediators/handler.hpp"
#include "freshet/service/mediators/mediators.hpp"
#include "freshet/service/mediators/sinks.hpp"

/// Mediators as functions: `mediators.query("city_views", from<City>()).on_change(view_of).to(to_documents);`
///
/// A handler takes the document, `(const City&)`; or the document and what it was, `(const City&, const
/// std::optional<City>&)`; or the `const Event<City>&`. If it takes a `StoreTransaction&` behind that, it is part
/// of the transaction, and may be called several times for it. It gives nothing, a value, an optional or a vector of
/// values, or a Result of these.
///
/// Example: examples/city/meta.cpp
namespace freshet {

template <class T, class Value> class SinkHandle;

/// A mediator in the making: takes handlers.
///
/// Lifetime: the Mediators', until start().
template <class T> class MediatorHandle {
 public:
  MediatorHandle(mediators::Definition& definition, Store store) : definition_(&definition), store_(std::move(store)) {}

  template <class Fn> auto on_create(Fn fn) const { return on<Trigger::create>(std::move(fn)); }
  template <class Fn> auto on_update(Fn fn) const { return on<Trigger::update>(std::move(fn)); }
  /// What was deleted.
  template <class Fn> auto on_delete(Fn fn) const { return on<Trigger::remove>(std::move(fn)); }
  /// What does not fulfil the query any more, but is still there.
  template <class Fn> auto on_leave(Fn fn) const { return on<Trigger::leave>(std::move(fn)); }
  /// Creates and updates.
  template <class Fn> auto on_change(Fn fn) const { return on<Trigger::create, Trigger::update>(std::move(fn)); }
  /// Removes and leaves: what is not to be seen any more.
  template <class Fn> auto on_gone(Fn fn) const { return on<Trigger::remove, Trigger::leave>(std::move(fn)); }

  /// One handler for several triggers; what it gives goes to the sinks that are named behind it.
  template <Trigger... Which, class Fn> auto on(Fn fn) const;

  /// Called before each handler, in the order of declaration, as a function of the `const Event<T>&`; its error is the
  /// handler's.
  template <class Fn> const MediatorHandle& before_call(Fn fn) const {
    definition_->before_call.push_back(around(std::move(fn)));
    return *this;
  }
  /// The same after each, in the reverse order.
  template <class Fn> const MediatorHandle& after_call(Fn fn) const {
    definition_->after_call.push_back(around(std::move(fn)));
    return *this;
  }

  /// tasks(): a document is removed when it is done, in the same transaction.
  const MediatorHandle& then_remove() const {
    definition_->finish = mediators::Finish::remove;
    return *this;
  }
  /// tasks(): what is given up is told to `fn(const T&, const Error&, StoreTransaction&)`, which gives a
  /// Result<void>, instead of becoming a dead letter: for writing the error to the document itself.
  template <class Fn> const MediatorHandle& on_failed(Fn fn) const {
    definition_->on_failed = [fn = std::move(fn)](const mediators::Call& call, const Error& error) -> Result<void> {
      const auto event = mediators::typed<T>(call.event, call.attempt);
      if (!event) return fail(event.error());
      StoreTransaction transaction(*call.transaction);
      return fn(event->document(), error, transaction);
    };
    return *this;
  }
  const MediatorHandle& doc(std::string text) const {
    definition_->doc = std::move(text);
    return *this;
  }

 protected:
  template <class Fn> mediators::Handler around(Fn fn) const {
    using None = mediators::Sinks<std::monostate>;
    static_assert(std::is_invocable_v<Fn&, const Event<T>&>,
                  "Freshet: what is called around handlers takes the const Event<T>&");
    return mediators::make_handler<T>(std::move(fn), std::make_shared<None>(), store_);
  }

  mediators::Definition* definition_;
  Store store_;
};

/// A mediator in the making, behind a handler that gives values.
template <class T, class Value> class SinkHandle : public MediatorHandle<T> {
 public:
  SinkHandle(const MediatorHandle<T>& mediator, std::shared_ptr<mediators::Sinks<Value>> sinks)
      : MediatorHandle<T>(mediator), sinks_(std::move(sinks)) {}

  /// Sends what the handler before gives there, too.
  template <class Sink> const SinkHandle& to(Sink sink) const {
    sinks_->all.push_back(mediators::make_sink<Value>(std::move(sink)));
    return *this;
  }

 private:
  std::shared_ptr<mediators::Sinks<Value>> sinks_;  // owners: this, and the handler
};

template <class T> template <Trigger... Which, class Fn> auto MediatorHandle<T>::on(Fn fn) const {
  constexpr bool fits = mediators::callable<T, Fn> || mediators::joins<T, Fn>;
  static_assert(fits,
                "Freshet: a handler takes the document, const T&, perhaps what it was, const std::optional<T>&, or the "
                "const Event<T>&; and behind these, perhaps, a StoreTransaction&");
  if constexpr (fits) {
    using Returned = mediators::HandlerValue<T, Fn>;
    using Sent = std::conditional_t<std::is_void_v<Returned>, std::monostate, Returned>;
    auto sinks = std::make_shared<mediators::Sinks<Sent>>();
    const mediators::Handler handler = mediators::make_handler<T>(std::move(fn), sinks, store_);
    ((definition_->handler(Which) = handler), ...);
    if constexpr (std::is_void_v<Returned>) {
      return MediatorHandle(*this);
    } else {
      return SinkHandle<T, Sent>(*this, std::move(sinks));
    }
  }
}

template <class T>
MediatorHandle<T> Mediators::query(std::string name, const From<T>& source, MediatorOptions options) {
  return {add(mediators::define(std::move(name), MediatorMode::query, source.build(), options)), store_};
}
template <class T>
MediatorHandle<T> Mediators::tasks(std::string name, const From<T>& source, MediatorOptions options) {
  return {add(mediators::define(std::move(name), MediatorMode::query_task, source.build(), options)), store_};
}
template <class T>
MediatorHandle<T> Mediators::events(std::string name, const From<T>& source, MediatorOptions options) {
  return {add(mediators::define(std::move(name), MediatorMode::stream, source.build(), options)), store_};
}

}  // namespace freshet
