// SPDX-License-Identifier: MIT
#include "freshet/store/internal/nested.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "freshet/base/limits.hpp"
#include "freshet/model/schema.hpp"
#include "freshet/store/table.hpp"

namespace freshet::store {
namespace {

// Calls `each(type, nested)` for every Nested reference in a value, wherever it stands.
template <class Fn> void for_each_nested(const Type& type, const void* value, const Fn& each) {
  switch (type.kind()) {
    case Kind::string:
      if (type.is_nested()) each(type, value);
      return;
    case Kind::optional:
      if (const void* const held = type.inspect(value)) for_each_nested(type.element(), held, each);
      return;
    case Kind::list:
      for (std::size_t i = 0; i < type.list_size(value); ++i)
        for_each_nested(type.element(), type.list_at(value, i), each);
      return;
    case Kind::map:
      type.map_visit(value, [&](const void*, const void* element) {
        for_each_nested(type.element(), element, each);
        return true;
      });
      return;
    case Kind::record:
      for (const Field& field : type.schema().fields) {
        if (!field.is_computed()) for_each_nested(*field.type, field.in(value), each);
      }
      return;
    case Kind::poly:
      for_each_nested(type.poly_type(value), type.poly_get(value), each);
      return;
    default:
      return;
  }
}

using Place = std::pair<const Type*, std::string>;

Place place_of(const Type& nested, const void* value) { return {&nested.target(), nested.as_string(value)}; }

class NestedVisitor {
 public:
  explicit NestedVisitor(const std::function<Result<void>(const Type&, const void*)>& each) : each_(each) {}

  Result<void> visit(const Type& type, const void* object, std::size_t depth) {
    if (depth > kNestingDepthMax) return fail(ErrorCode::too_large, "objects refer to each other too deeply");
    Result<void> outcome;
    for_each_nested(type, object, [&](const Type& nested, const void* value) {
      const void* const loaded = nested.nested_object(value);
      if (!outcome || loaded == nullptr || !seen_.insert(place_of(nested, value)).second) return;
      outcome = visit(nested.target(), loaded, depth + 1);
      if (outcome) outcome = each_(nested.target(), loaded);
    });
    return outcome;
  }
  void pass_over(Place place) { seen_.insert(std::move(place)); }

 private:
  const std::function<Result<void>(const Type&, const void*)>& each_;
  std::set<Place> seen_;
};

}  // namespace

Result<void> visit_nested(const Type& type, const void* object,
                          const std::function<Result<void>(const Type&, const void*)>& each) {
  NestedVisitor visitor(each);
  if (const Field* const key = type.schema().single_key())
    visitor.pass_over({&type, key->type->key_text(key->in(object))});
  return visitor.visit(type, object, 0);
}

Result<void> NestedLoader::load(const Type& type, std::span<void* const> objects, std::size_t depth_max) {
  std::vector<Place> level;
  for (void* const object : objects) {
    for_each_nested(type, object,
                    [&](const Type& nested, const void* value) { level.push_back(place_of(nested, value)); });
  }
  for (std::size_t depth = 0; depth < depth_max && !level.empty(); ++depth) {
    std::vector<Place> next;
    if (auto ok = fetch(std::move(level), next); !ok) return ok;
    level = std::move(next);
  }
  for (void* const object : objects) fill(type, object, depth_max);
  return {};
}

// Gets the documents of one level, and says what they refer to.
Result<void> NestedLoader::fetch(std::vector<Place> wanted, std::vector<Place>& next) {
  std::map<const Type*, std::vector<std::string>> ids;
  for (Place& place : wanted) {
    if (!place.second.empty() && found_.try_emplace(place).second) ids[place.first].push_back(std::move(place.second));
  }
  for (auto& [target, those] : ids) {
    auto rows = get_many_(*target, those);
    if (!rows) return fail(std::move(rows.error()));
    for (std::size_t i = 0; i < those.size(); ++i) {
      if (!(*rows)[i]) continue;
      auto object = std::make_unique<AnyObject>(*target);
      auto is_one = from_row(table_for(*target), *(*rows)[i], *target, object->get());
      if (!is_one) return fail(std::move(is_one.error()));
      if (!*is_one) continue;
      for_each_nested(*target, object->get(),
                      [&](const Type& nested, const void* value) { next.push_back(place_of(nested, value)); });
      found_[{target, those[i]}] = std::move(object);
    }
  }
  return {};
}

const AnyObject* NestedLoader::filled(const Place& place, std::size_t depth) {
  const auto found = found_.find(place);
  if (found == found_.end() || found->second == nullptr) return nullptr;
  const auto known = filled_.find({place, depth});
  if (known != filled_.end()) return known->second.get();
  auto copy = std::make_unique<AnyObject>(*found->second);
  fill(*place.first, copy->get(), depth);
  return filled_.emplace(std::pair(place, depth), std::move(copy)).first->second.get();
}

// Loads what lies up to `depth` levels below an object, deepest first: what is loaded is constant from then on.
void NestedLoader::fill(const Type& type, void* object, std::size_t depth) {
  if (depth == 0) return;
  for_each_nested(type, object, [&](const Type& nested, const void* value) {
    const AnyObject* const target = filled(place_of(nested, value), depth - 1);
    if (target != nullptr) nested.load_nested(const_cast<void*>(value), target->get());
  });
}

}  // namespace freshet::store
