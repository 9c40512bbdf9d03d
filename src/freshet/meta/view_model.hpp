// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <type_traits>
#include <utility>

#include "freshet/service/view_models.hpp"

/// View models as functions: `views.add("MeetingSession", sessions).set<&MeetingSession::in_session>(set_in_session)`.
///
/// `sessions` is a function or lambda `(Models&)` or `(Models&, const Params&)` that gives a Collection.
/// Example: examples/meeting_room/meta.cpp [service]
namespace freshet {

namespace detail {

template <class Build> struct ViewSignature { static constexpr bool known = false; };
template <class Result> struct ViewParts { static constexpr bool known = false; };
template <class Key, class V> struct ViewParts<Collection<Key, V>> {
  static constexpr bool known = std::is_same_v<Key, std::string>;
  using Value = V;
};
template <class Result> struct ViewSignature<Result (*)(Models&)> : ViewParts<Result> { using Params = NoParams; };
template <class Result, class P> struct ViewSignature<Result (*)(Models&, const P&)> : ViewParts<Result> {
  using Params = P;
};
template <class Object, class Result> struct ViewSignature<Result (Object::*)(Models&) const> : ViewParts<Result> {
  using Params = NoParams;
};
template <class Object, class Result, class P>
struct ViewSignature<Result (Object::*)(Models&, const P&) const> : ViewParts<Result> {
  using Params = P;
};
template <class Build>
requires requires { &Build::operator(); }
struct ViewSignature<Build> : ViewSignature<decltype(&Build::operator())> {};

}  // namespace detail

template <class Build> auto ViewModels::add(std::string name, Build build, ViewOptions options) {
  using Signature = detail::ViewSignature<std::decay_t<Build>>;
  static_assert(Signature::known,
                "Freshet: a view model is declared by a function (Models&) or (Models&, const Params&) that gives a "
                "Collection<std::string, Value>");
  if constexpr (Signature::known) {
    using Row = typename Signature::Value;
    using Params = typename Signature::Params;
    return ViewHandle<Row>(add_view<Row, Params>(
        std::move(name),
        [build = std::move(build)](Models& models, [[maybe_unused]] const Params& params) {
          if constexpr (std::is_same_v<Params, NoParams>) {
            return build(models);
          } else {
            return build(models, params);
          }
        },
        std::move(options)));
  }
}

}  // namespace freshet
