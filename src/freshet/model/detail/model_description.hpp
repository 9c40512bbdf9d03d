// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "freshet/model/compare.hpp"
#include "freshet/model/describer.hpp"
#include "freshet/model/detail/aggregate.hpp"
#include "freshet/model/detail/computed.hpp"
#include "freshet/model/detail/spelled_name.hpp"
#include "freshet/model/names.hpp"

namespace freshet::detail {

struct FieldOptions {
  std::string_view name{};
  std::string_view data_key{};
  std::string_view doc{};
  bool is_key = false;
  bool is_optional = false;
  bool is_required = false;
  bool is_imported = true;
  bool is_exported = true;
  bool null_is_missing = false;
  bool keeps_unknown = false;
  Checks checks{};
  void (*initialise)(void* member) = nullptr;
};

struct ModelOptions {
  std::string_view doc{};
  std::string_view obj_type{};
  std::string_view obj_type_key = kObjTypeKey;
  bool has_obj_type_key = false;
  bool is_camel_case = false;
  bool is_imported = true;
  bool is_exported = true;
  bool drops_unknown = false;
  bool has_document_fields = false;
};

/// What an argument of model() is.
enum class PartKind : std::uint8_t {
  member,
  ignored,
  computed,
  parent,
  option,    ///< Says something about the whole model.
  relation,  ///< Says something about fields: added after them.
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
  static constexpr PartKind kPart = PartKind::option;
  std::string_view text;
  constexpr void apply(FieldOptions& options) const { options.doc = text; }
  constexpr void apply(ModelOptions& options) const { options.doc = text; }
};

struct NameOption {
  std::string_view name;
  constexpr void apply(FieldOptions& options) const { options.name = options.data_key = name; }
};

struct DataKeyOption {
  std::string_view key;
  constexpr void apply(FieldOptions& options) const { options.data_key = key; }
};

struct OptionalOption {
  constexpr void apply(FieldOptions& options) const { options.is_optional = true; }
};

struct RequiredOption {
  constexpr void apply(FieldOptions& options) const { options.is_required = true; }
};

struct NullAsMissingOption {
  constexpr void apply(FieldOptions& options) const { options.null_is_missing = true; }
};

template <bool Imported, bool Exported> struct AccessOption {
  static constexpr PartKind kPart = PartKind::option;
  constexpr void apply(FieldOptions& options) const {
    options.is_imported = Imported;
    options.is_exported = Exported;
  }
  constexpr void apply(ModelOptions& options) const {
    options.is_imported = Imported;
    options.is_exported = Exported;
  }
};

template <auto Make> struct InitialisedByOption {
  static_assert(std::invocable<decltype(Make)>, "Freshet: initialised_by<> takes a function without arguments");
  using Made = std::remove_cvref_t<std::invoke_result_t<decltype(Make)>>;
  constexpr void apply(FieldOptions& options) const {
    options.initialise = &initialise_by<Make, Made>;
    options.is_optional = true;
  }
};

template <auto Check> struct CheckedByOption {
  using Checked = ArgumentOf<decltype(Check)>;
  constexpr void apply(FieldOptions& options) const { options.checks.own = &check_by<Check, Checked>; }
};

/// Carries a value, which a FieldOptions cannot: kept beside them until the schema is built.
template <class Written> struct ImportDefaultOption {
  Written value;
  constexpr void apply(FieldOptions& options) const { options.is_optional = true; }
  void apply(Describer::FieldEditor& editor) const { editor.import_default(value); }
};

template <class Written> struct ExportDefaultOption {
  Written value;
  constexpr void apply(FieldOptions&) const {}
  void apply(Describer::FieldEditor& editor) const { editor.export_default(value); }
};

struct CamelCaseOption {
  static constexpr PartKind kPart = PartKind::option;
  constexpr void apply(ModelOptions& options) const { options.is_camel_case = true; }
};

struct DropUnknownOption {
  static constexpr PartKind kPart = PartKind::option;
  constexpr void apply(ModelOptions& options) const { options.drops_unknown = true; }
};

struct DocumentFieldsOption {
  static constexpr PartKind kPart = PartKind::option;
  constexpr void apply(ModelOptions& options) const { options.has_document_fields = true; }
};

struct ObjTypeOption {
  static constexpr PartKind kPart = PartKind::option;
  std::string_view name;
  constexpr void apply(ModelOptions& options) const { options.obj_type = name; }
};

struct ObjTypeKeyOption {
  static constexpr PartKind kPart = PartKind::option;
  std::string_view key;
  constexpr void apply(ModelOptions& options) const {
    options.obj_type_key = key;
    options.has_obj_type_key = true;
  }
};

template <class Option>
concept field_option = requires(const Option& option, FieldOptions& options) {
  option.apply(options);
};

template <class Option>
concept late_option = requires(const Option& option, Describer::FieldEditor& editor) {
  option.apply(editor);
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

/// How many initialisers of Class the parts of a description account for.
template <class Class, class... Parts> constexpr std::size_t described_initialisers() {
  [[maybe_unused]] const auto count = []<class Part>(std::type_identity<Part>) -> std::size_t {
    if constexpr (kIsMember<Part> || kIsIgnored<Part>) {
      return std::is_same_v<typename Part::Class, Class> ? member_initialisers<MemberOf<Part::kMember>>() : 0;
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

/// The same for the class that a part is a member of.
template <class T, class Part, class... Parts> constexpr bool lists_all_beside() {
  if constexpr (kIsMember<Part> || kIsIgnored<Part>) {
    return lists_all_members<typename Part::Class, Parts...>();
  } else {
    return true;
  }
}

template <std::size_t N> constexpr bool has_distinct_names(const std::array<FieldOptions, N>& options) {
  for (std::size_t i = 0; i < N; ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (!options[i].name.empty() && options[i].name == options[j].name) return false;
    }
  }
  return true;
}

template <std::size_t N>
constexpr bool names_convert(const ModelOptions& model, const std::array<FieldOptions, N>& options) {
  for (const FieldOptions& field : options) {
    const bool is_converted = model.is_camel_case && !field.name.empty() && field.data_key.empty();
    if (is_converted && !converts_to_camel_case(field.name)) return false;
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
  ModelOptions model_options;
  std::array<FieldOptions, sizeof...(Parts)> options;
  std::tuple<Parts...> parts;

  constexpr ModelDescription(std::string_view model_name, const Parts&... model_parts)
      : name(model_name),
        model_options(fold_model_options(model_parts...)),
        options{field_options_of(model_parts)...},
        parts(model_parts...) {}

  template <class T> static constexpr bool check() {
    static_assert((belongs_to<Parts, T>() && ...),
                  "Freshet: describe(of<T>) lists a member of another struct, or extends what is no base of it");
    static_assert(constant_description<T>, "Freshet: describe(of<T>) must be a constexpr function");
    if constexpr (constant_description<T>) {
      constexpr auto kDescription = describe(of<T>{});
      static_assert(has_distinct_names(kDescription.options),
                    "Freshet: describe(of<T>) lists a member or a name twice");
      static_assert(names_convert(kDescription.model_options, kDescription.options),
                    "Freshet: camel_case: the name of a field would not convert back; give it a data_key()");
    }
    static_assert(lists_all_members<T, Parts...>() && (lists_all_beside<T, Parts, Parts...>() && ...),
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
    RecordShape shape = shape_of<T>();
    if constexpr (std::is_aggregate_v<T>) {
      shape.layout = base_count<T>() == 0 ? LayoutRule::counted : LayoutRule::with_bases;
    }
    return Describer::describe_type(type_of<T>(), shape, [](Describer& describer, [[maybe_unused]] void* object) {
      static constexpr auto kDescription = describe(of<T>{});
      describer.name(std::string(kDescription.name));
      apply(kDescription.model_options, describer);
      std::apply(
          [&](const Parts&... part) {
            (add_part(describer, part, *static_cast<const T*>(object)), ...);
            (add_relation(describer, part, *static_cast<const T*>(object)), ...);
          },
          kDescription.parts);
    });
  }

 private:
  template <class Part, class T> static constexpr bool equal_in(const T& left, const T& right) {
    if constexpr (kIsMember<Part>) {
      return freshet::equal(left.*(Part::kMember), right.*(Part::kMember));
    } else if constexpr (Part::kPart == PartKind::parent) {
      return freshet::equal<typename Part::Parent>(left, right);
    } else {
      return true;
    }
  }

  template <class Part, class T> static constexpr std::weak_ordering compare_in(const T& left, const T& right) {
    if constexpr (kIsMember<Part>) {
      return freshet::compare(left.*(Part::kMember), right.*(Part::kMember));
    } else if constexpr (Part::kPart == PartKind::parent) {
      return freshet::compare<typename Part::Parent>(left, right);
    } else {
      return std::weak_ordering::equivalent;
    }
  }

  template <class Part, class T> static constexpr std::size_t hash_in(std::size_t seed, const T& object) {
    if constexpr (kIsMember<Part>) {
      return combine(seed, freshet::hash_of(object.*(Part::kMember)));
    } else if constexpr (Part::kPart == PartKind::parent) {
      return combine(seed, freshet::hash_of<typename Part::Parent>(object));
    } else {
      return seed;
    }
  }

  static void apply(const ModelOptions& options, Describer& describer) {
    describer.doc(std::string(options.doc));
    if (options.is_camel_case) describer.camel_case();
    if (!options.is_imported) describer.export_only();
    if (!options.is_exported) describer.import_only();
    if (options.drops_unknown) describer.drop_unknown();
    if (options.has_document_fields) describer.document_fields();
    if (!options.obj_type.empty()) describer.obj_type(std::string(options.obj_type));
    if (options.has_obj_type_key) describer.obj_type_key(std::string(options.obj_type_key));
  }

  static Field make_field(const FieldOptions& options) {
    Field field;
    field.name = options.name;
    field.data_key = options.data_key;
    field.doc = options.doc;
    field.is_key = options.is_key;
    field.is_required = !options.is_optional;
    field.is_imported = options.is_imported;
    field.is_exported = options.is_exported;
    field.null_is_missing = options.null_is_missing;
    field.initialise = options.initialise;
    field.checks = options.checks;
    return field;
  }

  template <class Part> static void finish_field(Describer::FieldEditor editor, const Part& part) {
    if (part.options.is_required) editor.required();
    std::apply([&](const auto&... option) { (option.apply(editor), ...); }, part.late_options);
  }

  template <class Part, class T> static void add_part(Describer& describer, const Part& part, const T& object) {
    if constexpr (kIsIgnored<Part>) {
      describer.ignore(object.*(Part::kMember));
    } else if constexpr (kIsMember<Part>) {
      using Member = MemberOf<Part::kMember>;
      finish_field(describer.add(make_field(part.options), type_of<Member>(), std::addressof(object.*(Part::kMember))),
                   part);
      if (part.options.keeps_unknown) describer.keep_unknown();
    } else if constexpr (Part::kPart == PartKind::computed) {
      Field field = make_field(part.options);
      field.get = &get_by_constant<Part::kGetter>;
      if constexpr (!std::is_null_pointer_v<decltype(Part::kSetter)>) {
        field.set = &set_by_constant<Part::kGetter, Part::kSetter>;
      }
      finish_field(describer.add_computed(std::move(field), type_of<GetterValue<decltype(Part::kGetter)>>()), part);
    } else if constexpr (Part::kPart == PartKind::parent) {
      describer.extends<typename Part::Parent>(object);
    }
  }

  template <class Part, class T> static void add_relation(Describer& describer, const Part& part, const T& object) {
    if constexpr (Part::kPart == PartKind::relation) part.add_to(describer, object);
  }
};

}  // namespace freshet::detail
