// SPDX-License-Identifier: MIT
#include <utility>

#include "freshet/base/assert.hpp"
#include "freshet/model/schema.hpp"
#include "freshet/model/validate.hpp"
#include "freshet/store/internal/cell_of.hpp"
#include "freshet/store/outcome.hpp"
#include "freshet/store/table.hpp"

namespace freshet::store {
namespace {

tl::unexpected<Error> at(const Field& field, Error error) {
  error.path.insert(0, "$" + member_step(field.name));
  return fail(std::move(error));
}

const Field& key_field(const Schema& schema) {
  const Field* const field = schema.single_key();
  FRESHET_ASSERT(field != nullptr);
  return *field;
}

// Whether `type` is `parent` or derived from it.
bool is_a(const Type& type, const Type& parent) {
  const Type* each = &type;
  while (*each != parent && each->schema().parent != nullptr) each = &each->schema().parent();
  return *each == parent;
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
    const std::size_t column = variant.columns[i];
    if (column == Table::kNone) continue;
    if (is_null(cells[column]) && field.type->kind() != Kind::optional && table.columns[column].is_nullable) {
      field.type->assign(field.in(object), variant.type->schema().default_of(field));
      continue;
    }
    auto ok = internal::fill_from(cells[column], *field.type, field.in(object));
    if (!ok) return at(field, std::move(ok.error()));
  }
  return {};
}

Result<Cell> to_cell(const Type& type, const void* value) { return internal::cell_of(type, value); }

Stored stored_form(const Table& table, const Type& type, const void* object) {
  const bool is_poly = type.kind() == Kind::poly;
  const Type& concrete = is_poly ? type.poly_type(object) : type;
  const Variant* const variant = table.variant(concrete.schema().obj_type);
  FRESHET_ASSERT(variant != nullptr);
  return {.variant = variant, .object = is_poly ? type.poly_get(object) : object};
}

Result<bool> from_row(const Table& table, const Row& row, const Type& type, void* object) {
  const Variant* found = table.variant(row.obj_type);
  if (found == nullptr) {
    return fail(ErrorCode::invalid_argument, "there is no class '" + row.obj_type + "' in '" + table.name + "'",
                path_of(table, row.key));
  }
  const bool is_poly = type.kind() == Kind::poly;
  const Type& wanted = is_poly ? type.element() : type;
  if (!is_a(*found->type, wanted)) return false;
  if (!is_poly) found = table.variant(wanted.schema().obj_type);
  void* const target = is_poly ? type.poly_emplace(object, *found->type) : object;
  if (auto ok = from_cells(table, *found, row.key.id, row.cells, target); !ok) {
    ok.error().detail += (ok.error().detail.empty() ? "in '" : ", in '") + path_of(table, row.key) + "'";
    return fail(std::move(ok.error()));
  }
  return true;
}

}  // namespace freshet::store
