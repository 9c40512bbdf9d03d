// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <memory>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <utility>

#include "freshet/graph/detail/arguments.hpp"
#include "freshet/graph/operators/filter.hpp"
#include "freshet/service/access.hpp"

namespace freshet {

/// Who may read and write the rows of a collection, as a class: derive, hold the collections that it consults, and
/// override what is allowed.
///
/// Declared with `service.access(messages).rule<MessageRule>(memberships)`. The object is made by the graph, once for
/// each caller and once for what is asked about single rows, so it may not keep anything from one call to the next.
///
/// Example: src/freshet/classic/access.test.cpp [rules]
template <class KeyType, class ValueType> class AccessRule {
 public:
  using Key = KeyType;
  using Value = ValueType;

  AccessRule() = default;
  AccessRule(const AccessRule&) = delete;
  AccessRule& operator=(const AccessRule&) = delete;
  virtual ~AccessRule() = default;

  /// Whether the caller may read this row. What it reads of collections is tracked.
  virtual bool may_read(const Caller& caller, const Key& key, const Value& value) = 0;
  /// Whether the caller may write over this row, or put it there; nobody may, unless it is overridden.
  virtual bool may_write(const Caller& /*caller*/, const Key& /*key*/, const Value& /*value*/) { return false; }
};

namespace detail {

/// How the classic face calls rules: through an object that the node owns, made when it is first needed.
template <class Rule, class... Args> class RuleObjectCall {
 public:
  explicit RuleObjectCall(std::tuple<Args...> args) : args_(std::move(args)) {}
  RuleObjectCall(const RuleObjectCall& other) : args_(other.args_) {}
  RuleObjectCall& operator=(const RuleObjectCall&) = delete;

  template <class Key, class Value>
  bool operator()(const Caller& caller, const Key& key, const Value& value, const Args&...) {
    return object().may_read(caller, key, value);
  }
  Rule& object() {
    if (!rule_) rule_ = std::apply([](const Args&... args) { return std::make_unique<Rule>(args...); }, args_);
    return *rule_;
  }

  bool same(const RuleObjectCall&) const { return true; }  // the type says which rule; arguments are compared elsewhere
  std::size_t hash() const { return typeid(Rule).hash_code(); }

 private:
  std::tuple<Args...> args_;
  std::unique_ptr<Rule> rule_;
};

/// Refuses wrong rules in words of ours; whether the rest may be compiled.
template <class Rule, class Key, class Value, class... Args> constexpr bool check_rule_class() {
  constexpr bool derived = std::derived_from<Rule, AccessRule<Key, Value>>;
  static_assert(derived,
                "Freshet: access.rule<Rule>(args...) names a class that derives from freshet::AccessRule<Key, Value> "
                "with the key and value types of the rows");
  constexpr bool open_arguments = !(points_elsewhere<Args> || ...);
  static_assert(open_arguments,
                "Freshet: an argument of an access rule may not be a pointer, a reference or a span; pass a value or a "
                "collection");
  constexpr bool constructible = !std::is_abstract_v<Rule> && std::is_constructible_v<Rule, const Args&...>;
  static_assert(!derived || constructible,
                "Freshet: the rule class overrides may_read and has a constructor that takes the arguments given");
  return derived && open_arguments && constructible;
}

}  // namespace detail

template <class Key, class Value>
template <class Rule, class... Args>
Access<Key, Value>& Access<Key, Value>::rule(Args&&... args) {
  if constexpr (detail::check_rule_class<Rule, Key, Value, detail::Stored<Args>...>()) {
    using Call = detail::RuleObjectCall<Rule, detail::Stored<Args>...>;
    std::tuple<detail::Stored<Args>...> stored(std::forward<Args>(args)...);
    set_read(
        [call = detail::FilterByRule(Call(stored), faults()), stored](const Rows& rows, const Caller& caller) {
          return detail::make_filter(rows, call, std::tuple_cat(std::tuple<Caller>(caller), stored));
        },
        [call = Call(stored)](const Caller& caller, const Key& key, const Value& value) mutable {
          return call.object().may_read(caller, key, value);
        });
    set_write([call = Call(stored)](const Caller& caller, const Key& key, const Value& value) mutable {
      return call.object().may_write(caller, key, value);
    });
  }
  return *this;
}

}  // namespace freshet
