// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "freshet/base/result.hpp"
#include "freshet/model/any_object.hpp"
#include "freshet/model/detail/aggregate.hpp"
#include "freshet/model/detail/computed.hpp"
#include "freshet/model/detail/record_shape.hpp"
#include "freshet/model/detail/spelled_name.hpp"
#include "freshet/model/of.hpp"
#include "freshet/model/schema.hpp"
#include "freshet/model/type_of.hpp"

namespace freshet {

/// Writes down the members of one struct; handed to its `describe` member function (record.hpp).
///
/// Lifetime: only during that call.
class Describer {
 public:
  /// Adds to the field that was described last: `d.field("celsius", celsius).range(-50, 150).doc("...");`.
  class FieldEditor {
   public:
    /// Numbers, both bounds allowed themselves.
    FieldEditor& range(long double minimum, long double maximum);
    FieldEditor& at_least(long double minimum);
    FieldEditor& at_most(long double maximum);
    /// Characters of a string, elements of a list, set or map.
    FieldEditor& length(std::size_t minimum, std::size_t maximum);
    /// May be absent from an input; the default member initialiser then stays.
    FieldEditor& optional();
    /// Must be in an input, also where it is a std::optional; null is a value then.
    FieldEditor& required();
    FieldEditor& doc(std::string text);

    /// What it is called in JSON documents, where that is not its name.
    FieldEditor& data_key(std::string key);
    /// Written into documents, not read from them.
    FieldEditor& export_only();
    /// Read from documents, not written into them: a password.
    FieldEditor& import_only();
    /// Neither: stored and compared, but in no document for clients.
    FieldEditor& internal();
    /// A null in an input counts as absent, and an empty std::optional is left out of documents.
    FieldEditor& null_as_missing();

    /// What it becomes where an input leaves it out; makes it optional.
    template <class Value> FieldEditor& import_default(const Value& value) {
      const detail::DefaultValue<Value> held(value);
      return import_default_as(held.type(), held.get());
    }
    /// What is exported where the std::optional is empty.
    template <class Value> FieldEditor& export_default(const Value& value) {
      const detail::DefaultValue<Value> held(value);
      return export_default_as(held.type(), held.get());
    }
    /// Its first value, by a function without arguments: in make<T>(), and where an input leaves it out.
    /// `d.key("id", id).initialised_by<&random_id>()`.
    template <auto Make> FieldEditor& initialised_by() {
      using Member = std::remove_cvref_t<decltype(Make())>;
      return initialise_as(type_of<Member>(), &detail::initialise_by<Make, Member>);
    }
    /// A check of one's own, a function `Result<void>(const Member&)`: `d.field("mail", mail).checked_by<&is_mail>()`.
    template <auto Check> FieldEditor& checked_by() {
      using Member = detail::ArgumentOf<decltype(Check)>;
      return check_as(type_of<Member>(), &detail::check_by<Check, Member>);
    }

   private:
    friend class Describer;
    FieldEditor(Describer& describer, std::size_t index) : describer_(describer), index_(index) {}
    Field& field() const { return describer_.schema_.fields[index_]; }
    FieldEditor& import_default_as(const Type& type, const void* value);
    FieldEditor& export_default_as(const Type& type, const void* value);
    FieldEditor& initialise_as(const Type& type, void (*initialise)(void*));
    FieldEditor& check_as(const Type& type, Result<void> (*check)(const void*));

    Describer& describer_;
    std::size_t index_;
  };

  Describer(const Describer&) = delete;
  Describer& operator=(const Describer&) = delete;

  /// The name of the model, once.
  void name(std::string text) { schema_.name = std::move(text); }
  /// What a row is, for documentation.
  void doc(std::string text) { schema_.doc = std::move(text); }

  /// A member that belongs to what identifies a row.
  template <class Member> FieldEditor key(std::string field_name, const Member& member) {
    FieldEditor editor = field(std::move(field_name), member);
    editor.field().is_key = true;
    return editor;
  }

  template <class Member> FieldEditor field(std::string field_name, const Member& member) {
    Field options;
    options.name = std::move(field_name);
    return add(std::move(options), type_of<Member>(), std::addressof(member));
  }

  /// A member that is no part of the model: never sent, received or compared.
  template <class Member> void ignore(const Member& member) {
    add_part(std::addressof(member), sizeof(Member), alignof(Member), detail::member_initialisers<Member>());
  }

  /// An attribute that is computed from others whenever it is exported: by a lambda without captures that takes the
  /// struct, `d.computed("display_name", [](const User& u) { return u.first_name + " " + u.last_name; })`.
  template <detail::stateless Getter> FieldEditor computed(std::string field_name, Getter) {
    static_assert(detail::getter<Getter>,
                  "Freshet: a getter takes the struct by const reference and gives a value: "
                  "[](const User& user) { return user.first; }");
    return add_computed<detail::GetterClass<Getter>, detail::GetterValue<Getter>>(
        std::move(field_name), &detail::get_by_lambda<Getter>, nullptr);
  }
  /// The same with a setter, which an input calls after all members are set; it takes the struct and the value, and
  /// gives nothing or a Result<void>.
  template <detail::stateless Getter, detail::stateless Setter>
  FieldEditor computed(std::string field_name, Getter, Setter) {
    using Class = detail::GetterClass<Getter>;
    using Given = detail::GetterValue<Getter>;
    static_assert(detail::setter<Setter, Class, Given>,
                  "Freshet: a setter takes the struct and a value as its getter gives, and returns nothing or a "
                  "Result<void>: [](User& user, const std::string& name) { ... }");
    return add_computed<Class, Given>(std::move(field_name), &detail::get_by_lambda<Getter>,
                                      &detail::set_by_lambda<Getter, Setter>);
  }
  template <class... Functions> void computed(std::string, Functions...) {
    static_assert(detail::kNever<Functions...>,
                  "Freshet: a getter or setter is a lambda without captures, which takes the struct: "
                  "[](const User& user) { return user.first; }");
  }
  /// The same by a const member function or a function of its own: `d.computed<&User::display_name>()`.
  template <auto Getter> FieldEditor computed(std::string field_name = std::string(detail::kSpelledName<Getter>)) {
    static_assert(detail::getter<decltype(Getter)>,
                  "Freshet: a getter is a const member function without arguments, "
                  "or a function of the struct");
    return add_computed<detail::GetterClass<decltype(Getter)>, detail::GetterValue<decltype(Getter)>>(
        std::move(field_name), &detail::get_by_constant<Getter>, nullptr);
  }
  /// `d.computed<&Session::in_session, &Session::set_in_session>()`.
  template <auto Getter, auto Setter>
  FieldEditor computed(std::string field_name = std::string(detail::kSpelledName<Getter>)) {
    using Class = detail::GetterClass<decltype(Getter)>;
    using Given = detail::GetterValue<decltype(Getter)>;
    static_assert(detail::setter<decltype(Setter), Class, Given>,
                  "Freshet: a setter takes a value as its getter gives, and returns nothing or a Result<void>");
    return add_computed<Class, Given>(std::move(field_name), &detail::get_by_constant<Getter>,
                                      &detail::set_by_constant<Getter, Setter>);
  }

  /// Members of documents are called in camelCase: `first_name` is `firstName`. Refuses names that do not convert back.
  void camel_case() { schema_.is_camel_case = true; }
  /// Every field is export_only() or import_only() that does not say otherwise.
  void export_only() { is_import_off_ = true; }
  void import_only() { is_export_off_ = true; }
  /// Members of an input that the model does not name are passed over.
  void drop_unknown() { schema_.unknown = UnknownFields::drop; }
  /// They are kept in `member`, a Value or Value::Object, stored with it, and written again.
  template <class Member> void keep_unknown(std::string field_name, const Member& member) {
    field(std::move(field_name), member);
    keep_unknown();
  }
  /// Documents carry `doc_id`, the id, and `doc_ref`, the path; an input may carry them too, and they are passed over.
  void document_fields() { has_document_fields_ = true; }

  /// What documents of this class carry as obj_type, if not the struct's name.
  void obj_type(std::string name) { schema_.obj_type = std::move(name); }
  /// The member of documents that carries it; empty: none.
  void obj_type_key(std::string key);
  /// The classes that are derived from this struct and extend its description; they may be declared only so far.
  template <class... Subclasses> void subclasses() {
    (schema_.subclasses.push_back(&detail::type_when_known<Subclasses>), ...);
  }
  /// Takes over the description of a base: `d.extends<City>(*this);`. Before fields of one's own. A base that lists
  /// this struct among its subclasses() becomes its parent; any other only lends its fields.
  template <class Parent, std::derived_from<Parent> Self> void extends(const Self& self) {
    extend(type_of<Parent>(), &detail::type_when_known<Parent>, schema_of<Parent>(),
           static_cast<const Parent*>(std::addressof(self)));
  }

  /// Stores find rows quickly by these fields, in this order.
  void index(std::vector<std::string> fields) { schema_.indexes.push_back({std::move(fields), false}); }
  /// The same, and no two rows are equal in them.
  void unique(std::vector<std::string> fields) { schema_.indexes.push_back({std::move(fields), true}); }
  /// The object is, in documents, the bare value of one of its fields; the other members keep their defaults when read.
  void unwrap(std::string field_name) { unwrapped_ = std::move(field_name); }

  /// Describes a default object of `type` by `describe(describer, object)`; what schema_of() is made of.
  template <class Fn> static Schema describe_type(const Type& type, const detail::RecordShape& shape, Fn&& describe) {
    Describer describer(type);
    describe(describer, describer.object_->get());
    describer.finish(shape);
    return std::move(describer.schema_);
  }

  // For describe.hpp, which knows the options of a field before it adds it.

  FieldEditor add(Field options, const Type& type, const void* member);
  FieldEditor add_computed(Field options, const Type& type);
  /// The field that was added last keeps unknown members.
  void keep_unknown();
  /// The name of the field that lies at `member`.
  std::string name_of(const void* member) const;

 private:
  struct Part {
    std::size_t offset;
    std::size_t size;
    std::size_t alignment;
  };

  explicit Describer(const Type& type);
  template <class Class, class Value>
  FieldEditor add_computed(std::string field_name, Result<void> (*get)(const void*, void*),
                           Result<void> (*set)(void*, const void*)) {
    Field options;
    options.name = std::move(field_name);
    options.get = get;
    options.set = set;
    return add_computed(std::move(options), type_of<Value>());
  }
  std::size_t add_part(const void* member, std::size_t size, std::size_t alignment, std::size_t initialisers);
  std::shared_ptr<const void> convert_default(const Field& field, const Type& type, const void* value) const;
  void extend(const Type& type, const Type& (*parent)(), const Schema& schema, const void* base);
  void finish(const detail::RecordShape& shape);
  void add_document_fields(const detail::RecordShape& shape);
  void settle_names();
  void settle_obj_type(std::string_view struct_name);
  void settle_access();
  void settle_unwrapped();
  void check_names() const;
  void check_field_options(const Field& field) const;
  void check_indexes() const;
  void check_layout(const detail::RecordShape& shape);
  [[noreturn]] void refuse(const std::string& what, std::string hint = {}) const;

  const Type& type_;
  std::shared_ptr<AnyObject> object_;  // shared with the Schema and its copies, as the defaults
  Schema schema_;
  std::vector<Part> parts_;
  std::size_t initialiser_count_ = 0;
  std::size_t inherited_count_ = 0;
  bool is_import_off_ = false;
  bool is_export_off_ = false;
  bool has_document_fields_ = false;
  bool has_obj_type_key_ = false;
  std::string unwrapped_;
};

namespace detail {

template <class T>
concept describes_members = requires {
  &DescriptionOf<T>::template make_schema<T>;
};

/// Follows the records that a schema's fields are made of and builds their schemas too. Throws Failure.
void build_nested_schemas(const Type& type);

}  // namespace detail

template <class T> const Schema& schema_of() {
  static_assert(!(described<T> && self_described<T>), "Freshet: describe a struct in one way, not in both");
  static_assert(described<T> || self_described<T>,
                "Freshet: describe this struct, by a constexpr describe(freshet::of<T>) beside it or, in a "
                "freshet::Record, by a public describe(freshet::Describer&)");
  static const Schema kSchema = [] {
    if constexpr (described<T>) {
      static_assert(detail::describes_members<T>,
                    "Freshet: describe a struct with model(), an enum with enumeration()");
      if constexpr (detail::describes_members<T>) return detail::DescriptionOf<T>::template make_schema<T>();
    } else if constexpr (self_described<T>) {
      return Describer::describe_type(
          type_of<T>(), detail::shape_of_record<T>(),
          [](Describer& describer, void* object) { static_cast<T*>(object)->describe(describer); });
    }
  }();
  return kSchema;
}

/// Builds the schema of T and of all structs within it, of its subclasses and of what it refers to, and tells what is
/// wrong with their descriptions.
///
/// For tests: the compiler checks the descriptions of describe.hpp, but those of record.hpp only when first used.
/// A forgotten member is found by counting the members of an aggregate, and else by the room it takes: one that fits
/// into the padding behind another escapes. Example: src/freshet/model/record.test.cpp [check]
template <class T> Result<void> check_description() {
  try {
    schema_of<T>();
    detail::build_nested_schemas(type_of<T>());
    return {};
  } catch (const Failure& failure) {
    return fail(failure.error());
  }
}

}  // namespace freshet
