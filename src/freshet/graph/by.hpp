// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <type_traits>
#include <typeinfo>

#include "freshet/model/compare.hpp"

namespace freshet {

/// The function by which a join finds the partner of a row; made by by().
template <class Function> class By {
 public:
  explicit By(Function function) : function_(function) {}

  template <class Key, class Value> decltype(auto) operator()(const Key& key, const Value& value) const {
    if constexpr (std::is_invocable_v<const Function&, const Value&>) {
      return std::invoke(function_, value);
    } else {
      return std::invoke(function_, key, value);
    }
  }
  /// Whether it can be called with such rows.
  template <class Key, class Value>
  static constexpr bool takes = std::is_invocable_v<const Function&, const Value&> ||
                                std::is_invocable_v<const Function&, const Key&, const Value&>;

  bool same(const By& other) const {
    if constexpr (std::is_empty_v<Function>) {
      return true;  // the type says which lambda it is
    } else {
      return function_ == other.function_;
    }
  }
  std::size_t hash() const {
    if constexpr (std::is_pointer_v<Function>) {
      return hash_of(reinterpret_cast<std::uintptr_t>(function_));
    } else {
      return typeid(Function).hash_code();
    }
  }

 private:
  Function function_;
};

/// Says by which key a join finds the partner of a row: `orders.join(customers, by(&Order::customer), combine)`.
///
/// The function is called as `function(value)` or `function(key, value)`, once per changed row, and gives the partner's
/// key, or an optional (none: the row refers to nothing). It sees its row alone: it may not read collections.
template <class Function> By<Function> by(Function function) {
  constexpr bool captures_nothing =
      std::is_empty_v<Function> || std::is_member_pointer_v<Function> ||
      (std::is_pointer_v<Function> && std::is_function_v<std::remove_pointer_t<Function>>);
  static_assert(captures_nothing,
                "Freshet: by() takes a pointer to a member, a function or a lambda that captures nothing");
  return By<Function>(function);
}

}  // namespace freshet
