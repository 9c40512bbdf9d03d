// SPDX-License-Identifier: MIT
#include "freshet/store/query.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "freshet/codec/json.hpp"
#include "freshet/model/type_of.hpp"
#include "freshet/model/value.hpp"
#include "freshet/store/internal/cell_of.hpp"

namespace freshet::store {
namespace {

using internal::describe;
using internal::kind_of;

tl::unexpected<Error> refuse(const Query& query, std::size_t column, const std::string& why, std::string hint = {}) {
  const std::string name = column == Table::kId ? "id" : query.table->columns[column].name;
  return fail(ErrorCode::invalid_argument, "'" + query.table->name + "." + name + "' " + why, {}, std::move(hint));
}

Result<void> check_place(const Query& query, std::size_t column) {
  if (column == Table::kId || column < query.table->columns.size()) return {};
  return fail(ErrorCode::invalid_argument, "a query of '" + query.table->name + "' names a column that is not there");
}

Result<void> check_operand(const Query& query, std::size_t column, ColumnKind kind, const Cell& operand) {
  if (kind_of(operand) != kind) {
    return refuse(
        query, column,
        "is compared with " + std::string(describe(kind_of(operand))) + " and keeps " + std::string(describe(kind)));
  }
  const auto* const number = std::get_if<double>(&operand);
  if (number != nullptr && std::isnan(*number)) return refuse(query, column, "is compared with NaN");
  const auto* const text = std::get_if<std::string>(&operand);
  if (text == nullptr) return {};
  if (auto ok = internal::check_text(*text); !ok)
    return refuse(query, column, "is compared with bad text: " + ok.error().primary);
  return {};
}

Result<void> check_count(const Query& query, const Condition& condition) {
  const std::size_t count = condition.operands.size();
  if (condition.comparison == Comparison::in) {
    if (count <= Query::kOperandsMax) return {};
    return refuse(query, condition.column, "is compared with too many values",
                  "at most " + std::to_string(Query::kOperandsMax));
  }
  if (count == 1) return {};
  return refuse(query, condition.column, "is compared with " + std::to_string(count) + " values, where one is wanted");
}

// What the operands of a condition have to be. Errors: the column cannot be asked that.
Result<ColumnKind> operand_kind(const Query& query, const Condition& condition) {
  const bool is_contains = condition.comparison == Comparison::contains;
  if (condition.column == Table::kId) {
    if (is_contains) return refuse(query, condition.column, "is no list", "`contains` asks lists for an element");
    return ColumnKind::text;
  }
  const Column& column = query.table->columns[condition.column];
  if (is_contains) {
    if (!column.is_list) return refuse(query, condition.column, "is no list", "`contains` asks lists for an element");
    if (column.element == ColumnKind::json) {
      return refuse(query, condition.column, "is a list of what cannot be compared",
                    "`contains` asks for booleans, numbers, texts, enums and timestamps");
    }
    return column.element;
  }
  if (column.kind == ColumnKind::json) {
    return refuse(query, condition.column, "is kept as JSON and cannot be compared", "a list can be asked `contains`");
  }
  return column.kind;
}

Result<void> check_condition(const Query& query, const Condition& condition) {
  if (auto ok = check_place(query, condition.column); !ok) return ok;
  if (auto ok = check_count(query, condition); !ok) return ok;
  const bool takes_null = condition.comparison == Comparison::equal || condition.comparison == Comparison::not_equal;
  if (takes_null && is_null(condition.operands.front())) return {};
  const auto kind = operand_kind(query, condition);
  if (!kind) return fail(kind.error());
  for (const Cell& operand : condition.operands) {
    if (is_null(operand)) return refuse(query, condition.column, "is compared with null", "by == and != only");
    if (auto ok = check_operand(query, condition.column, *kind, operand); !ok) return ok;
  }
  return {};
}

ColumnKind ordered_kind(const Query& query, std::size_t column) {
  return column == Table::kId ? ColumnKind::text : query.table->columns[column].kind;
}

Result<void> check_cursor(const Query& query, const Cursor& cursor) {
  const auto wrong = [&](const char* why) {
    return fail(ErrorCode::invalid_argument, "a cursor of a query of '" + query.table->name + "' " + why);
  };
  if (cursor.cells.size() > query.orders.size()) return wrong("has more values than the query has orders");
  if (cursor.key && cursor.cells.size() < query.orders.size()) return wrong("names a document but not all values");
  if (!cursor.key && cursor.cells.empty()) return wrong("is empty");
  for (std::size_t i = 0; i < cursor.cells.size(); ++i) {
    if (is_null(cursor.cells[i])) continue;
    const std::size_t column = query.orders[i].column;
    if (auto ok = check_operand(query, column, ordered_kind(query, column), cursor.cells[i]); !ok) return ok;
  }
  return {};
}

// Whether the JSON of a list has an element; elements of other kinds are passed over.
bool list_contains(const Value& list, const Cell& wanted) {
  const auto* const elements = list.if_list();
  if (elements == nullptr) return false;
  const auto is_wanted = [&](const Value& element) {
    if (const auto* text = std::get_if<std::string>(&wanted))
      return element.if_string() && *element.if_string() == *text;
    if (const auto* boolean = std::get_if<bool>(&wanted)) return element.if_bool() && *element.if_bool() == *boolean;
    if (const auto* integer = std::get_if<std::int64_t>(&wanted)) {
      return element.if_integer() && *element.if_integer() == *integer;
    }
    const auto* const real = std::get_if<double>(&wanted);
    if (real == nullptr) return false;
    // JSON does not tell 21 from 21.0.
    if (element.if_integer()) return static_cast<double>(*element.if_integer()) == *real;
    if (element.if_natural()) return static_cast<double>(*element.if_natural()) == *real;
    return element.if_real() && *element.if_real() == *real;
  };
  return std::any_of(elements->begin(), elements->end(), is_wanted);
}

bool json_contains(const Cell& cell, const Cell& wanted) {
  const auto* const json = std::get_if<Json>(&cell);
  if (json == nullptr) return false;
  Value value;
  return codec::decode_json(type_of<Value>(), &value, json->text) && list_contains(value, wanted);
}

Cell cell_in(const Row& row, std::size_t column) { return column == Table::kId ? Cell(row.key.id) : row.cells[column]; }

bool precedes(const Cell& left, const Cell& right) { return compare(left, right) < 0; }

// Requires: the operands of `in` are sorted.
bool fulfils(const Condition& condition, const Cell& cell) {
  if (condition.comparison == Comparison::in) {
    return !is_null(cell) && std::binary_search(condition.operands.begin(), condition.operands.end(), cell, precedes);
  }
  const Cell& operand = condition.operands.front();
  if (condition.comparison == Comparison::contains) return json_contains(cell, operand);
  if (is_null(cell) || is_null(operand)) {
    const bool is_same = is_null(cell) && is_null(operand);
    return condition.comparison == Comparison::equal ? is_same
                                                     : condition.comparison == Comparison::not_equal && !is_same;
  }
  const auto order = compare(cell, operand);
  switch (condition.comparison) {
    case Comparison::equal:
      return order == 0;
    case Comparison::not_equal:
      return order != 0;
    case Comparison::less:
      return order < 0;
    case Comparison::less_equal:
      return order <= 0;
    case Comparison::greater:
      return order > 0;
    case Comparison::greater_equal:
      return order >= 0;
    default:
      return false;
  }
}

std::weak_ordering compare_in_order(const Order& order, const Cell& left, const Cell& right) {
  return order.descending ? compare(right, left) : compare(left, right);
}

std::weak_ordering compare_rows(const Query& query, const Row& left, const Row& right) {
  for (const Order& order : query.orders) {
    const auto result = compare_in_order(order, cell_in(left, order.column), cell_in(right, order.column));
    if (result != 0) return result;
  }
  return left.key <=> right.key;
}

// Where a row stands to a cursor: less if before it.
std::weak_ordering compare_with(const Query& query, const Row& row, const Cursor& cursor) {
  for (std::size_t i = 0; i < cursor.cells.size(); ++i) {
    const auto result = compare_in_order(query.orders[i], cell_in(row, query.orders[i].column), cursor.cells[i]);
    if (result != 0) return result;
  }
  return cursor.key ? row.key <=> *cursor.key : std::weak_ordering::equivalent;
}

bool is_within(const Query& query, const Row& row) {
  if (query.start) {
    const auto order = compare_with(query, row, *query.start);
    if (order < 0 || (order == 0 && !query.start->inclusive)) return false;
  }
  if (query.end) {
    const auto order = compare_with(query, row, *query.end);
    if (order > 0 || (order == 0 && !query.end->inclusive)) return false;
  }
  return true;
}

}  // namespace

Result<void> check(const Query& query) {
  if (query.table == nullptr) return fail(ErrorCode::invalid_argument, "a query names no table");
  for (const Condition& condition : query.conditions) {
    if (auto ok = check_condition(query, condition); !ok) return ok;
  }
  for (const Order& order : query.orders) {
    if (auto ok = check_place(query, order.column); !ok) return ok;
    if (ordered_kind(query, order.column) == ColumnKind::json) {
      return refuse(query, order.column, "is kept as JSON and cannot be ordered by");
    }
  }
  for (const auto& cursor : {query.start, query.end}) {
    if (!cursor) continue;
    if (auto ok = check_cursor(query, *cursor); !ok) return ok;
  }
  return {};
}

Matcher::Matcher(Query query) : query_(std::move(query)) {
  for (Condition& condition : query_.conditions) {
    if (condition.comparison == Comparison::in)
      std::sort(condition.operands.begin(), condition.operands.end(), precedes);
  }
}

bool Matcher::operator()(const Row& row) const {
  if (query_.parent && *query_.parent != row.key.parent) return false;
  const auto& types = query_.obj_types;
  if (!types.empty() && std::find(types.begin(), types.end(), row.obj_type) == types.end()) return false;
  return std::all_of(query_.conditions.begin(), query_.conditions.end(),
                     [&](const Condition& condition) { return fulfils(condition, cell_in(row, condition.column)); });
}

bool matches(const Query& query, const Row& row) { return Matcher(query)(row); }

std::vector<const Row*> arrange(const Query& query, std::vector<const Row*> rows) {
  std::erase_if(rows, [&](const Row* row) { return !is_within(query, *row); });
  const std::size_t skipped = std::min(query.offset, rows.size());
  const std::size_t end = skipped + std::min(query.limit, rows.size() - skipped);
  const auto place = [&](std::size_t index) { return rows.begin() + static_cast<std::ptrdiff_t>(index); };
  std::partial_sort(rows.begin(), place(end), rows.end(),
                    [&](const Row* left, const Row* right) { return compare_rows(query, *left, *right) < 0; });
  rows.erase(place(end), rows.end());
  rows.erase(rows.begin(), place(skipped));
  return rows;
}

}  // namespace freshet::store
