// SPDX-License-Identifier: MIT
#include "freshet/model/json_schema.hpp"

#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include "freshet/model/poly.hpp"
#include "freshet/model/ref.hpp"
#include "freshet/model/schema.hpp"

namespace freshet {
namespace {

Value number_value(long double number) {
  if (number == std::floor(number)) {
    if (number >= std::numeric_limits<std::int64_t>::min() && number <= std::numeric_limits<std::int64_t>::max()) {
      return static_cast<std::int64_t>(number);
    }
    if (number > 0 && number <= std::numeric_limits<std::uint64_t>::max()) return static_cast<std::uint64_t>(number);
  }
  return static_cast<double>(number);
}

std::optional<Value> to_value(const Type& type, const void* object);

std::optional<Value> list_value(const Type& type, const void* object) {
  Value::List list;
  for (std::size_t i = 0; i < type.list_size(object); ++i) {
    auto element = to_value(type.element(), type.list_at(object, i));
    if (!element) return std::nullopt;
    list.push_back(std::move(*element));
  }
  return Value(std::move(list));
}

std::optional<Value> set_value(const Type& type, const void* object) {
  Value::List list;
  const bool is_complete = type.set_visit(object, [&](const void* item) {
    auto element = to_value(type.element(), item);
    if (element) list.push_back(std::move(*element));
    return element.has_value();
  });
  return is_complete ? std::optional<Value>(std::move(list)) : std::nullopt;
}

std::optional<Value> map_value(const Type& type, const void* object) {
  Value::Object members;
  const bool is_complete = type.map_visit(object, [&](const void* key, const void* value) {
    auto member = to_value(type.element(), value);
    if (member) members.emplace(type.key().key_text(key), std::move(*member));
    return member.has_value();
  });
  return is_complete ? std::optional<Value>(std::move(members)) : std::nullopt;
}

std::optional<Value> field_value(const Field& field, const void* object) {
  if (!field.is_computed()) return to_value(*field.type, field.in(object));
  AnyObject value(*field.type);
  if (!field.get(field.in(object), value.get())) return std::nullopt;
  return to_value(*field.type, value.get());
}

std::optional<Value> record_value(const Schema& schema, const void* object) {
  if (schema.is_unwrapped()) return field_value(schema.fields[schema.unwrapped], object);
  Value::Object members;
  if (!schema.obj_type_key.empty()) members.emplace(schema.obj_type_key, schema.obj_type);
  for (const Field& field : schema.fields) {
    if (!field.is_exported) continue;
    auto member = field_value(field, object);
    if (!member) return std::nullopt;
    members.emplace(field.data_key, std::move(*member));
  }
  return Value(std::move(members));
}

/// A default as it would stand in JSON; none where it could not: no number, a value without a name, or a time, which is
/// no more than the beginning of the epoch.
std::optional<Value> to_value(const Type& type, const void* object) {
  switch (type.kind()) {
    case Kind::boolean:
      return Value(type.read_bool(object));
    case Kind::integer:
      return type.is_signed() ? Value(type.read_signed(object)) : Value(type.read_unsigned(object));
    case Kind::real:
      if (!std::isfinite(type.read_real(object))) return std::nullopt;
      return Value(type.read_real(object));
    case Kind::string: {
      const std::string& text = type.as_string(object);
      if (!type.is_reference()) return Value(text);
      return text.empty() ? Value() : Value(detail::reference_path(type.target().schema(), text));
    }
    case Kind::timestamp:
      return std::nullopt;
    case Kind::enumeration:
      if (type.read_enum(object).empty()) return std::nullopt;
      return Value(type.read_enum(object));
    case Kind::optional: {
      const void* content = type.inspect(object);
      return content == nullptr ? std::optional<Value>(Value()) : to_value(type.element(), content);
    }
    case Kind::list:
      return list_value(type, object);
    case Kind::set:
      return set_value(type, object);
    case Kind::map:
      return map_value(type, object);
    case Kind::record:
      return record_value(type.schema(), object);
    case Kind::poly:
      return record_value(type.poly_type(object).schema(), type.poly_get(object));
    case Kind::value:
      return type.as_value(object);
  }
  return std::nullopt;
}

/// Writes one document; remembers which structs have their place in it.
class SchemaWriter {
 public:
  explicit SchemaWriter(const Type& root) : root_(root) {}

  Value write() {
    Value document = root_.kind() == Kind::record ? write_record(root_.schema()) : write_type(root_);
    document["$schema"] = "https://json-schema.org/draft/2020-12/schema";
    if (!definitions_.empty()) document["$defs"] = std::move(definitions_);
    return document;
  }

 private:
  Value write_type(const Type& type) {
    switch (type.kind()) {
      case Kind::boolean:
        return Value::Object{{"type", "boolean"}};
      case Kind::integer:
        return write_integer(type);
      case Kind::real:
        return Value::Object{{"type", "number"}};
      case Kind::string:
        return write_string(type);
      case Kind::timestamp:
        return Value::Object{{"type", "string"}, {"format", "date-time"}};
      case Kind::enumeration:
        return write_enum(type);
      case Kind::optional:
        return Value::Object{{"anyOf", Value::List{write_type(type.element()), Value::Object{{"type", "null"}}}}};
      case Kind::list:
        return Value::Object{{"type", "array"}, {"items", write_type(type.element())}};
      case Kind::set:
        return Value::Object{{"type", "array"}, {"items", write_type(type.element())}, {"uniqueItems", true}};
      case Kind::map:
        return write_map(type);
      case Kind::poly:
        return write_poly(type.element());
      case Kind::record:
        return Value::Object{{"$ref", reference(type)}};
      case Kind::value:
        break;
    }
    return Value::Object();
  }

  static Value write_string(const Type& type) {
    if (!type.is_reference()) return Value::Object{{"type", "string"}};
    return Value::Object{{"type", Value::List{"string", "null"}},
                         {"x-freshet-reference", type.target().schema().collection}};
  }

  Value write_poly(const Type& parent) {
    Value::List choices;
    for (const Type* variant : variants_of(parent)) choices.emplace_back(Value::Object{{"$ref", reference(*variant)}});
    return Value::Object{{"oneOf", std::move(choices)}};
  }

  static Value write_integer(const Type& type) {
    Value schema = Value::Object{{"type", "integer"}, {"format", type.name()}};
    schema["minimum"] = type.integer_min();
    schema["maximum"] = type.integer_max();
    return schema;
  }

  static Value write_enum(const Type& type) {
    Value::List names;
    for (const EnumName& entry : type.enum_names()) names.emplace_back(entry.name);
    return Value::Object{{"type", "string"}, {"enum", std::move(names)}};
  }

  Value write_map(const Type& type) {
    Value schema = Value::Object{{"type", "object"}, {"additionalProperties", write_type(type.element())}};
    if (type.key().kind() == Kind::enumeration) schema["propertyNames"] = write_enum(type.key());
    if (type.key().kind() == Kind::integer) {
      schema["propertyNames"]["pattern"] = type.key().is_signed() ? "^(0|-?[1-9][0-9]*)$" : "^(0|[1-9][0-9]*)$";
    }
    return schema;
  }

  Value write_record(const Schema& schema) {
    if (schema.is_unwrapped()) return write_unwrapped(schema);
    Value::Object properties;
    Value::List required;
    Value::List keys;
    if (!schema.obj_type_key.empty()) {
      properties.emplace(schema.obj_type_key, Value::Object{{"type", "string"}, {"const", schema.obj_type}});
    }
    for (const Field& field : schema.fields) {
      if (field.is_internal()) continue;
      properties.emplace(field.data_key, write_field(schema, field));
      if (field.is_required) required.emplace_back(field.data_key);
      if (field.is_key) keys.emplace_back(field.data_key);
    }
    Value record = Value::Object{{"title", schema.name}, {"type", "object"}};
    record["additionalProperties"] = schema.unknown != UnknownFields::refuse;
    record["properties"] = std::move(properties);
    if (!schema.doc.empty()) record["description"] = schema.doc;
    if (!required.empty()) record["required"] = std::move(required);
    if (!keys.empty()) record["x-freshet-key"] = std::move(keys);
    return record;
  }

  Value write_unwrapped(const Schema& schema) {
    Value written = write_field(schema, schema.fields[schema.unwrapped]);
    for (const char* const name : {"readOnly", "writeOnly", "default"}) written.if_object()->erase(name);
    written["title"] = schema.name;
    if (!schema.doc.empty()) written["description"] = schema.doc;
    return written;
  }

  Value write_field(const Schema& schema, const Field& field) {
    Value written = write_type(*field.type);
    const bool is_optional = field.type->kind() == Kind::optional;
    // Checks speak of what an optional holds.
    write_checks(field.checks, is_optional ? field.type->element() : *field.type,
                 is_optional ? written.if_object()->at("anyOf").if_list()->front() : written);
    if (!field.doc.empty()) written["description"] = field.doc;
    if (!field.is_imported) written["readOnly"] = true;
    if (!field.is_exported) written["writeOnly"] = true;
    if (auto value = import_value(schema, field)) written["default"] = std::move(*value);
    return written;
  }

  /// What the field is where an input leaves it out; none if that is not known beforehand.
  static std::optional<Value> import_value(const Schema& schema, const Field& field) {
    const bool may_be_absent = field.is_imported && !field.is_required && !field.is_computed();
    if (!may_be_absent || field.initialise != nullptr) return std::nullopt;
    return to_value(*field.type, field.import_default ? field.import_default.get() : schema.default_of(field));
  }

  static void write_checks(const Checks& checks, const Type& type, Value& written) {
    const bool is_integer = type.kind() == Kind::integer;
    if (checks.minimum > (is_integer ? type.integer_min() : -Checks::kInfinity)) {
      written["minimum"] = number_value(checks.minimum);
    }
    if (checks.maximum < (is_integer ? type.integer_max() : Checks::kInfinity)) {
      written["maximum"] = number_value(checks.maximum);
    }
    if (!checks.has_length()) return;
    const bool is_string = type.kind() == Kind::string;
    const bool is_list = type.kind() == Kind::list || type.kind() == Kind::set;
    if (checks.length_min > 0) {
      written[is_string ? "minLength" : is_list ? "minItems" : "minProperties"] = checks.length_min;
    }
    if (checks.length_max < Checks::kNoLimit) {
      written[is_string ? "maxLength" : is_list ? "maxItems" : "maxProperties"] = checks.length_max;
    }
  }

  /// Where a struct is defined in the document; defines it when it is first met.
  std::string reference(const Type& type) {
    if (type == root_) return "#";
    const auto known = names_.find(&type);
    if (known != names_.end()) return "#/$defs/" + known->second;
    const Schema& schema = type.schema();
    std::string name = schema.name;
    for (int i = 2; definitions_.contains(name); ++i) name = schema.name + "_" + std::to_string(i);
    names_.emplace(&type, name);
    definitions_.emplace(name, Value());  // takes the name before the struct's own fields are written
    definitions_[name] = write_record(schema);
    return "#/$defs/" + name;
  }

  const Type& root_;
  std::map<const Type*, std::string> names_;
  Value::Object definitions_;
};

}  // namespace

Value json_schema(const Type& type) { return SchemaWriter(type).write(); }

}  // namespace freshet
