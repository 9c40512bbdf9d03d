// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "freshet/base/result.hpp"
#include "freshet/model/type.hpp"

namespace freshet {

/// What the value of a field must keep to, beyond its type.
struct Checks {
  static constexpr long double kInfinity = std::numeric_limits<long double>::infinity();
  static constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

  /// Bounds of a number, both allowed themselves. A long double holds every 64-bit integer exactly.
  long double minimum = -kInfinity;
  long double maximum = kInfinity;
  /// Bounds of the number of characters (Unicode code points) of a string, of elements of a list, set or map.
  std::size_t length_min = 0;
  std::size_t length_max = kNoLimit;
  /// A check of the program's own on the whole value of the field; null if there is none.
  Result<void> (*own)(const void* value) = nullptr;

  constexpr bool has_range() const { return minimum > -kInfinity || maximum < kInfinity; }
  constexpr bool has_length() const { return length_min > 0 || length_max < kNoLimit; }
};

/// One attribute of a described struct: a member, or a computed one, which has a getter instead.
struct Field {
  /// Its name in the program: that of the member. Stores call their columns so.
  std::string name;
  /// Its name in JSON documents.
  std::string data_key;
  std::string doc;
  const Type* type = nullptr;
  /// Where the member lies in the object, in bytes; of a computed field, the object that its getter and setter take.
  std::size_t offset = 0;
  /// Belongs to what identifies a row.
  bool is_key = false;
  /// Must be there in an input; if not, its absence leaves the default (an empty std::optional, what `import_default`,
  /// `initialise` or the default member initialiser say).
  bool is_required = true;
  /// Read from documents that come from outside. A field that is neither imported nor exported is *internal*: kept in
  /// stores and compared, but in no document for clients.
  bool is_imported = true;
  /// Written into documents that go outside.
  bool is_exported = true;
  /// Not imported, but no fault in an input either: `doc_id` and `doc_ref`, which say where a document came from.
  bool is_passed_over = false;
  /// A null stands for absence, both ways: an empty optional is left out of documents.
  bool null_is_missing = false;
  /// Imported and exported as it is; most fields are, and codecs need to ask no more about them.
  bool is_plain = true;
  Checks checks;

  /// A computed field's getter: sets `value`, an object of the field's type. Null for a member.
  Result<void> (*get)(const void* object, void* value) = nullptr;
  /// A computed field's setter, for write-through; null if it can only be read.
  Result<void> (*set)(void* object, const void* value) = nullptr;
  /// Gives a member its first value in make<T>(), and where it is absent from an input; null: what it has by default.
  void (*initialise)(void* member) = nullptr;
  /// What an absent member becomes on import, where that is not the default member initialiser; else null.
  std::shared_ptr<const void> import_default;
  /// What is exported where an optional is empty; else null.
  std::shared_ptr<const void> export_default;

  /// Not a member: has no storage, takes no part in comparison, is not stored.
  bool is_computed() const { return get != nullptr; }
  bool is_internal() const { return !is_imported && !is_exported; }

  const void* in(const void* object) const { return static_cast<const std::byte*>(object) + offset; }
  void* in(void* object) const { return static_cast<std::byte*>(object) + offset; }
};

/// What the member of a document is called that says its class, unless a description says otherwise.
inline constexpr std::string_view kObjTypeKey = "obj_type";

/// What becomes of members of an input that the model does not name.
enum class UnknownFields : std::uint8_t {
  refuse,  ///< The input is refused, with a hint.
  drop,    ///< They are passed over.
  keep,    ///< They are kept in the field `rest` and written again.
};

/// What stores should find quickly, or only once.
struct ModelIndex {
  /// Names of fields, in order.
  std::vector<std::string> columns;
  bool is_unique = false;
};

/// A described struct as a plain run-time value: what codecs, documentation and stores work from.
///
/// Both ways of describing a struct (describe.hpp, record.hpp) yield the same Schema.
///
/// Invariants: 1. names, data keys and offsets of members are distinct. 2. `defaults` is an object of the described
/// type as its default member initialisers make it. 3. Fields of what a description extends come first, in that one's
/// order. Thread safety: constant once built.
struct Schema {
  static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

  std::string name;
  std::string doc;
  /// The class of an object, as documents name it: the C++ struct's name, unless the description says otherwise.
  std::string obj_type;
  /// The member of a document that carries obj_type; empty where documents do not say it. "obj_type" for a model that
  /// has subclasses or is one, empty for others, unless the description says otherwise.
  std::string obj_type_key;
  /// The name of the collection that documents lie in: `name`, or that of the topmost parent.
  std::string collection;
  std::vector<Field> fields;
  std::vector<ModelIndex> indexes;
  /// Data keys are names in camelCase, unless a field says otherwise.
  bool is_camel_case = false;
  UnknownFields unknown = UnknownFields::refuse;
  /// The field that keeps unknown members: a Value or a Value::Object; kNone if there is none.
  std::size_t rest = kNone;
  /// The field whose bare value stands for the whole object in documents; kNone for an object with members.
  std::size_t unwrapped = kNone;
  /// The direct subclasses; variants_of() (poly.hpp) gives them all.
  std::vector<const Type& (*)()> subclasses;
  /// The class that lists this one as a subclass, or null; and where its part lies in this struct, in bytes.
  const Type& (*parent)() = nullptr;
  std::size_t parent_offset = 0;
  /// Shared by the copies of this Schema.
  std::shared_ptr<const void> defaults;

  /// The field of that name in the program; null if there is none.
  const Field* find(std::string_view field_name) const;
  /// The field of that name in documents; null if there is none.
  const Field* find_key(std::string_view data_key) const;
  /// The default value of a member.
  const void* default_of(const Field& field) const { return field.in(defaults.get()); }

  bool is_unwrapped() const { return unwrapped != kNone; }
  /// The one key field; null if there is none, or several.
  const Field* single_key() const;
};

/// The Schema of a described struct, built when first asked for.
///
/// Errors: throws Failure if a description that the compiler cannot check (record.hpp) is wrong; check_description()
/// in a test finds out early.
template <class T> const Schema& schema_of();

/// The id of an object: the text of its one key field, a string, number or enum.
///
/// Errors: invalid_argument if its model has no such key.
Result<std::string> document_id(const Schema& schema, const void* object);

namespace detail {

Result<void> write_document_id(const Schema& schema, const void* object, std::string& text);
/// `<collection>/<id>`.
Result<void> write_document_path(const Schema& schema, const void* object, std::string& text);

}  // namespace detail
}  // namespace freshet
