// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <type_traits>

#include "freshet/model/compare.hpp"
#include "freshet/model/describer.hpp"
#include "freshet/model/detail/model_description.hpp"
#include "freshet/model/enumeration.hpp"

/// Describing a struct once, beside it, as a constexpr list of its members; everything else follows from that.
///
/// ```
/// struct Reading { std::string sensor, place; double celsius{}; };
/// constexpr auto describe(freshet::of<Reading>) {
///   using namespace freshet;
///   return model("readings", key<&Reading::sensor>(), field<&Reading::place>(length(1, 40)),
///                field<&Reading::celsius>(range(-50, 150), doc("In degrees Celsius.")));
/// }
/// ```
/// A field is called what its member is called. A member that is left out does not compile; ignored<&T::member>()
/// leaves one out on purpose.
///
/// Example: src/freshet/model/describe.test.cpp [describe]
namespace freshet {

/// Both bounds are allowed themselves.
constexpr detail::RangeOption range(long double minimum, long double maximum) { return {minimum, maximum}; }
constexpr detail::RangeOption at_least(long double minimum) { return {minimum, Checks::kInfinity}; }
constexpr detail::RangeOption at_most(long double maximum) { return {-Checks::kInfinity, maximum}; }

/// How many characters a string, how many elements a list or map may have.
constexpr detail::LengthOption length(std::size_t minimum, std::size_t maximum) { return {minimum, maximum}; }

/// What a field or model means, for documentation.
constexpr detail::DocOption doc(std::string_view text) { return {text}; }

/// What a field is called outside of the program, where that is not the name of its member.
constexpr detail::NameOption renamed(std::string_view name) { return {name}; }

/// A field that may be absent from an input; the default member initialiser then stays. Members that are std::optional
/// are optional by themselves.
inline constexpr detail::OptionalOption optional;

/// A member as part of the model: `field<&Reading::celsius>(range(-50, 150), doc("..."))`.
template <auto Member, class... Options> constexpr auto field(Options... options) {
  static_assert(detail::check_field_options<Member, Options...>());
  detail::FieldOptions folded{.name = detail::kSpelledName<Member>};
  (options.apply(folded), ...);
  return detail::FieldDescription<Member>{folded};
}

/// A field that belongs to what identifies a row.
template <auto Member, class... Options> constexpr auto key(Options... options) {
  auto description = freshet::field<Member>(options...);
  description.options.is_key = true;
  return description;
}

/// A member that is no part of the model: never sent, received or compared. It keeps its default.
template <auto Member> constexpr detail::IgnoredMember<Member> ignored() {
  static_assert(std::is_member_object_pointer_v<decltype(Member)>,
                "Freshet: ignored<> takes a pointer to a data member: ignored<&Reading::cache>()");
  return {};
}

/// A struct's description: the name of the model, then its key and fields in order.
template <detail::model_part... Parts> constexpr auto model(std::string_view name, Parts... parts) {
  return detail::ModelDescription<Parts...>(name, {}, parts...);
}

/// The same with a text that says what a row is: `model("readings", doc("..."), key<...>(), ...)`.
template <detail::model_part... Parts>
constexpr auto model(std::string_view name, detail::DocOption text, Parts... parts) {
  return detail::ModelDescription<Parts...>(name, text.text, parts...);
}

template <class... Parts> constexpr auto model(std::string_view, Parts...) {
  static_assert(detail::kNever<Parts...>,
                "Freshet: model() takes a name, perhaps doc(), and then key<&T::member>(), field<&T::member>() or "
                "ignored<&T::member>() for each member");
}

}  // namespace freshet
