// SPDX-License-Identifier: MIT
#pragma once

#include <compare>
#include <concepts>

#include "freshet/model/compare.hpp"
#include "freshet/model/describer.hpp"

namespace freshet {

/// The base of a struct that describes itself at run time; the other way is a constexpr describe() beside it.
///
/// ```
/// struct Reading : freshet::Record {
///   std::string sensor;
///   double celsius = 0;
///
///   void describe(freshet::Describer& d) {
///     d.name("readings");
///     d.key("sensor", sensor);
///     d.field("celsius", celsius).range(-50, 150).doc("Air temperature in degrees Celsius.");
///   }
/// };
/// ```
/// Record is empty and has nothing virtual, so that a row is no larger than its members. Rows are compared through the
/// Schema; one line, `bool operator==(const Reading&) const = default;`, makes that as fast as by hand.
///
/// Example: src/freshet/model/record.test.cpp [record]
struct Record {
  // Only for Record itself, so that a defaulted comparison of a derived struct works, while a derived struct without
  // one is not taken for an equal of every other.
  template <std::same_as<Record> Self> friend constexpr bool operator==(const Self&, const Self&) { return true; }
  template <std::same_as<Record> Self> friend constexpr std::strong_ordering operator<=>(const Self&, const Self&) {
    return std::strong_ordering::equal;
  }
};

}  // namespace freshet
