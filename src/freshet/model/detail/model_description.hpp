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
#include "freshet/model/detail/description_parts.hpp"
#include "freshet/model/detail/spelled_name.hpp"
#include "freshet/model/names.hpp"

namespace freshet::detail {

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
