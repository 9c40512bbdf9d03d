// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>

#include "freshet/model/type_of.hpp"

namespace freshet::detail {

/// A value of any described type in one line, for people: `{place: hall, shelf: 3}`.
std::string text_of(const Type& type, const void* value);

/// A key as people read it in errors.
template <class Key> std::string key_text(const Key& key) {
  if constexpr (std::is_convertible_v<const Key&, std::string_view>) {
    return std::string(std::string_view(key));
  } else if constexpr (std::is_arithmetic_v<Key>) {
    return std::to_string(key);
  } else if constexpr (described<Key> || self_described<Key> || strong_id<Key>) {
    return text_of(type_of<Key>(), &key);
  } else if constexpr (std::is_enum_v<Key>) {
    return std::to_string(static_cast<std::underlying_type_t<Key>>(key));
  } else {
    return "(a key without a description)";
  }
}

}  // namespace freshet::detail
