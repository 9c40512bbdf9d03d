// SPDX-License-Identifier: MIT
#include "freshet/store/table.hpp"

#include <algorithm>
#include <utility>

#include "freshet/codec/utf8.hpp"
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

Column column_of(const Schema& schema, const Field& field) {
  const Type& type = *field.type;
  const bool is_optional = type.kind() == Kind::optional;
  const Type& held = is_optional ? type.element() : type;
  Column column{.name = field.name, .kind = internal::kind_of(held), .is_nullable = is_optional};
  column.is_list = held.kind() == Kind::list;
  if (column.is_list) column.element = element_kind(held);
  auto initial = internal::cell_of(type, schema.default_of(field));
  if (!initial) refuse(schema.name, "the default of '" + field.name + "' " + to_string(initial.error()));
  column.initial = *std::move(initial);
  return column;
}

void check_key(const Schema& schema) {
  const auto is_key = [](const Field& field) { return field.is_key; };
  const auto count = std::count_if(schema.fields.begin(), schema.fields.end(), is_key);
  if (count != 1) {
    refuse(schema.name, "it has " + std::to_string(count) + " key fields", "a document's id is its one key field");
  }
  const Kind kind = std::find_if(schema.fields.begin(), schema.fields.end(), is_key)->type->kind();
  if (kind != Kind::string && kind != Kind::integer) {
    refuse(schema.name, "its key is neither a string nor an integer");
  }
}

void add_column(Table& table, Column column) {
  check_name(table.name, column.name);
  for (const Column& other : table.columns) {
    if (equal_without_case(other.name, column.name)) {
      refuse(table.name, "'" + other.name + "' and '" + column.name + "' are the same to a store");
    }
  }
  table.columns.push_back(std::move(column));
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
  if (type.kind() != Kind::record) refuse(type.name(), "it is no described struct");
  const Schema& schema = type.schema();
  Table table{.name = schema.name};
  check_name(table.name, table.name);
  check_key(schema);
  Variant variant{.name = schema.name, .type = &type};
  for (const Field& field : schema.fields) {
    if (field.is_key) {
      variant.columns.push_back(Table::kNone);
      continue;
    }
    variant.columns.push_back(table.columns.size());
    add_column(table, column_of(schema, field));
  }
  table.variants.push_back(std::move(variant));
  return table;
}

}  // namespace freshet::store
