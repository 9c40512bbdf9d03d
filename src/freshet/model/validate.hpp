// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "freshet/base/result.hpp"
#include "freshet/model/schema.hpp"
#include "freshet/model/type_of.hpp"

namespace freshet {

/// Applies the checks of a field (range, length) to one value of it. The error has no path: the caller knows the place.
Result<void> check_field(const Field& field, const void* member);

/// Applies all checks to an object and to everything inside it: ranges, lengths, and that enum values have names.
///
/// The error names the place, starting from `path`: `$.limits[2].low: must be at least 0 (got -3)`.
/// Example: src/freshet/model/validate.test.cpp [validate]
Result<void> validate(const Type& type, const void* object, std::string_view path = "$");

template <class T> Result<void> validate(const T& object, std::string_view path = "$") {
  return validate(type_of<T>(), &object, path);
}

/// A step of a path into an object: `.low`, or `["low limit"]` where the name is no identifier.
std::string member_step(std::string_view name);

/// A step of a path into a list: `[2]`.
std::string index_step(std::size_t index);

/// The names that an enum knows, for errors: `one of normal, low, high`.
std::string name_choices(const Type& enumeration);

}  // namespace freshet
