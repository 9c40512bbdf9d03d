// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include "freshet/graph/detail/arguments.hpp"
#include "freshet/graph/operators/filter.hpp"
#include "freshet/meta/function_call.hpp"
#include "freshet/service/access.hpp"

/// Access rules as functions: `service.access(messages).read(may_read, memberships).write(may_write, memberships)`.
///
/// A rule is a function, or a lambda that captures nothing; what it needs are arguments behind it.
///
/// Example: src/freshet/meta/access.test.cpp [rules]
namespace freshet {

/// A rule that allows all rows to everybody, and one that allows them to all who have said who they are.
inline constexpr auto everybody = [](const Caller&, const auto&...) { return true; };
inline constexpr auto known_callers = [](const Caller& caller, const auto&...) { return caller.is_known(); };

namespace detail {

/// How the meta face calls rules.
template <class Function> class RuleCall {
 public:
  explicit RuleCall(Function function) : function_(function) {}

  template <class Key, class Value, class... Args>
  bool operator()(const Caller& caller, const Key& key, const Value& value, const Args&... args) {
    if constexpr (std::is_invocable_v<Function&, const Caller&, const Value&, const Args&...>) {
      return std::invoke(function_, caller, value, args...);
    } else {
      return std::invoke(function_, caller, key, value, args...);
    }
  }
  bool same(const RuleCall& other) const {
    return FunctionCall<Function>(function_).same(FunctionCall(other.function_));
  }
  std::size_t hash() const { return FunctionCall<Function>(function_).hash(); }

 private:
  Function function_;
};

/// A rule as it is asked about one row.
template <class Key, class Value, class Function, class Arguments>
auto rule_on_rows(Function function, Arguments stored) {
  return [call = RuleCall<Function>(function), stored = std::move(stored)](const Caller& caller, const Key& key,
                                                                           const Value& value) mutable -> bool {
    return std::apply([&](const auto&... arguments) { return call(caller, key, value, arguments...); }, stored);
  };
}

/// Refuses wrong rules in words of ours; whether the rest may be compiled.
template <class Function, class Key, class Value, class... Args> constexpr bool check_rule() {
  constexpr bool plain = captures_nothing<Function>;
  static_assert(plain,
                "Freshet: an access rule may not capture; pass what it needs as arguments behind it, so that reads are "
                "tracked and equal callers share one view");
  constexpr bool open_arguments = !(points_elsewhere<Args> || ...);
  static_assert(open_arguments,
                "Freshet: an argument of an access rule may not be a pointer, a reference or a span; pass a value or a "
                "collection");
  constexpr bool fits = std::is_invocable_r_v<bool, Function&, const Caller&, const Value&, const Args&...> ||
                        std::is_invocable_r_v<bool, Function&, const Caller&, const Key&, const Value&, const Args&...>;
  static_assert(!plain || fits,
                "Freshet: the access rule cannot be called as rule(caller, value, args...) or rule(caller, key, value, "
                "args...) with the rows and the arguments given, or does not give a bool");
  return plain && open_arguments && fits;
}

}  // namespace detail

template <class Key, class Value>
template <class Rule, class... Args>
Access<Key, Value>& Access<Key, Value>::read(Rule function, Args&&... args) {
  if constexpr (detail::check_rule<Rule, Key, Value, detail::Stored<Args>...>()) {
    std::tuple<detail::Stored<Args>...> stored(std::forward<Args>(args)...);
    auto may_read = detail::rule_on_rows<Key, Value>(function, stored);
    set_read(
        [call = detail::FilterByRule(detail::RuleCall<Rule>(function), faults()), stored = std::move(stored)](
            const Rows& rows, const Caller& caller) {
          return detail::make_filter(rows, call, std::tuple_cat(std::tuple<Caller>(caller), stored));
        },
        std::move(may_read));
  }
  return *this;
}

template <class Key, class Value>
template <class Rule, class... Args>
Access<Key, Value>& Access<Key, Value>::write(Rule function, Args&&... args) {
  if constexpr (detail::check_rule<Rule, Key, Value, detail::Stored<Args>...>()) {
    set_write(
        detail::rule_on_rows<Key, Value>(function, std::tuple<detail::Stored<Args>...>(std::forward<Args>(args)...)));
  }
  return *this;
}

}  // namespace freshet
