// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "freshet/model/describer.hpp"
#include "freshet/model/detail/comparable.hpp"
#include "freshet/model/detail/computed.hpp"
#include "freshet/model/detail/record_shape.hpp"

// What describe.hpp's options are: small constants that say what they change.
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

}  // namespace freshet::detail
