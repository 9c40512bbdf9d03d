// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <memory>
#include <string>
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

namespace detail {

template <class Value, class Params> ViewModel<Value, Params>* as_view_model(ViewModel<Value, Params>* view);

template <class T>
concept AnyViewModel = requires(T* object) {
  detail::as_view_model(object);
};

}  // namespace detail

template <class Derived> void ViewModels::add(std::string name, std::unique_ptr<Derived> view, ViewOptions options) {
  static_assert(detail::AnyViewModel<Derived>,
                "Freshet: views.add(name, object) takes an object of a class that derives from "
                "freshet::ViewModel<Value, Params>");
  if constexpr (detail::AnyViewModel<Derived>) {
    using Row = typename Derived::Value;
    using Params = typename Derived::Params;
    // Shared: by the build function, of which there are copies.
    std::shared_ptr<ViewModel<Row, Params>> shared = std::move(view);
    auto& port = add_view<Row, Params>(
        std::move(name), [shared](Models& models, const Params& params) { return shared->build(models, params); },
        std::move(options));
    shared->describe_setters(ViewHandle<Row>(port));
  }
}

}  // namespace freshet
