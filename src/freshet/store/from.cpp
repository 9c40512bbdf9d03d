// SPDX-License-Identifier: MIT
#include "freshet/store/from.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "freshet/codec/suggest.hpp"
#include "freshet/codec/timestamp.hpp"
#include "freshet/store/internal/cell_of.hpp"

namespace freshet::store {
namespace {

constexpr std::array<std::pair<std::string_view, Comparison>, 8> kComparisons = {{{"==", Comparison::equal},
                                                                                  {"!=", Comparison::not_equal},
                                                                                  {"<", Comparison::less},
                                                                                  {"<=", Comparison::less_equal},
                                                                                  {">", Comparison::greater},
                                                                                  {">=", Comparison::greater_equal},
                                                                                  {"in", Comparison::in},
                                                                                  {"contains", Comparison::contains}}};

const Field* find_field(const Table& table, std::string_view name) {
  for (const Variant& variant : table.variants) {
    if (const Field* const field = variant.type->schema().find(name)) return field;
  }
  return nullptr;
}

// A value that is as good as one of the wanted kind: a whole number for a real one, a number for an id.
Cell coerced(Cell cell, ColumnKind wanted) {
  if (const auto* const integer = std::get_if<std::int64_t>(&cell)) {
    if (wanted == ColumnKind::real) return static_cast<double>(*integer);
  }
  std::string text;
  const auto* const time = std::get_if<Timestamp>(&cell);
  // In JSON, times are text.
  if (time != nullptr && wanted == ColumnKind::text && codec::append_timestamp(text, *time)) return text;
  return cell;
}

}  // namespace

QueryBuilder::QueryBuilder(const Type& type) : table_(table_for(type)) {
  query_.table = &table_;
  query_.obj_types = obj_types_of(table_, type);
}

void QueryBuilder::note(Error error) {
  if (!error_) error_ = std::move(error);
}

Result<std::size_t> QueryBuilder::column(std::string_view attribute) const {
  const std::size_t column = table_.find(attribute);
  if (column != Table::kNone) return column;
  const Field* const field = find_field(table_, attribute);
  if (field != nullptr && field->is_key) return Table::kId;
  const std::string name = "'" + std::string(attribute) + "'";
  if (field != nullptr) {
    return fail(ErrorCode::invalid_argument, "attribute " + name + " of '" + table_.name + "' is computed, not stored");
  }
  std::vector<std::string_view> known;
  for (const Variant& variant : table_.variants) {
    for (const Field& each : variant.type->schema().fields) {
      const bool is_new = std::find(known.begin(), known.end(), each.name) == known.end();
      if (is_new && !each.is_computed()) known.emplace_back(each.name);
    }
  }
  return fail(ErrorCode::invalid_argument, "'" + table_.name + "' has no attribute " + name, {},
              codec::suggest(attribute, known));
}

ColumnKind QueryBuilder::kind(std::size_t column, Comparison comparison) const {
  if (column == Table::kId) return ColumnKind::text;
  const Column& wanted = table_.columns[column];
  return comparison == Comparison::contains ? wanted.element : wanted.kind;
}

void QueryBuilder::add(std::string_view attribute, std::string_view comparison, Result<Cells> operands) {
  for (const auto& [sign, meaning] : kComparisons) {
    if (sign == comparison) return add({std::string(attribute), meaning, std::move(operands)});
  }
  note({.code = ErrorCode::invalid_argument,
        .primary = "'" + std::string(comparison) + "' is no comparison",
        .detail = "of '" + table_.name + "." + std::string(attribute) + "'",
        .hint = "one of ==, !=, <, <=, >, >=, in, contains"});
}

void QueryBuilder::add(AttributeCondition condition) {
  const auto place = column(condition.attribute);
  if (!place) return note(place.error());
  if (!condition.operands) {
    Error error = condition.operands.error();
    error.detail = "as an operand of '" + table_.name + "." + condition.attribute + "'";
    return note(std::move(error));
  }
  const bool is_order = condition.comparison != Comparison::equal && condition.comparison != Comparison::not_equal &&
                        condition.comparison != Comparison::in;
  for (Cell& operand : *condition.operands) {
    const auto* const number = std::get_if<std::int64_t>(&operand);
    if (*place != Table::kId || number == nullptr) {
      operand = coerced(std::move(operand), kind(*place, condition.comparison));
    } else if (is_order) {
      return note({.code = ErrorCode::invalid_argument,
                   .primary = "'" + table_.name + "." + condition.attribute + "' is an id and compares as text",
                   .detail = {},
                   .hint = "keep the number in a field of its own, too, and compare that"});
    } else {
      operand = std::to_string(*number);
    }
  }
  query_.conditions.push_back({*place, condition.comparison, *std::move(condition.operands)});
}

void QueryBuilder::order_by(std::string_view attribute, Direction direction) {
  const auto place = column(attribute);
  if (!place) return note(place.error());
  query_.orders.push_back({.column = *place, .descending = direction == Direction::descending});
}

void QueryBuilder::set_bound(bool is_start, bool is_inclusive, Result<Cells> values) {
  if (!values) return note(std::move(values.error()));
  for (std::size_t i = 0; i < values->size() && i < query_.orders.size(); ++i) {
    Cell& value = (*values)[i];
    value = coerced(std::move(value), kind(query_.orders[i].column, Comparison::equal));
  }
  (is_start ? query_.start : query_.end) = Cursor{.cells = *std::move(values), .inclusive = is_inclusive};
}

void QueryBuilder::set_bound(bool is_start, bool is_inclusive, const Key& key, const Type& type, const void* object) {
  const Stored stored = stored_form(table_, type, object);
  auto cells = to_cells(table_, *stored.variant, stored.object);
  if (!cells) return note(std::move(cells.error()));
  Cursor cursor{.key = key, .inclusive = is_inclusive};
  for (const Order& order : query_.orders) {
    cursor.cells.push_back(order.column == Table::kId ? Cell(key.id) : (*cells)[order.column]);
  }
  (is_start ? query_.start : query_.end) = std::move(cursor);
}

Result<Query> QueryBuilder::build() const {
  if (error_) return fail(*error_);
  if (auto ok = check(query_); !ok) return fail(std::move(ok.error()));
  return query_;
}

Result<Cell> operand_cell(const Type& type, const void* value) {
  if (type.kind() == Kind::real && std::isnan(type.read_real(value))) {
    return fail(ErrorCode::invalid_argument, "nothing compares with NaN");
  }
  return internal::cell_of(type, value);
}

const std::string& attribute_name(const Schema& schema, std::size_t offset) {
  for (const Field& field : schema.fields) {
    if (!field.is_computed() && field.offset == offset) return field.name;
  }
  throw Failure({.code = ErrorCode::invalid_argument,
                 .primary = "a member of '" + schema.name + "' is no attribute of the model",
                 .detail = "ignored<> members are not stored"});
}

}  // namespace freshet::store
