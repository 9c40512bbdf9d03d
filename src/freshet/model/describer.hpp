// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "freshet/base/result.hpp"
#include "freshet/model/any_object.hpp"
#include "freshet/model/detail/aggregate.hpp"
#include "freshet/model/of.hpp"
#include "freshet/model/schema.hpp"
#include "freshet/model/type_of.hpp"

namespace freshet {

namespace detail {

/// What the layout of a struct can tell about members that a description leaves out.
enum class LayoutRule : std::uint8_t {
  counted,     ///< The compiler has counted the members already; nothing to check.
  with_bases,  ///< Members may follow a base's padding: smaller gaps mean nothing.
  exact,       ///< Between members lies what alignment asks for and no more.
};

struct RecordShape {
  LayoutRule layout = LayoutRule::exact;
  bool is_empty = false;
  bool is_polymorphic = false;
  /// How many initialisers an aggregate takes for its members at least; 0 if unknown.
  std::size_t initialiser_count = 0;
};

}  // namespace detail

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
    /// Characters of a string, elements of a list or map.
    FieldEditor& length(std::size_t minimum, std::size_t maximum);
    /// May be absent from an input; the default member initialiser then stays.
    FieldEditor& optional();
    FieldEditor& doc(std::string text);

   private:
    friend class Describer;
    FieldEditor(Schema& schema, std::size_t index) : schema_(schema), index_(index) {}
    Field& field() const { return schema_.fields[index_]; }

    Schema& schema_;
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
    return add(std::move(field_name), type_of<Member>(), std::addressof(member));
  }

  /// A member that is no part of the model: never sent, received or compared.
  template <class Member> void ignore(const Member& member) {
    add_part(std::addressof(member), sizeof(Member), alignof(Member), detail::member_initialisers<Member>());
  }

  /// Describes a default object of `type` by `describe(describer, object)`; what schema_of() is made of.
  template <class Fn> static Schema describe_type(const Type& type, const detail::RecordShape& shape, Fn&& describe) {
    Describer describer(type);
    describe(describer, describer.object_->get());
    describer.finish(shape);
    return std::move(describer.schema_);
  }

  /// Adds a field whose options are known already.
  void add(Field options, const Type& type, const void* member);

 private:
  struct Part {
    std::size_t offset;
    std::size_t size;
    std::size_t alignment;
  };

  explicit Describer(const Type& type);
  FieldEditor add(std::string field_name, const Type& type, const void* member);
  std::size_t add_part(const void* member, std::size_t size, std::size_t alignment, std::size_t initialisers);
  void finish(const detail::RecordShape& shape);
  void check_fields() const;
  void check_layout(const detail::RecordShape& shape);
  [[noreturn]] void refuse(const std::string& what, std::string hint = {}) const;

  const Type& type_;
  std::shared_ptr<AnyObject> object_;  // shared with the Schema and its copies, as the defaults
  Schema schema_;
  std::vector<Part> parts_;
  std::size_t initialiser_count_ = 0;
};

namespace detail {

template <class T>
concept describes_members = requires {
  &DescriptionOf<T>::template make_schema<T>;
};

template <class T> constexpr RecordShape shape_of_record() {
  RecordShape shape{.is_empty = std::is_empty_v<T>, .is_polymorphic = std::is_polymorphic_v<T>};
  if constexpr (std::is_aggregate_v<T> && !std::is_empty_v<T>) {
    // Members of a base between Record and T are described as well, so that there may be more fields than this.
    shape.initialiser_count = initialiser_count<T>() - base_count<T>();
  }
  return shape;
}

/// Follows the records that a schema's fields are made of and builds their schemas too. Throws Failure.
void build_nested_schemas(const Schema& schema);

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

/// Builds the schema of T and of all structs within it, and tells what is wrong with their descriptions.
///
/// For tests: the compiler checks the descriptions of describe.hpp, but those of record.hpp only when first used.
/// A forgotten member is found by counting the members of an aggregate, and else by the room it takes: one that fits
/// into the padding behind another escapes. Example: src/freshet/model/record.test.cpp [check]
template <class T> Result<void> check_description() {
  try {
    detail::build_nested_schemas(schema_of<T>());
    return {};
  } catch (const Failure& failure) {
    return fail(failure.error());
  }
}

}  // namespace freshet
