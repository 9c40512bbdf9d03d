// SPDX-License-Identifier: MIT
#include "freshet/store/internal/cell_of.hpp"

#include <chrono>
#include <cmath>
#include <limits>
#include <utility>

#include "freshet/codec/json.hpp"
#include "freshet/codec/utf8.hpp"
#include "freshet/model/schema.hpp"
#include "freshet/model/validate.hpp"
#include "freshet/model/value.hpp"

namespace freshet::store::internal {
namespace {

// Looks through what becomes JSON for texts that no store keeps; encoding has limited how deep it is.
Result<void> check_texts(const Type& type, const void* object);

tl::unexpected<Error> within(Error error, const std::string& step) {
  error.path.insert(0, step);
  return fail(std::move(error));
}

Result<void> check_value_texts(const Value& value) {
  if (const auto* text = value.if_string()) return check_text(*text);
  if (const auto* list = value.if_list()) {
    for (std::size_t i = 0; i < list->size(); ++i) {
      if (auto ok = check_value_texts((*list)[i]); !ok) return within(std::move(ok.error()), index_step(i));
    }
  }
  if (const auto* object = value.if_object()) {
    for (const auto& [name, member] : *object) {
      if (auto ok = check_text(name); !ok) return ok;
      if (auto ok = check_value_texts(member); !ok) return within(std::move(ok.error()), member_step(name));
    }
  }
  return {};
}

Result<void> check_list_texts(const Type& type, const void* object) {
  const std::size_t size = type.list_size(object);
  for (std::size_t i = 0; i < size; ++i) {
    if (auto ok = check_texts(type.element(), type.list_at(object, i)); !ok) {
      return within(std::move(ok.error()), index_step(i));
    }
  }
  return {};
}

Result<void> check_set_texts(const Type& type, const void* object) {
  Result<void> outcome;
  std::size_t index = 0;
  type.set_visit(object, [&](const void* element) {
    outcome = check_texts(type.element(), element);
    if (!outcome) outcome = within(std::move(outcome.error()), index_step(index));
    ++index;
    return outcome.has_value();
  });
  return outcome;
}

Result<void> check_record_texts(const Schema& schema, const void* object) {
  for (const Field& field : schema.fields) {
    if (field.is_computed()) continue;
    if (auto ok = check_texts(*field.type, field.in(object)); !ok) {
      return within(std::move(ok.error()), member_step(field.name));
    }
  }
  return {};
}

Result<void> check_map_texts(const Type& type, const void* object) {
  Result<void> outcome;
  type.map_visit(object, [&](const void* key, const void* value) {
    const std::string name = type.key().key_text(key);
    outcome = check_text(name);
    if (!outcome) return false;
    outcome = check_texts(type.element(), value);
    if (!outcome) outcome = within(std::move(outcome.error()), member_step(name));
    return outcome.has_value();
  });
  return outcome;
}

Result<void> check_texts(const Type& type, const void* object) {
  switch (type.kind()) {
    case Kind::string:
      return check_text(type.as_string(object));
    case Kind::optional:
      return type.inspect(object) == nullptr ? Result<void>() : check_texts(type.element(), type.inspect(object));
    case Kind::list:
      return check_list_texts(type, object);
    case Kind::map:
      return check_map_texts(type, object);
    case Kind::set:
      return check_set_texts(type, object);
    case Kind::record:
      return check_record_texts(type.schema(), object);
    case Kind::poly:
      return check_record_texts(type.poly_type(object).schema(), type.poly_get(object));
    case Kind::value:
      return check_value_texts(type.as_value(object));
    default:
      return {};
  }
}

Result<Cell> json_cell(const Type& type, const void* object) {
  Json json;
  if (auto ok = codec::encode_json(type, object, json.text, JsonForm::stored); !ok) {
    ok.error().path.erase(0, 1);  // the $
    return fail(std::move(ok.error()));
  }
  if (auto ok = check_texts(type, object); !ok) return fail(std::move(ok.error()));
  return json;
}

Result<Cell> integer_cell(const Type& type, const void* object) {
  if (type.is_signed()) return type.read_signed(object);
  const std::uint64_t number = type.read_unsigned(object);
  if (number <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return static_cast<std::int64_t>(number);
  }
  return fail(ErrorCode::out_of_range, "number is too large for a store", std::to_string(number),
              "at most 9223372036854775807");
}

// What text forms of time can say: the years 0000 to 9999.
Result<Cell> timestamp_cell(Timestamp time) {
  constexpr Timestamp kFirst = std::chrono::sys_days(std::chrono::year(0) / 1 / 1);
  constexpr Timestamp kEnd = std::chrono::sys_days(std::chrono::year(10000) / 1 / 1);
  if (time >= kFirst && time < kEnd) return time;
  return fail(ErrorCode::out_of_range, "year is not in 0000 to 9999");
}

tl::unexpected<Error> wrong_cell(const Cell& cell, const Type& type) {
  return fail(ErrorCode::invalid_argument, "the store has " +
                                               std::string(is_null(cell) ? "nothing" : describe(kind_of(cell))) +
                                               " where " + type.name() + " is wanted");
}

template <class T> const T* held(const Cell& cell) { return std::get_if<T>(&cell); }

Result<void> fill_scalar(const Cell& cell, const Type& type, void* object) {
  const auto done = [&](bool is_written) -> Result<void> {
    if (is_written) return {};
    return fail(ErrorCode::out_of_range, "what the store has does not fit " + type.name());
  };
  switch (type.kind()) {
    case Kind::boolean:
      if (const auto* value = held<bool>(cell)) return type.write_bool(object, *value), Result<void>();
      break;
    case Kind::integer:
      if (const auto* value = held<std::int64_t>(cell)) return done(type.write_signed(object, *value));
      break;
    case Kind::real:
      if (const auto* value = held<double>(cell)) return done(type.write_real(object, *value));
      break;
    case Kind::string:
      if (const auto* value = held<std::string>(cell)) return type.as_string(object) = *value, Result<void>();
      break;
    case Kind::timestamp:
      if (const auto* value = held<Timestamp>(cell)) return type.write_timestamp(object, *value), Result<void>();
      break;
    case Kind::enumeration:
      if (const auto* value = held<std::string>(cell)) return done(type.write_enum(object, *value));
      break;
    default:
      break;
  }
  return wrong_cell(cell, type);
}

}  // namespace

ColumnKind kind_of(const Type& type) {
  switch (type.kind()) {
    case Kind::boolean:
      return ColumnKind::boolean;
    case Kind::integer:
      return ColumnKind::integer;
    case Kind::real:
      return ColumnKind::real;
    case Kind::string:
    case Kind::enumeration:
      return ColumnKind::text;
    case Kind::timestamp:
      return ColumnKind::timestamp;
    case Kind::optional:
      return kind_of(type.element());
    case Kind::list:
    case Kind::map:
    case Kind::set:
    case Kind::record:
    case Kind::poly:
    case Kind::value:
      return ColumnKind::json;
  }
  return ColumnKind::json;
}

ColumnKind kind_of(const Cell& cell) { return static_cast<ColumnKind>(cell.index() - 1); }

std::string_view describe(ColumnKind kind) {
  switch (kind) {
    case ColumnKind::boolean:
      return "a boolean";
    case ColumnKind::integer:
      return "an integer";
    case ColumnKind::real:
      return "a real number";
    case ColumnKind::text:
      return "a text";
    case ColumnKind::timestamp:
      return "a timestamp";
    case ColumnKind::json:
      return "JSON";
  }
  return "something";
}

Result<void> check_text(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return fail(ErrorCode::invalid_argument, "text has a NUL");
  if (!codec::is_utf8(text)) return fail(ErrorCode::invalid_argument, "text is not UTF-8");
  return {};
}

Result<Cell> cell_of(const Type& type, const void* object) {
  switch (type.kind()) {
    case Kind::boolean:
      return type.read_bool(object);
    case Kind::integer:
      return integer_cell(type, object);
    case Kind::real: {
      const double number = type.read_real(object);
      if (std::isnan(number)) return fail(ErrorCode::out_of_range, "number is not a number (NaN)");
      return number;
    }
    case Kind::string: {
      if (auto ok = check_text(type.as_string(object)); !ok) return fail(std::move(ok.error()));
      return type.as_string(object);
    }
    case Kind::timestamp:
      return timestamp_cell(type.read_timestamp(object));
    case Kind::enumeration: {
      const std::string_view name = type.read_enum(object);
      if (name.empty()) return fail(ErrorCode::out_of_range, "enum value has no name");
      return std::string(name);
    }
    case Kind::optional:
      return type.inspect(object) == nullptr ? Result<Cell>(Cell()) : cell_of(type.element(), type.inspect(object));
    case Kind::list:
    case Kind::map:
    case Kind::set:
    case Kind::record:
    case Kind::poly:
    case Kind::value:
      return json_cell(type, object);
  }
  return fail(ErrorCode::internal, "unknown kind of type");
}

Result<void> fill_from(const Cell& cell, const Type& type, void* object) {
  if (type.kind() == Kind::optional) {
    if (!is_null(cell)) return fill_from(cell, type.element(), type.emplace(object));
    type.reset(object);
    return {};
  }
  if (kind_of(type) != ColumnKind::json) return fill_scalar(cell, type, object);
  const Json* const json = held<Json>(cell);
  if (json == nullptr) return wrong_cell(cell, type);
  DecodeOptions options;
  options.form = JsonForm::stored;
  auto ok = codec::decode_json(type, object, json->text, options);
  if (!ok) ok.error().path.erase(0, 1);
  return ok;
}

}  // namespace freshet::store::internal
