// SPDX-License-Identifier: MIT
#include "freshet/model/poly.hpp"

#include <algorithm>

#include "freshet/model/compare.hpp"

namespace freshet {
namespace {

[[noreturn]] void refuse(const Schema& parent, const std::string& what, std::string hint) {
  throw Failure(Error{.code = ErrorCode::invalid_argument,
                      .primary = "Freshet: the description of " + parent.name + " " + what,
                      .hint = std::move(hint)});
}

// The subclasses of a class by their Types. Walking down them ends: each is derived from the one before.
const Type& checked_subclass(const Schema& parent_schema, const Type& parent, const Type& (*subclass)()) {
  const Type& type = subclass();
  const Schema& schema = type.schema();
  if (schema.parent == nullptr || schema.parent() != parent) {
    refuse(parent_schema, "lists the subclass " + schema.name + ", which does not extend it",
           "its own description must say extends<" + parent_schema.obj_type + ">");
  }
  return type;
}

void collect(const Type& parent, std::vector<const Type*>& variants) {
  const Schema& schema = parent.schema();
  const bool is_named_already = std::any_of(
      variants.begin(), variants.end(), [&](const Type* other) { return other->schema().obj_type == schema.obj_type; });
  if (is_named_already) {
    refuse(variants.front()->schema(), "has two classes with the obj_type " + schema.obj_type,
           "give one of them an obj_type()");
  }
  variants.push_back(&parent);
  for (const auto subclass : schema.subclasses) collect(checked_subclass(schema, parent, subclass), variants);
}

}  // namespace

std::vector<const Type*> variants_of(const Type& parent) {
  std::vector<const Type*> variants;
  collect(parent, variants);
  return variants;
}

const Type* find_variant(const Type& parent, std::string_view obj_type) {
  const Schema& schema = parent.schema();
  if (schema.obj_type == obj_type) return &parent;
  for (const auto subclass : schema.subclasses) {
    if (const Type* found = find_variant(checked_subclass(schema, parent, subclass), obj_type)) return found;
  }
  return nullptr;
}

const void* upcast(const Type& from, const void* object, const Type& to) {
  if (from == to) return object;
  for (const Schema* schema = &from.schema(); schema->parent != nullptr; schema = &schema->parent().schema()) {
    object = static_cast<const std::byte*>(object) + schema->parent_offset;
    if (schema->parent() == to) return object;
  }
  return nullptr;
}

namespace detail {

bool equal_objects(const AnyObject& left, const AnyObject& right) {
  return left.type() == right.type() && left.type().equal(left.get(), right.get());
}

std::weak_ordering compare_objects(const AnyObject& left, const AnyObject& right) {
  if (left.type() == right.type()) return left.type().compare(left.get(), right.get());
  return left.type().schema().obj_type <=> right.type().schema().obj_type;
}

std::size_t hash_object(const AnyObject& object) {
  return combine(std::hash<std::string>()(object.type().schema().obj_type), object.type().hash(object.get()));
}

}  // namespace detail
}  // namespace freshet
