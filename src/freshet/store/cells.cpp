// SPDX-License-Identifier: MIT
#include <utility>

#include "freshet/base/assert.hpp"
#include "freshet/model/schema.hpp"
#include "freshet/model/validate.hpp"
#include "freshet/store/internal/cell_of.hpp"
#include "freshet/store/table.hpp"

namespace freshet::store {
namespace {

tl::unexpected<Error> at(const Field& field, Error error) {
  error.path.insert(0, "$" + member_step(field.name));
  return fail(std::move(error));
}

const Field& key_field(const Schema& schema) {
  for (const Field& field : schema.fields) {
    if (field.is_key) return field;
  }
  throw Failure({.code = ErrorCode::internal, .primary = "'" + schema.name + "' has no key"});
}

}  // namespace

std::string id_of(const Variant& variant, const void* object) {
  const Field& field = key_field(variant.type->schema());
  return field.type->key_text(field.in(object));
}

Result<Cells> to_cells(const Table& table, const Variant& variant, const void* object) {
  Cells cells(table.columns.size());
  const std::vector<Field>& fields = variant.type->schema().fields;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (variant.columns[i] == Table::kNone) continue;
    auto cell = internal::cell_of(*fields[i].type, fields[i].in(object));
    if (!cell) return at(fields[i], std::move(cell.error()));
    cells[variant.columns[i]] = *std::move(cell);
  }
  return cells;
}

Result<void> from_cells(const Table& table, const Variant& variant, std::string_view id, const Cells& cells,
                        void* object) {
  FRESHET_ASSERT(cells.size() == table.columns.size());
  const std::vector<Field>& fields = variant.type->schema().fields;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const Field& field = fields[i];
    if (field.is_key && !field.type->read_key_text(field.in(object), id)) {
      return at(field, {.code = ErrorCode::invalid_argument,
                        .primary = "'" + std::string(id) + "' is no id of a " + variant.name});
    }
    if (variant.columns[i] == Table::kNone) continue;
    auto ok = internal::fill_from(cells[variant.columns[i]], *field.type, field.in(object));
    if (!ok) return at(field, std::move(ok.error()));
  }
  return {};
}

}  // namespace freshet::store
