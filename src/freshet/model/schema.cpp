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

namespace detail {

bool equal_by_schema(const Schema& schema, const void* left, const void* right) {
  for (const Field& field : schema.fields) {
    if (!field.type->equal(field.in(left), field.in(right))) return false;
  }
  return true;
}

std::weak_ordering compare_by_schema(const Schema& schema, const void* left, const void* right) {
  for (const Field& field : schema.fields) {
    const auto order = field.type->compare(field.in(left), field.in(right));
    if (order != 0) return order;
  }
  return std::weak_ordering::equivalent;
}

std::size_t hash_by_schema(const Schema& schema, const void* object) {
  std::size_t seed = schema.fields.size();
  for (const Field& field : schema.fields) seed = combine(seed, field.type->hash(field.in(object)));
  return seed;
}

}  // namespace detail
}  // namespace freshet
