// SPDX-License-Identifier: MIT
#include "freshet/model/validate.hpp"

#include <algorithm>
#include <charconv>

#include "freshet/base/limits.hpp"
#include "freshet/model/value.hpp"

namespace freshet {
namespace {

std::string number_text(long double number) {
  char text[64];
  // As a double it is as short as its author wrote it; only large integers need all the digits of a long double.
  const auto narrow = static_cast<double>(number);
  const bool is_double = narrow == number || number != number;
  const auto written = is_double ? std::to_chars(std::begin(text), std::end(text), narrow)
                                 : std::to_chars(std::begin(text), std::end(text), number);
  return std::string(text, written.ptr);
}

long double read_number(const Type& type, const void* object) {
  if (type.kind() == Kind::real) return type.read_real(object);
  if (type.is_signed()) return static_cast<long double>(type.read_signed(object));
  return static_cast<long double>(type.read_unsigned(object));
}

std::string bounds_text(const Checks& checks) {
  if (checks.maximum >= Checks::kInfinity) return "must be at least " + number_text(checks.minimum);
  if (checks.minimum <= -Checks::kInfinity) return "must be at most " + number_text(checks.maximum);
  return "must lie between " + number_text(checks.minimum) + " and " + number_text(checks.maximum);
}

std::string length_text(const Checks& checks, std::string_view unit) {
  const std::string units = " " + std::string(unit) + "s";
  if (checks.length_max == Checks::kNoLimit) return "must have at least " + std::to_string(checks.length_min) + units;
  if (checks.length_min == 0) return "must have at most " + std::to_string(checks.length_max) + units;
  if (checks.length_min == checks.length_max) return "must have exactly " + std::to_string(checks.length_min) + units;
  return "must have " + std::to_string(checks.length_min) + " to " + std::to_string(checks.length_max) + units;
}

// Each character of UTF-8 has one byte that does not continue another.
std::size_t character_count(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::size_t length_of(const Type& type, const void* object) {
  switch (type.kind()) {
    case Kind::string:
      return character_count(type.as_string(object));
    case Kind::list:
      return type.list_size(object);
    case Kind::set:
      return type.set_size(object);
    default:
      return type.map_size(object);
  }
}

Result<void> validate_nested(const Type& type, const void* object, std::size_t depth);

// The path of an error grows from its end, so that it costs nothing where there is none.
Result<void> at_step(Result<void> result, const auto& make_step) {
  if (result) return result;
  Error error = std::move(result.error());
  error.path.insert(0, make_step());
  return fail(std::move(error));
}

Result<void> validate_record(const Schema& schema, const void* object, std::size_t depth) {
  for (const Field& field : schema.fields) {
    if (field.is_computed()) continue;
    Result<void> result = check_field(field, field.in(object));
    if (result) result = validate_nested(*field.type, field.in(object), depth);
    if (!result) return at_step(std::move(result), [&] { return member_step(field.data_key); });
  }
  return {};
}

Result<void> validate_list(const Type& type, const void* object, std::size_t depth) {
  const std::size_t size = type.list_size(object);
  for (std::size_t i = 0; i < size; ++i) {
    Result<void> result = validate_nested(type.element(), type.list_at(object, i), depth);
    if (!result) return at_step(std::move(result), [&] { return index_step(i); });
  }
  return {};
}

Result<void> validate_set(const Type& type, const void* object, std::size_t depth) {
  Result<void> result;
  std::size_t index = 0;
  type.set_visit(object, [&](const void* element) {
    result = at_step(validate_nested(type.element(), element, depth), [&] { return index_step(index); });
    ++index;
    return result.has_value();
  });
  return result;
}

Result<void> validate_map(const Type& type, const void* object, std::size_t depth) {
  Result<void> result;
  type.map_visit(object, [&](const void* key, const void* value) {
    result = validate_nested(type.key(), key, depth);
    if (result) {
      result =
          at_step(validate_nested(type.element(), value, depth), [&] { return member_step(type.key().key_text(key)); });
    }
    return result.has_value();
  });
  return result;
}

bool is_nested(Kind kind) {
  return kind == Kind::optional || kind == Kind::list || kind == Kind::set || kind == Kind::map ||
         kind == Kind::record || kind == Kind::poly || kind == Kind::enumeration;
}

Result<void> validate_nested(const Type& type, const void* object, std::size_t depth) {
  if (!is_nested(type.kind())) return {};
  if (depth > kNestingDepthMax) {
    return fail(ErrorCode::too_large, "nests too deep", "more than " + std::to_string(kNestingDepthMax) + " levels");
  }
  switch (type.kind()) {
    case Kind::optional: {
      const void* content = type.inspect(object);
      return content == nullptr ? Result<void>() : validate_nested(type.element(), content, depth);
    }
    case Kind::list:
      // A list of plain numbers has nothing to check; it may be long.
      return is_nested(type.element().kind()) ? validate_list(type, object, depth + 1) : Result<void>();
    case Kind::set:
      return is_nested(type.element().kind()) ? validate_set(type, object, depth + 1) : Result<void>();
    case Kind::map:
      return validate_map(type, object, depth + 1);
    case Kind::poly:
      return validate_nested(type.poly_type(object), type.poly_get(object), depth);
    case Kind::record:
      return validate_record(type.schema(), object, depth + 1);
    default:
      break;
  }
  if (!type.read_enum(object).empty()) return {};
  return fail(ErrorCode::invalid_argument, "must be " + name_choices(type));
}

}  // namespace

Result<void> check_field(const Field& field, const void* member) {
  const Checks& checks = field.checks;
  if (!checks.has_range() && !checks.has_length() && checks.own == nullptr) return {};
  const Type* type = field.type;
  if (type->kind() == Kind::optional) {
    member = type->inspect(member);
    if (member == nullptr) return {};
    type = &type->element();
  }
  if (checks.has_range()) {
    const long double number = read_number(*type, member);
    // Written so that NaN fails.
    if (!(number >= checks.minimum && number <= checks.maximum)) {
      return fail(ErrorCode::out_of_range, bounds_text(checks), "got " + number_text(number));
    }
  }
  if (checks.has_length()) {
    const std::size_t length = length_of(*type, member);
    if (length < checks.length_min || length > checks.length_max) {
      return fail(ErrorCode::out_of_range, length_text(checks, type->kind() == Kind::string ? "character" : "element"),
                  "got " + std::to_string(length));
    }
  }
  return checks.own == nullptr ? Result<void>() : checks.own(member);
}

Result<void> validate(const Type& type, const void* object, std::string_view path) {
  return at_step(validate_nested(type, object, 0), [&] { return std::string(path); });
}

std::string member_step(std::string_view name) {
  const bool is_plain =
      !name.empty() && !(name[0] >= '0' && name[0] <= '9') && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
      });
  if (is_plain) return "." + std::string(name);
  std::string step = "[\"";
  for (const char c : name) {
    if (c == '"' || c == '\\') step += '\\';
    step += c;
  }
  return step + "\"]";
}

std::string index_step(std::size_t index) { return "[" + std::to_string(index) + "]"; }

std::string name_choices(const Type& enumeration) {
  std::string text = "one of ";
  for (const EnumName& entry : enumeration.enum_names()) {
    if (&entry != enumeration.enum_names().data()) text += ", ";
    text += entry.name;
  }
  return text;
}

}  // namespace freshet
