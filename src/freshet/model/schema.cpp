// SPDX-License-Identifier: MIT
#include "freshet/model/schema.hpp"

#include "freshet/model/compare.hpp"

namespace freshet {

const Field* Schema::find(std::string_view field_name) const {
  for (const Field& field : fields) {
    if (field.name == field_name) return &field;
  }
  return nullptr;
}

const Field* Schema::find_key(std::string_view data_key) const {
  for (const Field& field : fields) {
    if (field.data_key == data_key) return &field;
  }
  return nullptr;
}

const Field* Schema::single_key() const {
  const Field* key = nullptr;
  for (const Field& field : fields) {
    if (!field.is_key) continue;
    if (key != nullptr) return nullptr;
    key = &field;
  }
  return key;
}

Result<std::string> document_id(const Schema& schema, const void* object) {
  const Field* key = schema.single_key();
  const Kind kind = key != nullptr ? key->type->kind() : Kind::value;
  if (kind == Kind::string || kind == Kind::integer || kind == Kind::enumeration) {
    return key->type->key_text(key->in(object));
  }
  return fail(ErrorCode::invalid_argument, "Freshet: " + schema.name + " has no id, so nothing can refer to it", {},
              "describe one member, a text, number or enum, as its key");
}

namespace detail {

Result<void> write_document_id(const Schema& schema, const void* object, std::string& text) {
  auto id = document_id(schema, object);
  if (!id) return fail(std::move(id.error()));
  text = *std::move(id);
  return {};
}

Result<void> write_document_path(const Schema& schema, const void* object, std::string& text) {
  auto id = document_id(schema, object);
  if (!id) return fail(std::move(id.error()));
  text = schema.collection + '/' + *id;
  return {};
}

bool equal_by_schema(const Schema& schema, const void* left, const void* right) {
  for (const Field& field : schema.fields) {
    if (!field.is_computed() && !field.type->equal(field.in(left), field.in(right))) return false;
  }
  return true;
}

std::weak_ordering compare_by_schema(const Schema& schema, const void* left, const void* right) {
  for (const Field& field : schema.fields) {
    if (field.is_computed()) continue;
    const auto order = field.type->compare(field.in(left), field.in(right));
    if (order != 0) return order;
  }
  return std::weak_ordering::equivalent;
}

std::size_t hash_by_schema(const Schema& schema, const void* object) {
  std::size_t seed = schema.fields.size();
  for (const Field& field : schema.fields) {
    if (!field.is_computed()) seed = combine(seed, field.type->hash(field.in(object)));
  }
  return seed;
}

}  // namespace detail
}  // namespace freshet
