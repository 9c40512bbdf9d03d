// SPDX-License-Identifier: MIT
#include "freshet/service/internal/catalog.hpp"

#include <utility>

#include "freshet/service/resource_name.hpp"

namespace freshet::service {
namespace {

void require_name(std::string_view kind, std::string_view name) {
  if (is_resource_name(name)) return;
  throw Failure({.code = ErrorCode::invalid_argument,
                 .primary = "'" + std::string(name) + "' cannot be the name of " + std::string(kind),
                 .detail = "a name is made of letters, digits, '_', '-' and '.'"});
}

template <class Map, class Item> void insert(std::string_view kind, Map& map, std::string name, Item item) {
  require_name(kind, name);
  if (map.emplace(name, std::move(item)).second) return;
  throw Failure(
      {.code = ErrorCode::already_exists, .primary = "there is already " + std::string(kind) + " named " + name});
}

template <class Map> std::string names_in(const Map& map) {
  std::string names;
  for (const auto& [name, item] : map) names.append(names.empty() ? "" : ", ").append(name);
  return names.empty() ? "there are none" : "there are: " + names;
}

}  // namespace

void Catalog::add(stream::ResourceDefinition resource) {
  std::string name = resource.name;
  insert("a resource", resources_, std::move(name), std::move(resource));
}

void Catalog::add(std::unique_ptr<stream::InputPort> input) {
  std::string name = input->name();
  insert("a writable input", inputs_, std::move(name), std::move(input));
}

Result<const stream::ResourceDefinition*> Catalog::resource(std::string_view name) const {
  const auto found = resources_.find(name);
  if (found != resources_.end()) return &found->second;
  return fail(ErrorCode::not_found, "there is no resource " + std::string(name), names_in(resources_));
}

Result<const stream::InputPort*> Catalog::input(std::string_view name) const {
  const auto found = inputs_.find(name);
  if (found != inputs_.end()) return found->second.get();
  return fail(ErrorCode::not_found, "there is no writable input " + std::string(name), names_in(inputs_),
              "only inputs that the program declared writable take writes from clients");
}

}  // namespace freshet::service
