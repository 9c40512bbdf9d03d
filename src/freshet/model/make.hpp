// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "freshet/base/ids.hpp"
#include "freshet/model/schema.hpp"

namespace freshet {

/// A new object of a described struct: default member initialisers, then what `initialised_by` says.
///
/// Values that are assigned afterwards replace both. Structs inside the struct are as their member initialisers make
/// them. Example: src/freshet/model/make.test.cpp [make]
template <class T> T make() {
  T object{};
  for (const Field& field : schema_of<T>().fields) {
    if (field.initialise != nullptr) field.initialise(field.in(&object));
  }
  return object;
}

/// An id that nobody can guess and that occurs once: 32 letters and digits. For `initialised_by<&random_id>()`.
inline std::string random_id() { return random_token(); }

}  // namespace freshet
