// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include "freshet/meta/access.hpp"
#include "freshet/service/view_models.hpp"

/// View models as functions: `views.add("MeetingSession", sessions).set<&MeetingSession::in_session>(set_in_session)`.
///
/// `sessions` is a function or lambda `(Models&)` or `(Models&, const Params&)` that gives a Collection. Who may post a
/// form is said by a rule as in freshet/meta/access.hpp: `views.form<Invitation>("Invitation", invite).allow(is_host)`.
/// Example: examples/meeting_room/meta.cpp [service]
namespace freshet {

namespace detail {

template <class Build> struct ViewSignature { static constexpr bool known = false; };
template <class Result> struct ViewParts { static constexpr bool known = false; };
template <class Key, class V> struct ViewParts<Collection<Key, V>> {
  static constexpr bool known = std::is_same_v<Key, std::string>;
  using Value = V;
};
template <class Result, class P = NoParams, bool IsPersonal = false> struct ViewOf : ViewParts<Result> {
  using Params = P;
  static constexpr bool is_personal = IsPersonal;
};
template <class Result> struct ViewSignature<Result (*)(Models&)> : ViewOf<Result> {};
template <class Result, class P> struct ViewSignature<Result (*)(Models&, const P&)> : ViewOf<Result, P> {};
template <class Result> struct ViewSignature<Result (*)(const Caller&, Models&)> : ViewOf<Result, NoParams, true> {};
template <class Result, class P>
struct ViewSignature<Result (*)(const Caller&, Models&, const P&)> : ViewOf<Result, P, true> {};
template <class Object, class Result> struct ViewSignature<Result (Object::*)(Models&) const> : ViewOf<Result> {};
template <class Object, class Result, class P>
struct ViewSignature<Result (Object::*)(Models&, const P&) const> : ViewOf<Result, P> {};
template <class Object, class Result>
struct ViewSignature<Result (Object::*)(const Caller&, Models&) const> : ViewOf<Result, NoParams, true> {};
template <class Object, class Result, class P>
struct ViewSignature<Result (Object::*)(const Caller&, Models&, const P&) const> : ViewOf<Result, P, true> {};
template <class Build>
requires requires { &Build::operator(); }
struct ViewSignature<Build> : ViewSignature<decltype(&Build::operator())> {};

}  // namespace detail

template <class Build> auto ViewModels::add(std::string name, Build build, ViewOptions options) {
  using Signature = detail::ViewSignature<std::decay_t<Build>>;
  static_assert(Signature::known,
                "Freshet: a view model is declared by a function (Models&) or (Models&, const Params&), with a const "
                "Caller& first where it depends on who asks, that gives a Collection<std::string, Value>");
  if constexpr (Signature::known) {
    using Row = typename Signature::Value;
    using Params = typename Signature::Params;
    constexpr bool is_personal = Signature::is_personal;
    auto declare = [build = std::move(build)]([[maybe_unused]] const Caller& caller, Models& models,
                                              [[maybe_unused]] const Params& params) {
      if constexpr (std::is_same_v<Params, NoParams> && is_personal) {
        return build(caller, models);
      } else if constexpr (is_personal) {
        return build(caller, models, params);
      } else if constexpr (std::is_same_v<Params, NoParams>) {
        return build(models);
      } else {
        return build(models, params);
      }
    };
    return ViewHandle<Row>(add_view<Row, Params>(std::move(name), std::move(declare), std::move(options), is_personal));
  }
}

template <class Form>
template <class Rule, class... Args>
const FormHandle<Form>& FormHandle<Form>::allow(Rule function, Args&&... args) const {
  if constexpr (detail::check_rule<Rule, std::string, Form, detail::Stored<Args>...>()) {
    set_rule(detail::rule_on_rows<std::string, Form>(function,
                                                     std::tuple<detail::Stored<Args>...>(std::forward<Args>(args)...)));
  }
  return *this;
}

}  // namespace freshet
