// SPDX-License-Identifier: MIT
#include "freshet/model/make.hpp"

#include "freshet/model/type.hpp"

namespace freshet {

void initialise(const Schema& schema, void* object) {
  for (const Field& field : schema.fields) {
    if (field.is_computed()) continue;
    if (field.initialise != nullptr) {
      field.initialise(field.in(object));
    } else if (field.type->kind() == Kind::record) {
      initialise(field.type->schema(), field.in(object));
    }
  }
}

}  // namespace freshet
