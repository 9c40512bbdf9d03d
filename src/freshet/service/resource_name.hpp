// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace freshet {

/// Whether a resource or input may be called that: letters, digits, '_', '-' and '.', which stand in a path as they
/// are.
constexpr bool is_resource_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
  });
}

/// A resource's name as a template argument: `service.resource<"temperature_monitor">(...)`.
template <std::size_t Size> struct ResourceName {
  // Implicit, so that a string literal is one.
  consteval ResourceName(const char (&name)[Size]) { std::copy_n(name, Size, text); }  // NOLINT(*-explicit-*)

  constexpr std::string_view view() const { return {text, Size - 1}; }

  char text[Size]{};
};

}  // namespace freshet
