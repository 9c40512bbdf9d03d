// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "freshet/store/cell.hpp"
#include "freshet/store/query.hpp"
#include "freshet/store/row.hpp"
#include "freshet/store/table.hpp"

/// SQL for tables, rows and queries, written once for all stores that speak it.
///
/// Values travel as parameters, numbered from 1; names are quoted identifiers. The only literals are the initial values
/// of columns, which come from the program's own models: DDL takes no parameters.
namespace freshet::store::sql {

/// What every table has before the columns of its model. No column of a model begins with '_'.
inline constexpr std::string_view kParent = "_parent";
inline constexpr std::string_view kId = "_id";
inline constexpr std::string_view kType = "_type";
inline constexpr std::string_view kRevision = "_revision";
inline constexpr std::string_view kCreatedAt = "_created_at";
inline constexpr std::string_view kUpdatedAt = "_updated_at";
inline constexpr std::array kSystemColumns = {kParent, kId, kType, kRevision, kCreatedAt, kUpdatedAt};

/// Takes a value and returns what stands for it in the text: "$3".
using Parameter = std::function<std::string(Cell)>;

/// How two SQLs differ.
struct Dialect {
  /// '?' or '$', before the number of a parameter.
  char parameter_sign = '?';
  /// In the order of ColumnKind, with the collation that compares text by bytes.
  std::array<std::string_view, 6> types;
  /// After the closing parenthesis of CREATE TABLE: " STRICT".
  std::string_view table_suffix;
  /// The defaults of kRevision, and of kCreatedAt and kUpdatedAt, for rows that others insert.
  std::string_view revision_default;
  std::string_view now_default;
  /// Whether columns that are not nullable are declared so, or kept so otherwise.
  bool has_not_null = false;
  /// Whether null comes first by itself in an ascending order, and last in a descending one.
  bool orders_nulls_first = false;
  /// A cell that is not null as a literal of DDL.
  std::string (*literal)(const Cell& cell) = nullptr;
  /// For `in` with more operands than this, in_many() is asked instead of giving each a parameter.
  std::size_t in_parameters_max = 0;
  /// Whether `column` (quoted) is one of many operands. Their kind is that of the column.
  std::string (*in_many)(const std::string& column, const Cells& operands, const Parameter& parameter) = nullptr;
  /// Whether the JSON list in `column` (quoted) has the element.
  std::string (*contains)(const std::string& column, const Cell& element, const Parameter& parameter) = nullptr;
};

/// SQLite 3.37 and newer. Booleans are 0 and 1, timestamps microseconds since 1970, JSON is text.
extern const Dialect kSqlite;

/// A statement and the values of its parameters, in order.
struct Statement {
  std::string text;
  Cells parameters;
};

/// `name` as an identifier: in double quotes, those in it doubled. Requires: no NUL.
std::string quoted(std::string_view name);
/// `text` as a string literal in single quotes, those in it doubled. Requires: no NUL, and not from a user.
std::string text_literal(std::string_view text);
/// Adds a part to a list with commas.
void append_list(std::string& out, std::string_view part);
/// The place of a parameter: "$3".
std::string parameter(const Dialect& dialect, std::size_t number);

// --- Making tables. ---

/// The type of a column with its default and, where the dialect has it, NOT NULL.
std::string column_definition(const Dialect& dialect, const Column& column);
/// CREATE TABLE, with (parent, id) as primary key. The system columns come first, then the model's in order.
std::string create_table(const Dialect& dialect, const Table& table);
/// ALTER TABLE ... ADD COLUMN: rows that are there get the column's initial value.
std::string add_column(const Dialect& dialect, const Table& table, const Column& column);
/// "users_by_last_name", at most Table::kNameBytesMax bytes: longer names end in a hash of themselves.
std::string index_name(const Table& table, const Index& index);
/// CREATE [UNIQUE] INDEX IF NOT EXISTS.
std::string create_index(const Table& table, const Index& index);

// --- Rows. ---

/// The system columns and the model's in order, quoted, with commas: what a Row is read from.
std::string row_columns(const Table& table);
/// One row. Parameters: parent, id.
std::string select_row(const Dialect& dialect, const Table& table);
/// Parameters: the system columns in order, then the model's.
std::string insert_row(const Dialect& dialect, const Table& table);
/// Parameters: type, revision, update time, the named columns in order, parent, id.
std::string update_row(const Dialect& dialect, const Table& table, std::span<const std::size_t> columns);
/// Parameters: parent, id.
std::string remove_row(const Dialect& dialect, const Table& table);

// --- Queries. ---

/// The rows of a query, in its order: row_columns(). Requires: check(query) has passed.
Statement select(const Dialect& dialect, const Query& query);

}  // namespace freshet::store::sql
