// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "freshet/base/clock.hpp"
#include "freshet/model/describe.hpp"
#include "freshet/model/value.hpp"

namespace freshet {

/// Who a request is made by: what access rules and the build functions of resources decide by.
///
/// Callers with the same user and claims are the same caller: they share what is built for them. What differs from one
/// token to the next of the same login (when it was issued, when it expires, its id) is no part of that, nor is where
/// they are.
struct Caller {
  /// Empty where nobody has said who it is.
  std::string user;
  /// What the token claims beside its user and its times; an object, or null where there is nothing.
  Value claims;
  /// When what the caller was known by expires; never, if unset.
  std::optional<Timestamp> expires_at = std::nullopt;
  /// Where it comes from, as net::Client has it: the address, and what limits count by. Where there are several
  /// requests, that of the first.
  std::string address = {};
  std::string network = {};

  bool is_known() const { return !user.empty(); }
  /// A claim; null if there is none.
  const Value* claim(std::string_view name) const { return claims.find(name); }
  /// Whether a claim names `text`: is that string, or a list that holds it, or several words one of which it is
  /// ("scope": "read write").
  bool says(std::string_view claim, std::string_view text) const;

  friend bool operator==(const Caller& left, const Caller& right) {
    return left.user == right.user && left.claims == right.claims;
  }
};
constexpr auto describe(of<Caller>) {
  return model("caller", doc("Who a request is made by."), field<&Caller::user>(), field<&Caller::claims>(),
               ignored<&Caller::expires_at>(), ignored<&Caller::address>(), ignored<&Caller::network>());
}

}  // namespace freshet
