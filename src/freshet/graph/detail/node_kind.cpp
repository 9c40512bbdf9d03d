// SPDX-License-Identifier: MIT
#include <cctype>
#include <string>
#include <string_view>
#include <typeinfo>

#include "freshet/graph/detail/node.hpp"

namespace freshet::detail {
namespace {

/// The innermost name of a class: `MapNode` from "N7freshet6detail7MapNodeIiiE".
///
/// Names stand one behind the other, each behind its length (Itanium C++ ABI, which GCC and clang share). Read here
/// because a demangler would spell out all template arguments, which are of no interest and may be very long.
std::string_view class_name(std::string_view mangled) {
  if (mangled.starts_with('N')) mangled.remove_prefix(1);
  std::string_view name;
  while (!mangled.empty() && std::isdigit(static_cast<unsigned char>(mangled.front())) != 0) {
    std::size_t length = 0;
    while (!mangled.empty() && std::isdigit(static_cast<unsigned char>(mangled.front())) != 0) {
      length = length * 10 + static_cast<std::size_t>(mangled.front() - '0');
      mangled.remove_prefix(1);
    }
    name = mangled.substr(0, length);
    mangled.remove_prefix(name.size());
  }
  return name;
}

}  // namespace

std::string NodeBase::kind() const {
  std::string_view name = class_name(typeid(*this).name());
  constexpr std::string_view kSuffix = "Node";
  if (!name.ends_with(kSuffix) || name.size() == kSuffix.size()) return "view";
  name.remove_suffix(kSuffix.size());
  std::string kind;
  for (const char letter : name) {
    if (std::isupper(static_cast<unsigned char>(letter)) != 0 && !kind.empty()) kind += '_';
    kind += static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  }
  return kind;
}

}  // namespace freshet::detail
