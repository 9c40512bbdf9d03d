// SPDX-License-Identifier: MIT
#pragma once

#include "freshet/model/type_of.hpp"
#include "freshet/model/value.hpp"

namespace freshet {

/// The JSON Schema (draft 2020-12) of what a type looks like in JSON.
///
/// Structs inside others stand under `$defs` by the name of their model; a struct may hold lists of itself. Fields show
/// their documentation, checks and, where they may be absent, their default; those that are only exported are
/// `readOnly`, only imported `writeOnly`, internal ones are not shown. `x-freshet-key` lists the fields that identify a
/// row, `x-freshet-reference` says to which collection a reference leads. A Poly is `oneOf` its classes. Example:
/// src/freshet/model/json_schema.test.cpp [json_schema]
Value json_schema(const Type& type);

template <class T> Value json_schema_of() { return json_schema(type_of<T>()); }

}  // namespace freshet
