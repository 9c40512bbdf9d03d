// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace freshet {

/// Whether a name in snake_case comes back from camelCase as it was: small letters, digits and single underscores, each
/// of them before a letter.
constexpr bool converts_to_camel_case(std::string_view name) {
  if (name.empty() || name.front() == '_') return false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] >= 'A' && name[i] <= 'Z') return false;
    if (name[i] != '_') continue;
    const char next = i + 1 < name.size() ? name[i + 1] : '\0';
    if (next < 'a' || next > 'z') return false;
  }
  return true;
}

/// `hearing_aid_requested` as `hearingAidRequested`.
///
/// Example: src/freshet/model/names.test.cpp [names]
std::string to_camel_case(std::string_view snake_case);

/// `hearingAidRequested` as `hearing_aid_requested`. The reverse of to_camel_case() for names that convert.
std::string to_snake_case(std::string_view camel_case);

}  // namespace freshet
