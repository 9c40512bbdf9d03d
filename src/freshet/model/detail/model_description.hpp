// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>

#include "freshet/model/compare.hpp"
#include "freshet/model/describer.hpp"
#include "freshet/model/detail/aggregate.hpp"
#include "freshet/model/detail/spelled_name.hpp"

namespace freshet::detail {

struct FieldOptions {
  std::string_view name{};
  std::string_view doc{};
  bool is_key = false;
  bool is_optional = false;
  Checks checks{};
};

struct RangeOption {
  long double minimum;
  long double maximum;
  constexpr void apply(FieldOptions& options) const {
    options.checks.minimum = minimum;
    options.checks.maximum = maximum;
  }
};

struct LengthOption {
  std::size_t minimum;
  std::size_t maximum;
  constexpr void apply(FieldOptions& options) const {
    options.checks.length_min = minimum;
    options.checks.length_max = maximum;
  }
};

struct DocOption {
  std::string_view text;
  constexpr void apply(FieldOptions& options) const { options.doc = text; }
};

struct NameOption {
  std::string_view name;
  constexpr void apply(FieldOptions& options) const { options.name = name; }
};

struct OptionalOption {
  constexpr void apply(FieldOptions& options) const { options.is_optional = true; }
};

template <class Option>
concept field_option = requires(const Option& option, FieldOptions& options) {
  option.apply(options);
};

template <class Pointer> struct MemberPointer;
template <class Class_, class Member> struct MemberPointer<Member Class_::*> {
  using Class = Class_;
  using Type = Member;
};
template <auto Member> using ClassOf = typename MemberPointer<decltype(Member)>::Class;
template <auto Member> using MemberOf = typename MemberPointer<decltype(Member)>::Type;

template <class T> struct WithoutOptional { using type = T; };
template <optional_like T> struct WithoutOptional<T> { using type = typename T::value_type; };

template <auto Member, class... Options> constexpr bool check_field_options() {
  static_assert(std::is_member_object_pointer_v<decltype(Member)>,
                "Freshet: key<> and field<> take a pointer to a data member: field<&Reading::sensor>()");
  static_assert((field_option<Options> && ...),
                "Freshet: the options of a field are range(), at_least(), at_most(), length(), doc(), renamed() and "
                "optional");
  if constexpr (std::is_member_object_pointer_v<decltype(Member)>) {
    using Checked = typename WithoutOptional<MemberOf<Member>>::type;
    static_assert(
        !(std::is_same_v<Options, RangeOption> || ...) || plain_integer<Checked> || std::is_floating_point_v<Checked>,
        "Freshet: range(), at_least() and at_most() check numbers; this member is none");
    static_assert(
        !(std::is_same_v<Options, LengthOption> || ...) || std::is_same_v<Checked, std::string> || range_like<Checked>,
        "Freshet: length() checks strings, lists and maps; this member is none");
  }
  return true;
}

template <auto Member_> struct FieldDescription {
  static constexpr auto kMember = Member_;
  static constexpr bool kIsIgnored = false;
  FieldOptions options;
};

template <auto Member_> struct IgnoredMember {
  static constexpr auto kMember = Member_;
  static constexpr bool kIsIgnored = true;
  FieldOptions options{.name = kSpelledName<Member_>};
};

template <class T>
concept model_part = requires {
  T::kMember;
  T::kIsIgnored;
};

/// How many initialisers of Class the parts of a description account for.
template <class Class, class... Parts> constexpr std::size_t described_initialisers() {
  [[maybe_unused]] const auto count = []<class Part>(std::type_identity<Part>) -> std::size_t {
    if constexpr (std::is_same_v<ClassOf<Part::kMember>, Class>) {
      return member_initialisers<MemberOf<Part::kMember>>();
    } else {
      return 0;
    }
  };
  return (std::size_t{0} + ... + count(std::type_identity<Parts>()));
}

/// Whether no member of Class itself is missing; true as well where the compiler cannot know.
template <class Class, class... Parts> constexpr bool lists_all_members() {
  if constexpr (!std::is_aggregate_v<Class> || std::is_empty_v<Class>) {
    return true;
  } else {
    return !kInitialisableWith<Class, base_count<Class>() + described_initialisers<Class, Parts...>() + 1>;
  }
}

template <std::size_t N> constexpr bool has_distinct_names(const std::array<FieldOptions, N>& options) {
  for (std::size_t i = 0; i < N; ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (options[i].name == options[j].name) return false;
    }
  }
  return true;
}

template <class T>
concept constant_description = requires {
  typename std::bool_constant<(describe(of<T>{}), true)>;
};

/// What describe(of<T>) returns. The members are in its type, so that comparisons inline to those of the members.
template <model_part... Parts> struct ModelDescription {
  std::string_view name;
  std::string_view doc;
  std::array<FieldOptions, sizeof...(Parts)> options;

  constexpr ModelDescription(std::string_view model_name, std::string_view model_doc, const Parts&... parts)
      : name(model_name), doc(model_doc), options{parts.options...} {}

  template <class T> static constexpr bool check() {
    static_assert((std::is_base_of_v<ClassOf<Parts::kMember>, T> && ...),
                  "Freshet: describe(of<T>) lists a member of another struct");
    static_assert(constant_description<T>, "Freshet: describe(of<T>) must be a constexpr function");
    if constexpr (constant_description<T>) {
      static_assert(has_distinct_names(describe(of<T>{}).options),
                    "Freshet: describe(of<T>) lists a member or a name twice");
    }
    static_assert(lists_all_members<T, Parts...>() && (lists_all_members<ClassOf<Parts::kMember>, Parts...>() && ...),
                  "Freshet: describe(of<T>) forgets a member of the struct; list every member with key<>, field<> or "
                  "ignored<>");
    return true;
  }

  template <class T> static constexpr bool equal(const T& left, const T& right) {
    static_assert(check<T>());
    return (equal_in<Parts>(left, right) && ...);
  }

  template <class T> static constexpr std::weak_ordering compare(const T& left, const T& right) {
    static_assert(check<T>());
    std::weak_ordering order = std::weak_ordering::equivalent;
    (void)(((order = compare_in<Parts>(left, right)) == 0) && ...);
    return order;
  }

  template <class T> static constexpr std::size_t hash(const T& object) {
    static_assert(check<T>());
    std::size_t seed = sizeof...(Parts);
    ((seed = hash_in<Parts>(seed, object)), ...);
    return seed;
  }

  template <class T> static Schema make_schema() {
    static_assert(check<T>());
    RecordShape shape{.is_empty = std::is_empty_v<T>, .is_polymorphic = std::is_polymorphic_v<T>};
    if constexpr (std::is_aggregate_v<T>) {
      shape.layout = base_count<T>() == 0 ? LayoutRule::counted : LayoutRule::with_bases;
    }
    return Describer::describe_type(type_of<T>(), shape, [](Describer& describer, [[maybe_unused]] void* object) {
      static constexpr auto kDescription = describe(of<T>{});
      describer.name(std::string(kDescription.name));
      describer.doc(std::string(kDescription.doc));
      [[maybe_unused]] std::size_t index = 0;
      (add_part<Parts>(describer, kDescription.options[index++], *static_cast<const T*>(object)), ...);
    });
  }

 private:
  template <class Part, class T> static constexpr bool equal_in(const T& left, const T& right) {
    if constexpr (Part::kIsIgnored)
      return true;
    else
      return freshet::equal(left.*(Part::kMember), right.*(Part::kMember));
  }

  template <class Part, class T> static constexpr std::weak_ordering compare_in(const T& left, const T& right) {
    if constexpr (Part::kIsIgnored)
      return std::weak_ordering::equivalent;
    else
      return freshet::compare(left.*(Part::kMember), right.*(Part::kMember));
  }

  template <class Part, class T> static constexpr std::size_t hash_in(std::size_t seed, const T& object) {
    if constexpr (Part::kIsIgnored)
      return seed;
    else
      return combine(seed, freshet::hash_of(object.*(Part::kMember)));
  }

  template <class Part, class T>
  static void add_part(Describer& describer, const FieldOptions& options, const T& object) {
    if constexpr (Part::kIsIgnored) {
      describer.ignore(object.*(Part::kMember));
    } else {
      Field field;
      field.name = options.name;
      field.doc = options.doc;
      field.is_key = options.is_key;
      field.is_required = !options.is_optional;
      field.checks = options.checks;
      describer.add(std::move(field), type_of<MemberOf<Part::kMember>>(), std::addressof(object.*(Part::kMember)));
    }
  }
};

}  // namespace freshet::detail
