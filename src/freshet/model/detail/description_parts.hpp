// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "freshet/model/describer.hpp"
#include "freshet/model/detail/comparable.hpp"
#include "freshet/model/detail/computed.hpp"
#include "freshet/model/detail/description_options.hpp"
#include "freshet/model/detail/spelled_name.hpp"
#include "freshet/model/detail/type_operations.hpp"

// What model() is given: members, computed attributes, a parent, and what else is to be said of the fields.
namespace freshet::detail {

template <class Option, class Member> inline constexpr bool kOptionFits = true;
template <auto Make, class Member>
inline constexpr bool kOptionFits<InitialisedByOption<Make>, Member> =
    std::is_same_v<typename InitialisedByOption<Make>::Made, Member>;
template <auto Check, class Member>
inline constexpr bool kOptionFits<CheckedByOption<Check>, Member> =
    std::is_same_v<typename CheckedByOption<Check>::Checked, typename WithoutOptional<Member>::type>;

template <class Value, class... Options> constexpr bool check_options_of() {
  using Checked = typename WithoutOptional<Value>::type;
  static_assert((field_option<Options> && ...),
                "Freshet: the options of a field are range(), at_least(), at_most(), length(), checked_by<>(), doc(), "
                "renamed(), data_key(), optional, required, null_as_missing, import_default(), export_default(), "
                "initialised_by<>(), export_only, import_only and internal");
  static_assert(
      !(std::is_same_v<Options, RangeOption> || ...) || plain_integer<Checked> || std::is_floating_point_v<Checked>,
      "Freshet: range(), at_least() and at_most() check numbers; this member is none");
  static_assert(
      !(std::is_same_v<Options, LengthOption> || ...) || std::is_same_v<Checked, std::string> || range_like<Checked>,
      "Freshet: length() checks strings, lists and maps; this member is none");
  static_assert((kOptionFits<Options, Value> && ...),
                "Freshet: the function of initialised_by<>() gives, and that of checked_by<>() takes, a value of the "
                "member's own type");
  return true;
}

template <auto Member, class... Options> constexpr bool check_field_options() {
  static_assert(std::is_member_object_pointer_v<decltype(Member)>,
                "Freshet: key<> and field<> take a pointer to a data member: field<&Reading::sensor>()");
  if constexpr (std::is_member_object_pointer_v<decltype(Member)>) {
    return check_options_of<MemberOf<Member>, Options...>();
  } else {
    return true;
  }
}

/// The options that carry values, in their order.
template <class... Options> constexpr auto late_options(const Options&... options) {
  [[maybe_unused]] const auto keep = []<class Option>(const Option& option) {
    if constexpr (late_option<Option>)
      return std::tuple<Option>(option);
    else
      return std::tuple<>();
  };
  return std::tuple_cat(keep(options)...);
}

template <auto Member_, class LateOptions = std::tuple<>> struct FieldDescription {
  static constexpr auto kMember = Member_;
  static constexpr PartKind kPart = PartKind::member;
  using Class = ClassOf<Member_>;
  FieldOptions options;
  LateOptions late_options{};
};

template <auto Member_> struct IgnoredMember {
  static constexpr auto kMember = Member_;
  static constexpr PartKind kPart = PartKind::ignored;
  using Class = ClassOf<Member_>;
  FieldOptions options{.name = kSpelledName<Member_>};
};

template <auto Getter, auto Setter, class LateOptions = std::tuple<>> struct ComputedDescription {
  static constexpr auto kGetter = Getter;
  static constexpr auto kSetter = Setter;
  static constexpr PartKind kPart = PartKind::computed;
  using Class = GetterClass<decltype(Getter)>;
  FieldOptions options;
  LateOptions late_options{};
};

template <class Parent_> struct ParentDescription {
  static constexpr PartKind kPart = PartKind::parent;
  using Parent = Parent_;
};

template <class... Subclasses> struct SubclassesDescription {
  static constexpr PartKind kPart = PartKind::relation;
  template <class T> void add_to(Describer& describer, const T&) const {
    static_assert((std::is_base_of_v<T, Subclasses> && ...),
                  "Freshet: subclasses<> lists a struct that is not derived "
                  "from this one");
    describer.subclasses<Subclasses...>();
  }
};

template <bool IsUnique, auto... Members> struct IndexDescription {
  static constexpr PartKind kPart = PartKind::relation;
  template <class T> void add_to(Describer& describer, const T& object) const {
    std::vector<std::string> names{describer.name_of(std::addressof(object.*Members))...};
    IsUnique ? describer.unique(std::move(names)) : describer.index(std::move(names));
  }
};

template <auto Attribute> struct UnwrapDescription {
  static constexpr PartKind kPart = PartKind::relation;
  template <class T> void add_to(Describer& describer, const T& object) const {
    if constexpr (std::is_member_object_pointer_v<decltype(Attribute)>) {
      describer.unwrap(describer.name_of(std::addressof(object.*Attribute)));
    } else {
      describer.unwrap(std::string(kSpelledName<Attribute>));
    }
  }
};

template <class T>
concept model_part = requires {
  { T::kPart } -> std::convertible_to<PartKind>;
};

template <class Part> inline constexpr bool kIsMember = Part::kPart == PartKind::member;
template <class Part> inline constexpr bool kIsIgnored = Part::kPart == PartKind::ignored;
template <class Part>
inline constexpr bool kHasName = kIsMember<Part> || kIsIgnored<Part> || Part::kPart == PartKind::computed;

template <class Part, class T> constexpr bool belongs_to() {
  if constexpr (kHasName<Part>) {
    return std::is_base_of_v<typename Part::Class, T>;
  } else if constexpr (Part::kPart == PartKind::parent) {
    return std::is_base_of_v<typename Part::Parent, T> && !std::is_same_v<typename Part::Parent, T>;
  } else {
    return true;
  }
}

template <class Part> constexpr FieldOptions field_options_of(const Part& part) {
  if constexpr (kHasName<Part>) {
    return part.options;
  } else {
    return {};
  }
}

template <class... Parts> constexpr ModelOptions fold_model_options(const Parts&... parts) {
  ModelOptions folded;
  [[maybe_unused]] const auto apply = [&]<class Part>(const Part& part) {
    if constexpr (Part::kPart == PartKind::option) part.apply(folded);
  };
  (apply(parts), ...);
  return folded;
}

}  // namespace freshet::detail
