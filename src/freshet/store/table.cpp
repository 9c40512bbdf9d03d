// SPDX-License-Identifier: MIT
#include "freshet/store/table.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include "freshet/codec/utf8.hpp"
#include "freshet/model/poly.hpp"
#include "freshet/store/internal/cell_of.hpp"

namespace freshet::store {
namespace {

[[noreturn]] void refuse(const std::string& table, std::string why, std::string hint = {}) {
  throw Failure({.code = ErrorCode::invalid_argument,
                 .primary = "'" + table + "' cannot be stored: " + std::move(why),
                 .hint = std::move(hint)});
}

void check_name(const std::string& table, std::string_view name) {
  const auto is_refused = [](char c) { return c == '/' || static_cast<unsigned char>(c) < 0x20; };
  const std::string quoted = "'" + std::string(name) + "'";
  if (name.empty()) refuse(table, "a name is empty");
  if (name.size() > Table::kNameBytesMax) {
    refuse(table, "the name " + quoted + " is too long", "at most " + std::to_string(Table::kNameBytesMax) + " bytes");
  }
  if (!codec::is_utf8(name) || std::any_of(name.begin(), name.end(), is_refused)) {
    refuse(table, "the name " + quoted + " has a character that no store takes");
  }
  if (name.front() == '_') refuse(table, "the name " + quoted + " begins with '_'", "such names are the store's own");
}

bool equal_without_case(std::string_view left, std::string_view right) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [&](char a, char b) { return lower(a) == lower(b); });
}

// The kind that a list's elements are asked for by `contains`.
ColumnKind element_kind(const Type& list) {
  const ColumnKind kind = internal::kind_of(list.element());
  return kind == ColumnKind::timestamp ? ColumnKind::text : kind;
}

Column column_of(const Schema& schema, const Field& field, bool is_in_all) {
  const Type& type = *field.type;
  const bool is_optional = type.kind() == Kind::optional;
  const Type& held = is_optional ? type.element() : type;
  Column column{.name = field.name, .kind = internal::kind_of(held), .is_nullable = is_optional || !is_in_all};
  column.is_list = held.kind() == Kind::list || held.kind() == Kind::set;
  if (column.is_list) column.element = element_kind(held);
  auto initial = internal::cell_of(type, schema.default_of(field));
  if (!initial) refuse(schema.name, "the default of '" + field.name + "' " + to_string(initial.error()));
  // Documents of other classes do not have the column.
  if (is_in_all) column.initial = *std::move(initial);
  return column;
}

void check_key(const Schema& schema) {
  const auto is_key = [](const Field& field) { return field.is_key; };
  const auto count = std::count_if(schema.fields.begin(), schema.fields.end(), is_key);
  if (count != 1) {
    refuse(schema.name, "it has " + std::to_string(count) + " key fields", "a document's id is its one key field");
  }
  const Kind kind = schema.single_key()->type->kind();
  if (kind != Kind::string && kind != Kind::integer && kind != Kind::enumeration) {
    refuse(schema.name, "its key is neither a string nor an integer nor an enum");
  }
}

// The place of a column that two classes may share.
std::size_t add_column(Table& table, Column column) {
  check_name(table.name, column.name);
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const Column& other = table.columns[i];
    if (!equal_without_case(other.name, column.name)) continue;
    const bool is_same = other.name == column.name && other.kind == column.kind && other.is_list == column.is_list;
    if (!is_same) refuse(table.name, "'" + other.name + "' and '" + column.name + "' are the same to a store");
    return i;
  }
  table.columns.push_back(std::move(column));
  return table.columns.size() - 1;
}

void add_variant(Table& table, const Type& type, const Schema& root) {
  const Schema& schema = type.schema();
  Variant variant{.name = schema.obj_type, .type = &type};
  check_name(table.name, variant.name);
  for (const Field& field : schema.fields) {
    const bool is_column = !field.is_key && !field.is_computed();
    const bool is_in_all = root.find(field.name) != nullptr;
    variant.columns.push_back(is_column ? add_column(table, column_of(schema, field, is_in_all)) : Table::kNone);
  }
  table.variants.push_back(std::move(variant));
}

void add_indexes(Table& table, const Schema& schema) {
  for (const ModelIndex& index : schema.indexes) {
    for (const std::string& name : index.columns) {
      const std::size_t place = table.find(name);
      if (place != Table::kNone && table.columns[place].kind != ColumnKind::json) continue;
      refuse(
          table.name, "an index names '" + name + "', which is no column of scalars",
          place == Table::kNone ? "the key is found quickly without an index, and computed fields are not stored" : "");
    }
    const auto is_same = [&](const Index& each) {
      return each.columns == index.columns && each.is_unique == index.is_unique;
    };
    if (std::any_of(table.indexes.begin(), table.indexes.end(), is_same)) continue;
    table.indexes.push_back({.columns = index.columns, .is_unique = index.is_unique});
  }
}

const Type& class_of(const Type& type) { return type.kind() == Kind::poly ? type.element() : type; }

const Type& topmost(const Type& type) {
  const Type* top = &class_of(type);
  if (top->kind() != Kind::record) refuse(type.name(), "it is no described struct");
  while (top->schema().parent != nullptr) top = &top->schema().parent();
  return *top;
}

// The tables of all models, made when they are first asked for, by their topmost class.
struct Tables {
  std::mutex mutex;
  std::map<const Type*, std::unique_ptr<const Table>> by_type;
};

Tables& tables() {
  static Tables kept;
  return kept;
}

}  // namespace

std::size_t Table::find(std::string_view column) const {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].name == column) return i;
  }
  return kNone;
}

const Variant* Table::variant(std::string_view obj_type) const {
  for (const Variant& variant : variants) {
    if (variant.name == obj_type) return &variant;
  }
  return nullptr;
}

Table make_table(const Type& type) {
  const Type& top = topmost(type);
  const Schema& root = top.schema();
  Table table{.name = root.collection};
  check_name(table.name, table.name);
  check_key(root);
  for (const Type* variant : variants_of(top)) add_variant(table, *variant, root);
  for (const Variant& variant : table.variants) add_indexes(table, variant.type->schema());
  return table;
}

const Table& table_for(const Type& type) {
  const Type& top = topmost(type);
  Tables& kept = tables();
  const std::lock_guard lock(kept.mutex);
  auto& table = kept.by_type[&top];
  if (table == nullptr) table = std::make_unique<const Table>(make_table(top));
  return *table;
}

std::vector<std::string> obj_types_of(const Table& table, const Type& type) {
  std::vector<std::string> names;
  for (const Type* variant : variants_of(class_of(type))) names.push_back(variant->schema().obj_type);
  if (names.size() == table.variants.size()) names.clear();
  return names;
}

}  // namespace freshet::store
