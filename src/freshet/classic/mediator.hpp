// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "freshet/service/mediators/event.hpp"
#include "freshet/service/mediators/handler.hpp"
#include "freshet/service/mediators/mediators.hpp"
#include "freshet/service/mediators/sinks.hpp"

/// Mediators as classes: derive from QueryMediator, TaskMediator or EventMediator and override, as public members, the
/// triggers that you want. A trigger that is not overridden costs nothing.
///
/// Declared with `mediators.add("city_views", std::make_unique<CityViews>())`.
/// Example: examples/city/classic.cpp
namespace freshet {

/// At least once, in order for each document. Handlers run outside of any transaction; store().transact() makes one.
template <class T> class QueryMediator {
 public:
  using Source = T;
  static constexpr MediatorMode kMode = MediatorMode::query;

  QueryMediator() = default;
  QueryMediator(const QueryMediator&) = delete;
  QueryMediator& operator=(const QueryMediator&) = delete;
  virtual ~QueryMediator() = default;

  /// What is followed; all documents of T's root collection unless overridden.
  virtual From<T> source() const { return from<T>(); }

  virtual Result<void> on_create(const Event<T>& /*event*/) { return {}; }
  virtual Result<void> on_update(const Event<T>& /*event*/) { return {}; }
  virtual Result<void> on_delete(const Event<T>& /*event*/) { return {}; }
  virtual Result<void> on_leave(const Event<T>& /*event*/) { return {}; }

  /// Called around every handler that is overridden.
  virtual Result<void> before_call(const Event<T>& /*event*/) { return {}; }
  virtual Result<void> after_call(const Event<T>& /*event*/) { return {}; }

 protected:
  /// The store that is followed.
  const Store& store() const { return *store_; }

 private:
  friend class Mediators;
  std::optional<Store> store_;  // set when declared
};

/// At most once and at once, for those who look right now.
template <class T> class EventMediator : public QueryMediator<T> {
 public:
  static constexpr MediatorMode kMode = MediatorMode::stream;
};

/// Exactly once: a handler is part of the transaction that also marks its document as done.
template <class T> class TaskMediator {
 public:
  using Source = T;
  static constexpr MediatorMode kMode = MediatorMode::query_task;

  TaskMediator() = default;
  TaskMediator(const TaskMediator&) = delete;
  TaskMediator& operator=(const TaskMediator&) = delete;
  virtual ~TaskMediator() = default;

  virtual From<T> source() const { return from<T>(); }

  virtual Result<void> on_create(const Event<T>& /*event*/, StoreTransaction& /*transaction*/) { return {}; }
  virtual Result<void> on_update(const Event<T>& /*event*/, StoreTransaction& /*transaction*/) { return {}; }
  virtual Result<void> on_delete(const Event<T>& /*event*/, StoreTransaction& /*transaction*/) { return {}; }
  virtual Result<void> on_leave(const Event<T>& /*event*/, StoreTransaction& /*transaction*/) { return {}; }

  /// Whether a document is removed when it is done, in the same transaction.
  virtual bool removes_what_is_done() const { return false; }
  /// What is given up is told here instead of becoming a dead letter, if this is overridden.
  virtual Result<void> on_failed(const T& /*document*/, const Error& /*error*/, StoreTransaction& /*transaction*/) {
    return {};
  }
};

namespace detail {

/// Whether Derived overrides a member of its base: then the member's class is not the base.
template <class Base, class Member> struct Overrides : std::true_type {};
template <class Base, class Signature> struct Overrides<Base, Signature Base::*> : std::false_type {};

template <class Mediator>
concept AnyMediator = requires {
  typename Mediator::Source;
  { Mediator::kMode } -> std::convertible_to<MediatorMode>;
};

/// Sets a handler of the definition if Derived overrides the member.
template <class Base, class T, class Derived, class Member>
void set_handler(mediators::Definition& definition, Trigger trigger, const std::shared_ptr<Derived>& object,
                 Member member, const Store& store) {
  if constexpr (Overrides<Base, Member>::value) {
    const auto none = std::make_shared<mediators::Sinks<std::monostate>>();
    if constexpr (std::is_same_v<Base, TaskMediator<T>>) {
      const auto call = [object, member](const Event<T>& event, StoreTransaction& transaction) -> Result<void> {
        return ((*object).*member)(event, transaction);
      };
      definition.handler(trigger) = mediators::make_handler<T>(call, none, store);
    } else {
      const auto call = [object, member](const Event<T>& event) -> Result<void> { return ((*object).*member)(event); };
      definition.handler(trigger) = mediators::make_handler<T>(call, none, store);
    }
  }
}

}  // namespace detail

template <class Derived>
void Mediators::add(std::string name, std::unique_ptr<Derived> mediator, MediatorOptions options) {
  static_assert(detail::AnyMediator<Derived>,
                "Freshet: mediators.add(name, object) takes an object of a class that derives from QueryMediator<T>, "
                "TaskMediator<T> or EventMediator<T>");
  if constexpr (detail::AnyMediator<Derived>) {
    using T = typename Derived::Source;
    constexpr bool is_task = Derived::kMode == MediatorMode::query_task;
    using Base = std::conditional_t<is_task, TaskMediator<T>, QueryMediator<T>>;
    const std::shared_ptr<Derived> object = std::move(mediator);  // owners: the handlers
    mediators::Definition& definition =
        add(mediators::define(std::move(name), Derived::kMode, object->source().build(), options));
    detail::set_handler<Base, T>(definition, Trigger::create, object, &Derived::on_create, store_);
    detail::set_handler<Base, T>(definition, Trigger::update, object, &Derived::on_update, store_);
    detail::set_handler<Base, T>(definition, Trigger::remove, object, &Derived::on_delete, store_);
    detail::set_handler<Base, T>(definition, Trigger::leave, object, &Derived::on_leave, store_);
    if constexpr (is_task) {
      if (object->removes_what_is_done()) definition.finish = mediators::Finish::remove;
      if constexpr (detail::Overrides<Base, decltype(&Derived::on_failed)>::value) {
        definition.on_failed = [object](const mediators::Call& call, const Error& error) -> Result<void> {
          const auto event = mediators::typed<T>(call.event, call.attempt);
          if (!event) return fail(event.error());
          StoreTransaction transaction(*call.transaction);
          return object->on_failed(event->document(), error, transaction);
        };
      }
    } else {
      static_cast<QueryMediator<T>&>(*object).store_ = store_;
      const auto around = [&](auto member) {
        const auto none = std::make_shared<mediators::Sinks<std::monostate>>();
        return mediators::make_handler<T>(
            [object, member](const Event<T>& event) -> Result<void> { return ((*object).*member)(event); }, none,
            store_);
      };
      definition.before_call.push_back(around(&Derived::before_call));
      definition.after_call.push_back(around(&Derived::after_call));
    }
  }
}

}  // namespace freshet
