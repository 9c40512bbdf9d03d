// SPDX-License-Identifier: MIT
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "freshet/base/clock.hpp"

namespace freshet {

class Type;
class Value;
struct Schema;

/// What the values of a Type are made of; decides which operations a Type has.
enum class Kind : std::uint8_t {
  boolean,
  integer,  ///< 1, 2, 4 or 8 bytes, signed or not
  real,     ///< float or double
  string,   ///< std::string, UTF-8
  timestamp,
  enumeration,
  optional,
  list,
  map,
  record,  ///< a described struct
  value,   ///< a dynamic Value
  set,     ///< a list of distinct elements in their order
  poly,    ///< a Poly: a described struct or one of its subclasses
};

/// The name of a kind for humans: "integer".
std::string_view to_string(Kind kind);

/// A named value of an enum.
struct EnumName {
  std::int64_t value = 0;
  std::string_view name{};
};

namespace detail {

// One table of functions per shape and type; a null pointer where a Type is not of that shape.
struct ObjectOperations {
  void (*construct)(void* at);
  void (*destroy)(void* object);
  void (*assign)(void* to, const void* from);
  bool (*equal)(const void* left, const void* right);
  std::weak_ordering (*compare)(const void* left, const void* right);
  std::size_t (*hash)(const void* object);
};

struct OptionalOperations {
  const void* (*inspect)(const void* optional);
  void* (*emplace)(void* optional);
  void (*reset)(void* optional);
};

struct ListOperations {
  std::size_t (*size)(const void* list);
  const void* (*at)(const void* list, std::size_t index);
  void (*clear)(void* list);
  void* (*append)(void* list);
};

struct MapOperations {
  std::size_t (*size)(const void* map);
  bool (*visit)(const void* map, bool (*each)(void* context, const void* key, const void* value), void* context);
  void (*clear)(void* map);
  void* (*insert)(void* map, const void* key);
};

struct SetOperations {
  std::size_t (*size)(const void* set);
  bool (*visit)(const void* set, bool (*each)(void* context, const void* element), void* context);
  void (*clear)(void* set);
  bool (*insert)(void* set, const void* element);
};

struct NestedOperations {
  const void* (*loaded)(const void* nested);
  void (*load)(void* nested, const void* object);
};

struct PolyOperations {
  const Type& (*type)(const void* poly);
  const void* (*get)(const void* poly);
  void* (*emplace)(void* poly, const Type& type);
};

struct TypeParts {
  Kind kind = Kind::value;
  bool is_signed = false;
  std::size_t size = 0;
  std::size_t alignment = 0;
  const ObjectOperations* object = nullptr;
  const OptionalOperations* optional = nullptr;
  const ListOperations* list = nullptr;
  const MapOperations* map = nullptr;
  const SetOperations* set = nullptr;
  const PolyOperations* poly = nullptr;
  const NestedOperations* nested = nullptr;
  // Functions, not references: a struct may hold a list of itself.
  const Type& (*element)() = nullptr;
  const Type& (*key)() = nullptr;
  const Type& (*target)() = nullptr;
  const Schema& (*schema)() = nullptr;
  std::string_view enum_name{};
  std::span<const EnumName> enum_names{};
};

}  // namespace detail

/// A C++ type as a run-time value: how to make, copy, compare, read and fill an object that is only known by its
/// address.
///
/// Codecs, checks and printers are ordinary functions over `const Type&` and a switch on kind(); only the small tables
/// of functions inside are made per type. Each type has one Type, `type_of<T>()` (type_of.hpp), which is a constant:
/// two Types are the same type exactly if they have the same address.
///
/// Requires: an object that is passed is of this very type, and an operation is one of this Type's kind (asserted).
/// Thread safety: constant.
/// Example: src/freshet/model/type.test.cpp [type]
class Type {
 public:
  constexpr explicit Type(const detail::TypeParts& parts) : parts_(parts) {}
  Type(const Type&) = delete;
  Type& operator=(const Type&) = delete;
  friend bool operator==(const Type& left, const Type& right) { return &left == &right; }

  Kind kind() const { return parts_.kind; }
  std::size_t size() const { return parts_.size; }
  std::size_t alignment() const { return parts_.alignment; }
  /// The name of a type for humans: "int32", "list of Range", "map of string to number", "Range" for a record.
  std::string name() const;

  // Every kind.
  void construct(void* at) const { parts_.object->construct(at); }
  void destroy(void* object) const { parts_.object->destroy(object); }
  void assign(void* to, const void* from) const { parts_.object->assign(to, from); }
  bool equal(const void* left, const void* right) const { return parts_.object->equal(left, right); }
  std::weak_ordering compare(const void* left, const void* right) const { return parts_.object->compare(left, right); }
  std::size_t hash(const void* object) const { return parts_.object->hash(object); }

  // boolean
  bool read_bool(const void* object) const;
  void write_bool(void* object, bool value) const;

  // integer: an unsigned type is read and written as uint64, a signed one as int64. write_ leaves the object alone and
  // returns false if the number does not fit; any of the two may be called with any integer type.
  bool is_signed() const { return parts_.is_signed; }
  std::int64_t read_signed(const void* object) const;
  std::uint64_t read_unsigned(const void* object) const;
  [[nodiscard]] bool write_signed(void* object, std::int64_t value) const;
  [[nodiscard]] bool write_unsigned(void* object, std::uint64_t value) const;
  /// The smallest and largest number that fits.
  std::int64_t integer_min() const;
  std::uint64_t integer_max() const;

  // real: a finite double that overflows a float does not fit.
  double read_real(const void* object) const;
  [[nodiscard]] bool write_real(void* object, double value) const;

  // string
  //
  // A reference (Ref, Nested) is a string in a program and in stores, which is the id of what it refers to; codecs
  // write it as `<collection>/<id>`, and the empty one as null.
  bool is_reference() const { return parts_.target != nullptr; }
  /// The described struct that a reference refers to.
  const Type& target() const;
  /// Whether a reference can carry the object that it refers to (Nested).
  bool is_nested() const { return parts_.nested != nullptr; }
  /// The object of type target() that a nested reference carries; null if there is none.
  const void* nested_object(const void* object) const;
  /// Makes a nested reference carry a copy of `target`.
  void load_nested(void* object, const void* target) const;
  const std::string& as_string(const void* object) const;
  std::string& as_string(void* object) const;

  // timestamp
  Timestamp read_timestamp(const void* object) const;
  void write_timestamp(void* object, Timestamp value) const;

  // enumeration: a value without a name reads as the empty string; an unknown name is not written.
  std::span<const EnumName> enum_names() const { return parts_.enum_names; }
  std::string_view read_enum(const void* object) const;
  [[nodiscard]] bool write_enum(void* object, std::string_view name) const;

  /// The type of what an optional holds, of a list's or set's elements, of a map's values; the parent class of a poly.
  const Type& element() const;

  // optional: inspect() is null if it is empty; emplace() makes a fresh default value and returns it.
  const void* inspect(const void* object) const;
  void* emplace(void* object) const;
  void reset(void* object) const;

  // list: append() adds a default element and returns it; valid until the next append.
  std::size_t list_size(const void* object) const;
  const void* list_at(const void* object, std::size_t index) const;
  void list_clear(void* object) const;
  void* list_append(void* object) const;

  // set
  std::size_t set_size(const void* object) const;
  void set_clear(void* object) const;
  /// Inserts a copy of `element`; false if an equal one is there already.
  [[nodiscard]] bool set_insert(void* object, const void* element) const;
  /// Calls `each(const void* element) -> bool` in order until it returns false; true if it never did.
  template <class Fn> bool set_visit(const void* object, Fn&& each) const {
    const auto call = [](void* context, const void* element) -> bool {
      return (*static_cast<std::remove_reference_t<Fn>*>(context))(element);
    };
    return visit_elements(object, call, const_cast<void*>(static_cast<const void*>(std::addressof(each))));
  }

  // map
  /// The type of a map's keys: string, integer or enumeration.
  const Type& key() const;
  std::size_t map_size(const void* object) const;
  void map_clear(void* object) const;
  /// Inserts a default value for `key` and returns it; null if the key is there already.
  void* map_insert(void* object, const void* key) const;
  /// Calls `each(const void* key, const void* value) -> bool` in key order until it returns false; true if it never
  /// did.
  template <class Fn> bool map_visit(const void* object, Fn&& each) const {
    const auto call = [](void* context, const void* key, const void* value) -> bool {
      return (*static_cast<std::remove_reference_t<Fn>*>(context))(key, value);
    };
    return visit_entries(object, call, const_cast<void*>(static_cast<const void*>(std::addressof(each))));
  }

  /// A string, integer, boolean or enumeration as the name of a member of a JSON object: "7", "high".
  std::string key_text(const void* object) const;
  /// The reverse of key_text(); false if the text is no such value, then the object is unchanged.
  [[nodiscard]] bool read_key_text(void* object, std::string_view text) const;

  // record
  const Schema& schema() const;

  // poly: holds one object of its parent class or of one of that one's subclasses.
  /// The class of what a poly holds.
  const Type& poly_type(const void* object) const;
  const void* poly_get(const void* object) const;
  void* poly_get(void* object) const;
  /// Makes it hold a default object of the class `type`, and returns that. Requires: `type` is one of its classes.
  void* poly_emplace(void* object, const Type& type) const;

  // value
  const Value& as_value(const void* object) const;
  Value& as_value(void* object) const;

 private:
  bool visit_elements(const void* object, bool (*each)(void*, const void*), void* context) const;
  bool visit_entries(const void* object, bool (*each)(void*, const void*, const void*), void* context) const;

  const detail::TypeParts parts_;
};

}  // namespace freshet
