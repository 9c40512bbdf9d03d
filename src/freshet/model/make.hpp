// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "freshet/base/ids.hpp"
#include "freshet/model/schema.hpp"
#include "freshet/model/type_of.hpp"

namespace freshet {

/// Runs what `initialised_by` says on an object that is as its default member initialisers make it, structs inside it
/// included; lists, maps and optional members hold none yet. Requires: `object` is of the described struct.
void initialise(const Schema& schema, void* object);

/// A new object of a described struct: default member initialisers, then what `initialised_by` says, in the structs
/// inside it as well. Values that are assigned afterwards replace both.
///
/// Example: src/freshet/model/make.test.cpp [make]
template <class T> T make() {
  T object{};
  initialise(schema_of<T>(), &object);
  return object;
}

/// An id that nobody can guess and that occurs once: 32 letters and digits. For `initialised_by<&random_id>()`.
inline std::string random_id() { return random_token(); }

}  // namespace freshet
