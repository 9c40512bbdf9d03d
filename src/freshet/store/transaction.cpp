// SPDX-License-Identifier: MIT
#include "freshet/store/transaction.hpp"

#include <algorithm>

#include "freshet/model/schema.hpp"
#include "freshet/store/internal/nested.hpp"
#include "freshet/store/outcome.hpp"

namespace freshet {
namespace store {
namespace {

const Type& class_of(const Type& type) { return type.kind() == Kind::poly ? type.element() : type; }

Write write_of(WriteKind kind, const Table& table, const Stored& stored, const std::string& parent) {
  Write write{.kind = kind, .table = &table, .obj_type = stored.variant->name};
  write.key = {.parent = parent, .id = id_of(*stored.variant, stored.object)};
  return write;
}

// The column of an attribute that can be changed. Errors: it is none.
Result<std::size_t> changeable_column(const Table& table, const Type& type, std::string_view attribute) {
  const Schema& schema = class_of(type).schema();
  const Field* const field = schema.find(attribute);
  const auto refuse = [&](const char* why) {
    return fail(ErrorCode::invalid_argument, "'" + table.name + "." + std::string(attribute) + "' " + why);
  };
  if (field == nullptr) return refuse("is no attribute");
  if (field->is_key) return refuse("is the document's id and cannot be changed");
  if (field->is_computed()) return refuse("is computed and cannot be updated");
  return table.find(attribute);
}

}  // namespace

Reference reference_of(const Table& table, const Key& key) {
  auto reference = Reference::parse(path_of(table, key));
  return reference ? *std::move(reference) : Reference();
}

Result<std::vector<std::optional<Row>>> ObjectAccess::get_many(const Type& type, std::vector<std::string> ids) const {
  std::vector<Key> keys;
  keys.reserve(ids.size());
  for (std::string& id : ids) keys.push_back({.parent = parent_, .id = std::move(id)});
  return transaction_->get_many(table_for(type), keys);
}

Result<Row> ObjectAccess::written(Result<std::optional<Row>> outcome, const Write& write) const {
  if (!outcome) return fail(std::move(outcome.error()));
  if (*outcome) return **std::move(outcome);
  return fail(ErrorCode::internal, "a write left nothing at '" + path_of(*write.table, write.key) + "'");
}

Result<Row> ObjectAccess::write(WriteKind kind, const Type& type, const void* object,
                                const Precondition& precondition) const {
  const Table& table = table_for(type);
  const Stored stored = stored_form(table, type, object);
  Write write = write_of(kind, table, stored, parent_);
  auto cells = to_cells(table, *stored.variant, stored.object);
  if (!cells) return fail(std::move(cells.error()));
  write.cells = *std::move(cells);
  write.precondition = precondition;
  return written(transaction_->write(write), write);
}

Result<Row> ObjectAccess::update(const Type& type, const void* object, std::span<const std::string_view> attributes,
                                 const Precondition& precondition) const {
  const Table& table = table_for(type);
  const Stored stored = stored_form(table, type, object);
  Write write = write_of(WriteKind::update, table, stored, parent_);
  for (const std::string_view attribute : attributes) {
    const auto column = changeable_column(table, *stored.variant->type, attribute);
    if (!column) return fail(column.error());
    write.columns.push_back(*column);
  }
  auto cells = to_cells(table, *stored.variant, stored.object);
  if (!cells) return fail(std::move(cells.error()));
  write.cells = *std::move(cells);
  write.precondition = precondition;
  return written(transaction_->write(write), write);
}

Result<Row> ObjectAccess::update(const Type& type, std::string_view id, const std::string& attribute,
                                 const Type& value_type, const void* value, const Precondition& precondition) const {
  const Table& table = table_for(type);
  const auto column = changeable_column(table, type, attribute);
  if (!column) return fail(column.error());
  auto cell = to_cell(value_type, value);
  if (!cell) {
    cell.error().path.insert(0, "$." + attribute);
    return fail(std::move(cell.error()));
  }
  Write write{.kind = WriteKind::update, .table = &table, .key = {.parent = parent_, .id = std::string(id)}};
  write.columns = {*column};
  write.cells.resize(table.columns.size());
  write.cells[*column] = *std::move(cell);
  write.precondition = precondition;
  return written(transaction_->write(write), write);
}

Result<void> ObjectAccess::remove(const Type& type, std::string_view id, const Precondition& precondition) const {
  Write write{.kind = WriteKind::remove, .table = &table_for(type), .key = {.parent = parent_, .id = std::string(id)}};
  write.precondition = precondition;
  auto outcome = transaction_->write(write);
  if (!outcome) return fail(std::move(outcome.error()));
  return {};
}

Result<Row> ObjectAccess::save(const Type& type, const void* object, const Precondition& precondition) const {
  const Table& table = table_for(type);
  const Stored stored = stored_form(table, type, object);
  // References lead to root collections, so what they carry is saved there.
  const ObjectAccess root(*transaction_, {});
  const auto save_one = [&](const Type& each, const void* nested) -> Result<void> {
    auto row = root.write(WriteKind::set, each, nested, {});
    if (!row) return fail(std::move(row.error()));
    return {};
  };
  if (auto ok = visit_nested(*stored.variant->type, stored.object, save_one); !ok) return fail(std::move(ok.error()));
  return write(WriteKind::set, type, object, precondition);
}

Result<void> ObjectAccess::load(const Type& type, std::span<void* const> objects, std::size_t depth_max) const {
  const ObjectAccess root(*transaction_, {});
  NestedLoader loader(
      [&](const Type& target, std::vector<std::string> ids) { return root.get_many(target, std::move(ids)); });
  return loader.load(type, objects, depth_max);
}

}  // namespace store

StoreTransaction StoreTransaction::in(const Reference& document) const {
  if (!document.is_document()) {
    throw Failure({.code = ErrorCode::invalid_argument, .primary = "'" + document.path() + "' is no document"});
  }
  return StoreTransaction(store::ObjectAccess(access_.backend(), document.path()));
}

}  // namespace freshet
