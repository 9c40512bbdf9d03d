// SPDX-License-Identifier: MIT
// The text of a query: what it asks for, its cursors as bounds, its order.
#include <algorithm>
#include <cstdint>
#include <utility>

#include "freshet/base/assert.hpp"
#include "freshet/store/internal/sql_text.hpp"

namespace freshet::store::sql {
namespace {

/// What a result is ordered by.
struct SortKey {
  std::string column;
  bool descending = false;
  bool nullable = false;
};

/// A condition, or one that always or never holds.
struct Bound {
  enum class Kind : std::uint8_t { never, always, text };
  Kind kind = Kind::never;
  std::string text{};
};

class QueryText {
 public:
  QueryText(const Dialect& dialect, const Query& query) : dialect_(dialect), query_(query) {}

  Statement make() {
    statement_.text = "SELECT " + row_columns(table()) + " FROM " + quoted(table().name);
    add_place();
    for (const Condition& condition : query_.conditions) add_where(text_of(condition));
    const std::vector<SortKey> keys = sort_keys();
    if (query_.start) add_bound(*query_.start, keys, true);
    if (query_.end) add_bound(*query_.end, keys, false);
    statement_.text += where_;
    add_order(keys);
    add_window();
    return std::move(statement_);
  }

 private:
  const Table& table() const { return *query_.table; }

  std::string put(Cell value) {
    statement_.parameters.push_back(std::move(value));
    return parameter(dialect_, statement_.parameters.size());
  }

  std::string column_name(std::size_t column) const {
    return quoted(column == Table::kId ? kId : std::string_view(table().columns[column].name));
  }

  bool is_nullable(std::size_t column) const { return column != Table::kId && table().columns[column].is_nullable; }

  void add_where(std::string_view condition) {
    where_ += where_.empty() ? " WHERE " : " AND ";
    where_ += condition;
  }

  void add_place() {
    if (query_.parent) add_where(quoted(kParent) + " = " + put(*query_.parent));
    if (query_.obj_types.empty()) return;
    std::string names;
    for (const std::string& name : query_.obj_types) append_list(names, put(name));
    add_where(quoted(kType) + " IN (" + names + ")");
  }

  std::string text_of(const Condition& condition) {
    const std::string column = column_name(condition.column);
    if (condition.comparison == Comparison::in) return in(column, condition.operands);
    const Cell& operand = condition.operands.front();
    switch (condition.comparison) {
      case Comparison::equal:
        return is_null(operand) ? column + " IS NULL" : column + " = " + put(operand);
      case Comparison::not_equal:
        if (is_null(operand)) return column + " IS NOT NULL";
        if (!is_nullable(condition.column)) return column + " <> " + put(operand);
        return "(" + column + " <> " + put(operand) + " OR " + column + " IS NULL)";
      case Comparison::less:
        return column + " < " + put(operand);
      case Comparison::less_equal:
        return column + " <= " + put(operand);
      case Comparison::greater:
        return column + " > " + put(operand);
      case Comparison::greater_equal:
        return column + " >= " + put(operand);
      case Comparison::contains:
        return dialect_.contains(column, operand, [this](Cell value) { return put(std::move(value)); });
      case Comparison::in:
        break;
    }
    FRESHET_ASSERT(false);
    return {};
  }

  std::string in(const std::string& column, const Cells& operands) {
    if (operands.empty()) return "1 = 0";
    if (operands.size() > dialect_.in_parameters_max) {
      return dialect_.in_many(column, operands, [this](Cell value) { return put(std::move(value)); });
    }
    std::string list;
    for (const Cell& operand : operands) append_list(list, put(operand));
    return column + " IN (" + list + ")";
  }

  std::vector<SortKey> sort_keys() const {
    std::vector<SortKey> keys;
    for (const Order& order : query_.orders)
      keys.push_back({column_name(order.column), order.descending, is_nullable(order.column)});
    // Within one collection the parent says nothing, and an index on what is ordered by serves better without it.
    if (!query_.parent) keys.push_back({quoted(kParent)});
    keys.push_back({quoted(kId)});
    return keys;
  }

  /// The rows that come strictly after (or before) those whose `key` is `cell`.
  Bound beyond(const SortKey& key, const Cell& cell, bool after) {
    if (after != key.descending) {  // towards greater values
      if (is_null(cell)) return {Bound::Kind::text, key.column + " IS NOT NULL"};
      return {Bound::Kind::text, key.column + " > " + put(cell)};
    }
    if (is_null(cell)) return {};
    const std::string less = key.column + " < " + put(cell);
    return {Bound::Kind::text, key.nullable ? "(" + less + " OR " + key.column + " IS NULL)" : less};
  }

  /// The rows beyond the cells from `at` on, or like them, for which `rest` has to hold too.
  Bound bound(const Cells& cells, std::size_t at, const std::vector<SortKey>& keys, const Bound& rest, bool after) {
    if (at == cells.size()) return rest;
    const SortKey& key = keys[at];
    const Cell& cell = cells[at];
    Bound further = beyond(key, cell, after);
    const Bound inner = bound(cells, at + 1, keys, rest, after);
    if (inner.kind == Bound::Kind::never) return further;
    const std::string same = is_null(cell) ? key.column + " IS NULL" : key.column + " = " + put(cell);
    const std::string with_inner = inner.kind == Bound::Kind::always ? same : "(" + same + " AND " + inner.text + ")";
    if (further.kind == Bound::Kind::never) return {Bound::Kind::text, with_inner};
    return {Bound::Kind::text, "(" + further.text + " OR " + with_inner + ")"};
  }

  void add_bound(const Cursor& cursor, const std::vector<SortKey>& keys, bool is_start) {
    Cells cells = cursor.cells;
    Bound rest{cursor.inclusive ? Bound::Kind::always : Bound::Kind::never};
    if (cursor.key && query_.parent && *query_.parent != cursor.key->parent) {
      // A key of another collection comes before or after all of this one.
      const bool is_beyond = is_start == (*query_.parent > cursor.key->parent);
      rest.kind = is_beyond ? Bound::Kind::always : Bound::Kind::never;
    } else if (cursor.key) {
      if (!query_.parent) cells.emplace_back(cursor.key->parent);
      cells.emplace_back(cursor.key->id);
    }
    const Bound made = bound(cells, 0, keys, rest, is_start);
    if (made.kind == Bound::Kind::text) add_where(made.text);
    if (made.kind == Bound::Kind::never) add_where("1 = 0");
  }

  void add_order(const std::vector<SortKey>& keys) {
    std::string list;
    for (const SortKey& key : keys) {
      append_list(list, key.column + (key.descending ? " DESC" : ""));
      if (key.nullable && !dialect_.orders_nulls_first) list += key.descending ? " NULLS LAST" : " NULLS FIRST";
    }
    statement_.text += " ORDER BY " + list;
  }

  void add_window() {
    const auto most = [](std::size_t count) {
      return static_cast<std::int64_t>(std::min<std::size_t>(count, static_cast<std::size_t>(INT64_MAX)));
    };
    if (query_.limit == Query::kNoLimit && query_.offset == 0) return;
    statement_.text += " LIMIT " + put(most(query_.limit));
    if (query_.offset > 0) statement_.text += " OFFSET " + put(most(query_.offset));
  }

  const Dialect& dialect_;
  const Query& query_;
  Statement statement_;
  std::string where_;
};

}  // namespace

Statement select(const Dialect& dialect, const Query& query) { return QueryText(dialect, query).make(); }

}  // namespace freshet::store::sql
