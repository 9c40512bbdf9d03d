// SPDX-License-Identifier: MIT
#include "freshet/graph/detail/key_text.hpp"

#include "freshet/model/schema.hpp"

namespace freshet::detail {
namespace {

std::string text_of_record(const Type& type, const void* value) {
  std::string text = "{";
  for (const Field& field : type.schema().fields) {
    if (field.is_computed()) continue;
    if (text.size() > 1) text += ", ";
    text += field.name + ": " + text_of(*field.type, field.in(value));
  }
  return text + "}";
}

std::string text_of_list(const Type& type, const void* value) {
  std::string text = "[";
  for (std::size_t i = 0; i < type.list_size(value); ++i) {
    if (i > 0) text += ", ";
    text += text_of(type.element(), type.list_at(value, i));
  }
  return text + "]";
}

}  // namespace

std::string text_of(const Type& type, const void* value) {
  switch (type.kind()) {
    case Kind::boolean:
      return type.read_bool(value) ? "true" : "false";
    case Kind::integer:
      return type.is_signed() ? std::to_string(type.read_signed(value)) : std::to_string(type.read_unsigned(value));
    case Kind::real:
      return std::to_string(type.read_real(value));
    case Kind::string:
      return type.as_string(value);
    case Kind::timestamp:
      return std::to_string(type.read_timestamp(value).time_since_epoch().count()) + " us";
    case Kind::enumeration:
      return std::string(type.read_enum(value));
    case Kind::optional: {
      const void* inner = type.inspect(value);
      return inner != nullptr ? text_of(type.element(), inner) : "none";
    }
    case Kind::list:
      return text_of_list(type, value);
    case Kind::record:
      return text_of_record(type, value);
    case Kind::poly:
      return text_of(type.poly_type(value), type.poly_get(value));
    case Kind::set:
    case Kind::map:
    case Kind::value:
      break;
  }
  return "(" + type.name() + ")";
}

}  // namespace freshet::detail
