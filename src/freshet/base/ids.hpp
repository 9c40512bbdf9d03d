// SPDX-License-Identifier: MIT
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace freshet {

/// A number or name that means one kind of thing only: ids of different tags neither mix nor compare.
///
/// Example: src/freshet/base/ids.test.cpp [ids]
template <class Tag, class Rep = std::uint64_t> class Id {
 public:
  using rep = Rep;

  constexpr Id() = default;
  constexpr explicit Id(Rep value) : value_(std::move(value)) {}

  constexpr const Rep& value() const { return value_; }

  friend constexpr auto operator<=>(const Id&, const Id&) = default;

 private:
  Rep value_{};
};

/// An unguessable name: `prefix` and 32 lowercase hexadecimal digits, 128 bits from the system's random source.
///
/// Aborts if the system has no random bits to give, which a running Linux always has.
/// Thread safety: may be called from any thread.
std::string random_token(std::string_view prefix = {});

}  // namespace freshet

template <class Tag, class Rep> struct std::hash<freshet::Id<Tag, Rep>> {
  std::size_t operator()(const freshet::Id<Tag, Rep>& id) const noexcept { return std::hash<Rep>()(id.value()); }
};
