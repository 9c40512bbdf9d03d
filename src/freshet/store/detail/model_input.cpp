// SPDX-License-Identifier: MIT
#include "freshet/store/detail/model_input.hpp"

#include "freshet/store/reference.hpp"

namespace freshet::store {

std::optional<Key> ModelInput::key_of(const std::string& name) const {
  if (!by_path_) {
    // A name that is no id may have come from anywhere: there is no document of it.
    if (name.find('/') != std::string::npos || !Reference::parse(name)) return std::nullopt;
    return name.empty() ? std::nullopt : std::optional(Key{.parent = *parent_, .id = name});
  }
  const auto place = Reference::parse(name);
  if (!place || !place->is_document() || place->parent().name() != table_.name) return std::nullopt;
  return Key{.parent = place->parent().parent().path(), .id = std::string(place->name())};
}

Result<std::optional<AnyObject>> ModelInput::decode(const Row& row) const {
  AnyObject object(type());
  auto is_one = from_row(table_, row, type(), object.get());
  if (!is_one) return fail(std::move(is_one.error()));
  return *is_one ? std::optional(std::move(object)) : std::nullopt;
}

}  // namespace freshet::store
