// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "freshet/service/view_models.hpp"

namespace freshet {

/// A view model as a class: derive, build() its rows, and name the setters of what clients may change.
///
/// ```
/// class MeetingSessions final : public freshet::ViewModel<MeetingSession> {
///   Collection<std::string, MeetingSession> build(Models& models, const NoParams&) override {
///     return models.collection<Meeting>().map<SessionMapper>(models.collection<User>());
///   }
///   void describe_setters(Setters& setters) override {
///     setters.set<bool>("inSession", [this](StoreTransaction& t, const std::string& key, bool value) { ... });
///   }
/// };
/// ```
/// Declared with `views.add("MeetingSession", std::make_unique<MeetingSessions>())`.
///
/// Thread safety: build() is called on the loop, and on threads of the store where rows are computed once; setters run
/// on threads of the store.
/// Example: examples/meeting_room/classic.cpp [view]
template <class ValueType, class ParamsType> class ViewModel {
 public:
  using Value = ValueType;
  using Params = ParamsType;
  using Setters = const ViewHandle<Value>;

  ViewModel() = default;
  ViewModel(const ViewModel&) = delete;
  ViewModel& operator=(const ViewModel&) = delete;
  virtual ~ViewModel() = default;

  /// The rows. What it throws when it is declared ends the program's start; later, it goes to the client who asked.
  virtual Collection<std::string, Value> build(Models& models, const Params& params) = 0;
  /// By default nothing can be changed.
  virtual void describe_setters(Setters& /*setters*/) {}
};

/// The same for what depends on who asks: a view that is computed for each request (Lifecycle::once).
///
/// Example: src/freshet/classic/view_access.test.cpp [personal]
template <class ValueType, class ParamsType> class PersonalViewModel {
 public:
  using Value = ValueType;
  using Params = ParamsType;
  using Setters = const ViewHandle<Value>;

  PersonalViewModel() = default;
  PersonalViewModel(const PersonalViewModel&) = delete;
  PersonalViewModel& operator=(const PersonalViewModel&) = delete;
  virtual ~PersonalViewModel() = default;

  virtual Collection<std::string, Value> build(const Caller& caller, Models& models, const Params& params) = 0;
  /// By default nothing can be changed.
  virtual void describe_setters(Setters& /*setters*/) {}
};

/// Who may post a form, as a class: derive, hold the collections that it consults, and override may_post().
///
/// Declared with `views.form<Invitation>("Invitation", invite).rule<HostsInvite>(live.collection<Meeting>())`. The
/// object is made when the rule is declared and may not keep anything from one call to the next.
///
/// Thread safety: belongs to the loop.
/// Example: src/freshet/classic/view_access.test.cpp [form]
template <class FormType> class FormRule {
 public:
  using Form = FormType;

  FormRule() = default;
  FormRule(const FormRule&) = delete;
  FormRule& operator=(const FormRule&) = delete;
  virtual ~FormRule() = default;

  virtual bool may_post(const Caller& caller, const Form& form) = 0;
};

namespace detail {

template <class Value, class Params> PersonalViewModel<Value, Params>* as_view_model(PersonalViewModel<Value, Params>*);
template <class Value, class Params> ViewModel<Value, Params>* as_view_model(ViewModel<Value, Params>* view);

template <class T>
concept AnyViewModel = requires(T* object) {
  detail::as_view_model(object);
};

}  // namespace detail

template <class Derived> void ViewModels::add(std::string name, std::unique_ptr<Derived> view, ViewOptions options) {
  static_assert(detail::AnyViewModel<Derived>,
                "Freshet: views.add(name, object) takes an object of a class that derives from "
                "freshet::ViewModel<Value, Params> or freshet::PersonalViewModel<Value, Params>");
  if constexpr (detail::AnyViewModel<Derived>) {
    using Row = typename Derived::Value;
    using Params = typename Derived::Params;
    constexpr bool is_personal = std::derived_from<Derived, PersonalViewModel<Row, Params>>;
    using Base = std::conditional_t<is_personal, PersonalViewModel<Row, Params>, ViewModel<Row, Params>>;
    // Shared: by the build function, of which there are copies.
    std::shared_ptr<Base> shared = std::move(view);
    auto& port = add_view<Row, Params>(
        std::move(name),
        [shared]([[maybe_unused]] const Caller& caller, Models& models, const Params& params) {
          if constexpr (is_personal) {
            return shared->build(caller, models, params);
          } else {
            return shared->build(models, params);
          }
        },
        std::move(options), is_personal);
    shared->describe_setters(ViewHandle<Row>(port));
  }
}

template <class Form>
template <class Rule, class... Args>
const FormHandle<Form>& FormHandle<Form>::rule(Args&&... args) const {
  constexpr bool derived = std::derived_from<Rule, FormRule<Form>>;
  static_assert(derived, "Freshet: form.rule<Rule>(args...) names a class that derives from freshet::FormRule<Form>");
  if constexpr (derived) {
    std::shared_ptr<FormRule<Form>> made = std::make_shared<Rule>(std::forward<Args>(args)...);
    set_rule([made](const Caller& caller, const std::string& /*name*/, const Form& form) {
      return made->may_post(caller, form);
    });
  }
  return *this;
}

}  // namespace freshet
