// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>

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

/// What a field is called, in stores and in documents, where that is not the name of its member.
constexpr detail::NameOption renamed(std::string_view name) { return {name}; }

/// A field that may be absent from an input; the default member initialiser then stays. Members that are std::optional
/// are optional by themselves.
inline constexpr detail::OptionalOption optional;

/// A field that must be in an input, also where it is a std::optional; null is a value then.
inline constexpr detail::RequiredOption required;

/// A null in an input counts as absent, and an empty std::optional is left out of documents.
inline constexpr detail::NullAsMissingOption null_as_missing;

/// What a field is called in JSON documents, where that is not its name.
constexpr detail::DataKeyOption data_key(std::string_view key) { return {key}; }

/// Written into documents, not read from them. Of a whole model: every field of its own.
inline constexpr detail::AccessOption<false, true> export_only;
/// Read from documents, not written into them: a password.
inline constexpr detail::AccessOption<true, false> import_only;
/// Neither: stored and compared, but in no document for clients.
inline constexpr detail::AccessOption<false, false> internal;

/// What a field becomes where an input leaves it out, if not its default member initialiser; makes it optional.
template <class Value> constexpr detail::ImportDefaultOption<Value> import_default(Value value) { return {value}; }

/// What is exported where a std::optional is empty.
template <class Value> constexpr detail::ExportDefaultOption<Value> export_default(Value value) { return {value}; }

/// Its first value, by a function without arguments: in make<T>(), and where an input leaves it out:
/// `key<&Ticket::id>(initialised_by<&random_id>())`.
template <auto Make> constexpr detail::InitialisedByOption<Make> initialised_by() { return {}; }

/// A check of one's own: `field<&User::mail>(checked_by<&is_mail>())`, a function `Result<void>(const std::string&)`.
template <auto Check> constexpr detail::CheckedByOption<Check> checked_by() { return {}; }

/// A member as part of the model: `field<&Reading::celsius>(range(-50, 150), doc("..."))`.
template <auto Member, class... Options> constexpr auto field(Options... options) {
  static_assert(detail::check_field_options<Member, Options...>());
  if constexpr (detail::check_field_options<Member, Options...>() && (detail::field_option<Options> && ...)) {
    detail::FieldOptions folded{.name = detail::kSpelledName<Member>};
    (options.apply(folded), ...);
    auto late = detail::late_options(options...);
    return detail::FieldDescription<Member, decltype(late)>{folded, late};
  }
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

/// An attribute that is computed whenever it is exported, with a setter that an input calls after all members are set:
/// a member function, or a function of the struct and the value, which gives nothing or a Result<void>.
/// `computed<&Session::in_session, &Session::set_in_session>()`
template <auto Getter, auto Setter, class... Options> constexpr auto computed(Options... options) {
  static_assert(detail::getter<decltype(Getter)>,
                "Freshet: computed<> takes a const member function without arguments, or a function of the struct");
  if constexpr (detail::getter<decltype(Getter)>) {
    using Given = detail::GetterValue<decltype(Getter)>;
    constexpr bool kHasSetter = !std::is_null_pointer_v<decltype(Setter)>;
    static_assert(!kHasSetter || detail::setter<decltype(Setter), detail::GetterClass<decltype(Getter)>, Given>,
                  "Freshet: the setter of computed<> takes a value as its getter gives, and returns nothing or a "
                  "Result<void>");
    static_assert(detail::check_options_of<Given, Options...>());
    detail::FieldOptions folded{.name = detail::kSpelledName<Getter>};
    (options.apply(folded), ...);
    auto late = detail::late_options(options...);
    return detail::ComputedDescription<Getter, Setter, decltype(late)>{folded, late};
  }
}

/// The same without a setter, `computed<&User::display_name>(doc("..."))`: it can only be read. It is called what the
/// function is called, and not stored.
template <auto Getter, class... Options> constexpr auto computed(Options... options) {
  return freshet::computed<Getter, nullptr>(options...);
}

/// A member, a freshet::Value or Value::Object, that keeps what an input has beyond the model; it is stored, and
/// written again.
template <auto Member> constexpr auto keep_unknown() {
  auto description = freshet::field<Member>(optional);
  description.options.keeps_unknown = true;
  return description;
}

/// Members of an input that the model does not name are passed over; by default they are refused.
inline constexpr detail::DropUnknownOption drop_unknown;

/// Members of documents are called in camelCase: `first_name` is `firstName`. Names must convert back.
inline constexpr detail::CamelCaseOption camel_case;

/// Documents carry `doc_id`, the id, and `doc_ref`, the path; an input may carry them too, and they are passed over.
inline constexpr detail::DocumentFieldsOption document_fields;

/// What documents of this class carry as obj_type, if not the struct's name.
constexpr detail::ObjTypeOption obj_type(std::string_view name) { return {name}; }

/// The member of documents that carries the obj_type; empty: none. Models with subclasses, and those, have "obj_type".
constexpr detail::ObjTypeKeyOption obj_type_key(std::string_view key) { return {key}; }

/// The classes that are derived from this struct and extend its description; they may be declared only so far.
template <class... Subclasses> constexpr detail::SubclassesDescription<Subclasses...> subclasses() { return {}; }

/// Takes over the description of a base, before fields of one's own. A base that lists this struct among its
/// subclasses() becomes its parent; any other only lends its fields.
template <class Parent> constexpr detail::ParentDescription<Parent> extends() { return {}; }

/// Stores find rows quickly by these members, in this order.
template <auto... Members> constexpr detail::IndexDescription<false, Members...> index() { return {}; }

/// The same, and no two rows are equal in them.
template <auto... Members> constexpr detail::IndexDescription<true, Members...> unique() { return {}; }

/// In documents the object is the bare value of one attribute; other members keep their defaults when read.
template <auto Attribute> constexpr detail::UnwrapDescription<Attribute> unwrap() { return {}; }

/// A struct's description: the name of the model, then, in any order, its key and fields and what else is to be said:
/// `model("readings", doc("..."), camel_case, key<...>(), field<...>(), index<...>())`.
template <detail::model_part... Parts> constexpr auto model(std::string_view name, Parts... parts) {
  return detail::ModelDescription<Parts...>(name, parts...);
}

template <class... Parts> constexpr auto model(std::string_view, Parts...) {
  static_assert(detail::kNever<Parts...>,
                "Freshet: model() takes a name, perhaps doc(), and then key<&T::member>(), field<&T::member>() or "
                "ignored<&T::member>() for each member, computed<>(), and options of the model");
}

}  // namespace freshet
