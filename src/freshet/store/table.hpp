// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "freshet/base/result.hpp"
#include "freshet/model/schema.hpp"
#include "freshet/model/type_of.hpp"
#include "freshet/store/cell.hpp"

namespace freshet::store {

struct Row;

struct Column {
  std::string name{};
  ColumnKind kind = ColumnKind::text;
  bool is_nullable = false;
  /// A JSON list, so that `contains` may be asked of it.
  bool is_list = false;
  /// What the elements of a list are: boolean, integer, real, text (also for enums and timestamps, which are text in
  /// JSON), or json for elements that `contains` cannot be asked for.
  ColumnKind element = ColumnKind::json;
  /// The value of rows that are older than the column.
  Cell initial{};
};

struct Index {
  std::vector<std::string> columns{};
  bool is_unique = false;
};

/// One concrete struct that a table keeps. A model without subclasses has one.
struct Variant {
  /// What documents of it carry as obj_type.
  std::string name{};
  const Type* type = nullptr;
  /// For each field of the schema, the column it lies in; kNone for a field that is no column: a computed one, the key.
  std::vector<std::size_t> columns{};
};

/// How a model is kept in a store: a name, columns in order, indexes. Made from the model's Schema, so that it is
/// written once.
///
/// Every store keeps, beside these columns, of each document: its parent's path, its id, its obj_type, its revision,
/// and when it was created and last updated (Row).
///
/// The key field of a model is no column: it is the document's id, which queries name as column kId.
///
/// Invariants: 1. names of columns, of which none begins with '_', are distinct, also without regard to the case of
/// ASCII letters. 2. names of tables and columns are UTF-8 of 1 to kNameBytesMax bytes without NUL, '/' and control
/// characters. Thread safety: constant once built.
struct Table {
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  /// In place of a column in a Condition or Order: the id, which is text, compared by bytes.
  static constexpr std::size_t kId = kNone - 1;
  /// What PostgreSQL takes for a name.
  static constexpr std::size_t kNameBytesMax = 63;

  std::string name{};
  std::vector<Column> columns{};
  std::vector<Index> indexes{};
  /// The model itself first, then its subclasses.
  std::vector<Variant> variants{};

  /// The place of a column; kNone if there is none of that name.
  std::size_t find(std::string_view column) const;
  const Variant* variant(std::string_view obj_type) const;
};

/// The table of a described struct with exactly one key field, a string, integer or enum, which is the document's id.
/// Subclasses lie in the table of their topmost parent; columns that only some of them have can be null.
/// Errors: throws Failure if the struct cannot be stored, and says why.
Table make_table(const Type& type);

/// The same, built once for a model and all its subclasses; also of a Poly of one of them.
const Table& table_for(const Type& type);
template <class T> const Table& table_of() {
  static const Table& kTable = table_for(type_of<T>());
  return kTable;
}

/// What documents of a class and of its subclasses carry as obj_type; empty where that is all of the table.
/// Requires: `type` is one of the table's classes, or a Poly of one.
std::vector<std::string> obj_types_of(const Table& table, const Type& type);

/// The id of an object: the text of its key field.
std::string id_of(const Variant& variant, const void* object);

/// The cells of an object, in the order of the table's columns; null for the columns of other variants.
/// Errors: a value that no store can keep (an integer above 2^63 - 1, a NaN, text with NUL), with its path.
Result<Cells> to_cells(const Table& table, const Variant& variant, const void* object);

/// Fills an object from its id and cells; a null where the member cannot be null gives its default. Errors: a cell that
/// the member cannot hold, with its path; then the object holds something in between.
Result<void> from_cells(const Table& table, const Variant& variant, std::string_view id, const Cells& cells,
                        void* object);

/// A single value of a member as its column keeps it. Errors: as to_cells(), with the path below the value.
Result<Cell> to_cell(const Type& type, const void* value);

/// An object as the store sees it: its concrete class, also within a Poly.
struct Stored {
  const Variant* variant = nullptr;
  const void* object = nullptr;
};
/// Requires: `type` is one of the table's classes, or a Poly of one.
Stored stored_form(const Table& table, const Type& type, const void* object);

/// Fills an object of class `type` from a document. A Poly becomes whatever class the document is; an object of a class
/// is given its part of a subclass. False, and nothing filled, if the document is of another class.
/// Errors: as from_cells(), and an obj_type that the model does not know.
Result<bool> from_row(const Table& table, const Row& row, const Type& type, void* object);

}  // namespace freshet::store
