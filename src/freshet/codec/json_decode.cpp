// SPDX-License-Identifier: MIT
#include <utility>

#include "freshet/codec/internal/decoder.hpp"
#include "freshet/codec/json.hpp"
#include "freshet/codec/timestamp.hpp"
#include "freshet/model/any_object.hpp"
#include "freshet/model/ref.hpp"
#include "freshet/model/validate.hpp"
#include "freshet/model/value.hpp"

namespace freshet::codec {

Result<void> Decoder::read(const Type& type, void* object) {
  switch (type.kind()) {
    case Kind::boolean:
      return read_bool(type, object);
    case Kind::integer:
      return read_integer(type, object);
    case Kind::real:
      return read_real(type, object);
    case Kind::string:
      return read_string(type, object);
    case Kind::timestamp:
      return read_timestamp(type, object);
    case Kind::enumeration:
      return read_enum(type, object);
    case Kind::optional:
      return read_optional(type, object);
    case Kind::list:
      return read_list(type, object);
    case Kind::set:
      return read_set(type, object);
    case Kind::map:
      return read_map(type, object);
    case Kind::poly:
      return read_poly(type, object);
    case Kind::record:
      return read_record(type.schema(), object);
    case Kind::value:
      return read_value(type.as_value(object));
  }
  return reader_.refuse(ErrorCode::internal, "unknown kind of type");
}

Result<void> Decoder::read_bool(const Type& type, void* object) {
  auto value = reader_.boolean();
  if (!value) return fail(std::move(value.error()));
  type.write_bool(object, *value);
  return {};
}

Result<void> Decoder::read_integer(const Type& type, void* object) {
  const auto store = [&](auto&& number, auto&& write) -> Result<void> {
    if (!number && number.error().code != ErrorCode::out_of_range) return fail(std::move(number.error()));
    if (number && write(*number)) return {};
    return reader_.refuse(ErrorCode::out_of_range, "must lie between " + std::to_string(type.integer_min()) + " and " +
                                                       std::to_string(type.integer_max()));
  };
  if (reader_.text().starts_with('-')) {
    return store(reader_.int64(), [&](std::int64_t number) { return type.write_signed(object, number); });
  }
  return store(reader_.uint64(), [&](std::uint64_t number) { return type.write_unsigned(object, number); });
}

Result<void> Decoder::read_real(const Type& type, void* object) {
  const auto store = [&](auto&& number) -> Result<void> {
    if (!number) return fail(std::move(number.error()));
    if (type.write_real(object, *number)) return {};
    return reader_.refuse(ErrorCode::out_of_range, "number out of range");
  };
  // Rounded once: by way of a double, some numbers would become the neighbour of the nearest float.
  return type.size() == sizeof(float) ? store(reader_.float32()) : store(reader_.number());
}

Result<void> Decoder::read_string(const Type& type, void* object) {
  if (type.is_reference()) return read_reference(type, object);
  const auto text = reader_.string();
  if (!text) return fail(text.error());
  type.as_string(object) = *text;
  return {};
}

Result<void> Decoder::read_reference(const Type& type, void* object) {
  if (reader_.token() == JsonToken::null) {
    type.as_string(object).clear();
    return {};
  }
  const auto text = reader_.string();
  if (!text) return fail(text.error());
  auto id = parse_reference(type.target(), *text);
  if (!id) return reader_.refuse(id.error().code, std::move(id.error().primary), std::move(id.error().hint));
  type.as_string(object) = *std::move(id);
  return {};
}

Result<void> Decoder::read_timestamp(const Type& type, void* object) {
  const auto text = reader_.string();
  if (!text) return fail(text.error());
  const auto time = parse_timestamp(*text);
  if (!time) {
    return reader_.refuse(ErrorCode::invalid_argument, "expected a time", "written as 2024-06-01T09:30:00.000000Z");
  }
  type.write_timestamp(object, *time);
  return {};
}

Result<void> Decoder::read_enum(const Type& type, void* object) {
  const auto text = reader_.string();
  if (!text) return fail(text.error());
  if (type.write_enum(object, *text)) return {};
  return reader_.refuse(ErrorCode::invalid_argument, "must be " + name_choices(type));
}

Result<void> Decoder::read_optional(const Type& type, void* object) {
  if (reader_.token() == JsonToken::null) {
    type.reset(object);
    return {};
  }
  return read(type.element(), type.emplace(object));
}

Result<void> Decoder::read_list(const Type& type, void* object) {
  if (reader_.token() != JsonToken::begin_list) return reader_.wrong("a list");
  type.list_clear(object);
  const Type& element = type.element();
  while (reader_.next() != JsonToken::end_list) {
    if (reader_.token() == JsonToken::error) return fail(reader_.error());
    if (auto ok = read(element, type.list_append(object)); !ok) return ok;
  }
  return {};
}

Result<void> Decoder::read_set(const Type& type, void* object) {
  if (reader_.token() != JsonToken::begin_list) return reader_.wrong("a list");
  type.set_clear(object);
  while (reader_.next() != JsonToken::end_list) {
    if (reader_.token() == JsonToken::error) return fail(reader_.error());
    AnyObject element(type.element());
    if (auto ok = read(type.element(), element.get()); !ok) return ok;
    if (!type.set_insert(object, element.get())) {
      return reader_.refuse(ErrorCode::invalid_argument, "element is there twice");
    }
  }
  return {};
}

Result<void> Decoder::read_map(const Type& type, void* object) {
  if (reader_.token() != JsonToken::begin_object) return reader_.wrong("an object");
  type.map_clear(object);
  const Type& key_type = type.key();
  AnyObject key(key_type);
  while (reader_.next() != JsonToken::end_object) {
    if (reader_.token() == JsonToken::error) return fail(reader_.error());
    if (!key_type.read_key_text(key.get(), reader_.text())) {
      const bool is_enum = key_type.kind() == Kind::enumeration;
      return reader_.refuse(ErrorCode::invalid_argument,
                            "name must be " + (is_enum ? name_choices(key_type) : "an " + key_type.name()));
    }
    void* const value = type.map_insert(object, key.get());
    if (value == nullptr) return reader_.refuse(ErrorCode::invalid_argument, "key is there twice");
    reader_.next();
    if (auto ok = read(type.element(), value); !ok) return ok;
  }
  return {};
}

Result<void> Decoder::read_value(Value& value) {
  switch (reader_.token()) {
    case JsonToken::null:
      value = Value();
      return {};
    case JsonToken::boolean:
      value = *reader_.boolean();
      return {};
    case JsonToken::number:
      return read_value_number(value);
    case JsonToken::string:
      value = reader_.text();
      return {};
    case JsonToken::begin_list:
      return read_value_list(value);
    case JsonToken::begin_object:
      return read_value_object(value);
    default:
      return reader_.wrong("a value");
  }
}

Result<void> Decoder::read_value_number(Value& value) {
  const auto store = [&](auto&& number) -> Result<void> {
    if (!number) return fail(std::move(number.error()));
    value = *number;
    return {};
  };
  if (reader_.text().find_first_of(".eE") != std::string_view::npos) return store(reader_.number());
  return reader_.text().starts_with('-') ? store(reader_.int64()) : store(reader_.uint64());
}

Result<void> Decoder::read_value_list(Value& value) {
  value = Value::List();
  while (reader_.next() != JsonToken::end_list) {
    if (auto ok = read_value(value.append(Value())); !ok) return ok;
  }
  return {};
}

Result<void> Decoder::read_value_object(Value& value) {
  value = Value::Object();
  Value::Object& object = *value.if_object();
  while (reader_.next() != JsonToken::end_object) {
    if (reader_.token() == JsonToken::error) return fail(reader_.error());
    const auto [entry, is_new] = object.try_emplace(std::string(reader_.text()));
    if (!is_new) return reader_.refuse(ErrorCode::invalid_argument, "name is there twice");
    reader_.next();
    if (auto ok = read_value(entry->second); !ok) return ok;
  }
  return {};
}

Result<void> decode_json(const Type& type, void* object, std::string_view text, const DecodeOptions& options) {
  JsonReader reader(text, options.limits);
  reader.next();
  if (auto ok = decode_json(type, object, reader, options); !ok) return ok;
  return reader.expect(JsonToken::end);
}

Result<void> decode_json(const Type& type, void* object, JsonReader& reader, const DecodeOptions& options) {
  return Decoder(reader, options).read(type, object);
}

}  // namespace freshet::codec
