// SPDX-License-Identifier: MIT
#include <optional>
#include <string>
#include <utility>

#include "freshet/base/limits.hpp"
#include "freshet/codec/internal/decoder.hpp"
#include "freshet/codec/json.hpp"
#include "freshet/codec/json_writer.hpp"
#include "freshet/codec/timestamp.hpp"
#include "freshet/codec/utf8.hpp"
#include "freshet/model/any_object.hpp"
#include "freshet/model/ref.hpp"
#include "freshet/model/schema.hpp"
#include "freshet/model/value.hpp"

namespace freshet::codec {
namespace {

// Writes one value. Each function returns false at a fault; on the way back up, the containers put their part of the
// path in front, so that a value that can be encoded pays nothing for paths.
class Encoder {
 public:
  Encoder(std::string& out, JsonForm form) : out_(out), json_(out), form_(form), is_stored_(form == JsonForm::stored) {}

  bool write(const Type& type, const void* object);
  Error take_error() {
    error_->path.insert(0, "$");
    return *std::move(error_);
  }

 private:
  bool write_enum(const Type& type, const void* object);
  bool write_timestamp(Timestamp time);
  bool write_reference(const Type& type, const std::string& id);
  bool write_list(const Type& type, const void* object);
  bool write_set(const Type& type, const void* object);
  bool write_map(const Type& type, const void* object);
  bool write_key(const Type& type, const void* object);
  bool write_record(const Schema& schema, const void* object);
  bool write_special(const Field& field, const void* object);
  bool write_computed(const Field& field, const void* object);
  bool write_rest(const Schema& schema, const void* object);
  bool write_value(const Value& value);
  bool write_value_list(const Value::List& list);
  bool write_value_object(const Value::Object& object);
  bool write_dynamic_real(double number);

  bool check_finite(bool is_written) { return is_written || fault(ErrorCode::out_of_range, "number is not finite"); }

  bool enter() { return ++depth_ <= kNestingDepthMax || fault(ErrorCode::too_large, "nested too deeply"); }
  void leave() { --depth_; }

  bool fault(ErrorCode code, std::string_view primary) {
    error_ = Error{.code = code, .primary = std::string(primary), .detail = {}, .hint = {}, .path = {}};
    return false;
  }
  bool within_name(bool ok, std::string_view name) {
    if (!ok) error_->path.insert(0, path_of_member(name));
    return ok;
  }
  bool within_item(bool ok, std::size_t index) {
    if (!ok) error_->path.insert(0, '[' + std::to_string(index) + ']');
    return ok;
  }

  std::string& out_;
  JsonWriter json_;
  const JsonForm form_;
  const bool is_stored_;
  std::size_t depth_ = 0;
  std::optional<Error> error_;
};

bool Encoder::write(const Type& type, const void* object) {
  switch (type.kind()) {
    case Kind::boolean:
      json_.boolean(type.read_bool(object));
      return true;
    case Kind::integer:
      type.is_signed() ? json_.integer(type.read_signed(object)) : json_.integer(type.read_unsigned(object));
      return true;
    case Kind::real:
      // A float has fewer digits than the same number as a double.
      return check_finite(type.size() == sizeof(float) ? json_.number(static_cast<float>(type.read_real(object)))
                                                       : json_.number(type.read_real(object)));
    case Kind::string:
      if (type.is_reference()) return write_reference(type, type.as_string(object));
      json_.string(type.as_string(object));
      return true;
    case Kind::timestamp:
      return write_timestamp(type.read_timestamp(object));
    case Kind::enumeration:
      return write_enum(type, object);
    case Kind::optional: {
      const void* const held = type.inspect(object);
      if (held != nullptr) return write(type.element(), held);
      json_.null();
      return true;
    }
    case Kind::list:
      return write_list(type, object);
    case Kind::set:
      return write_set(type, object);
    case Kind::map:
      return write_map(type, object);
    case Kind::record:
      return write_record(type.schema(), object);
    case Kind::poly:
      return write_record(type.poly_type(object).schema(), type.poly_get(object));
    case Kind::value:
      return write_value(type.as_value(object));
  }
  return fault(ErrorCode::internal, "unknown kind of type");
}

bool Encoder::write_enum(const Type& type, const void* object) {
  const std::string_view name = type.read_enum(object);
  if (name.empty()) return fault(ErrorCode::out_of_range, "enum value has no name");
  json_.string(name);
  return true;
}

bool Encoder::write_timestamp(Timestamp time) {
  std::string text;
  if (!append_timestamp(text, time)) return fault(ErrorCode::out_of_range, "year is not in 0000 to 9999");
  json_.string(text);
  return true;
}

bool Encoder::write_reference(const Type& type, const std::string& id) {
  if (id.empty()) {
    json_.null();
  } else if (is_stored_) {
    json_.string(id);
  } else {
    json_.string(detail::reference_path(type.target().schema(), id));
  }
  return true;
}

bool Encoder::write_list(const Type& type, const void* object) {
  if (!enter()) return false;
  json_.begin_list();
  const Type& element = type.element();
  const std::size_t size = type.list_size(object);
  for (std::size_t i = 0; i < size; ++i) {
    if (!within_item(write(element, type.list_at(object, i)), i)) return false;
  }
  json_.end_list();
  leave();
  return true;
}

bool Encoder::write_set(const Type& type, const void* object) {
  if (!enter()) return false;
  json_.begin_list();
  std::size_t index = 0;
  const auto write_element = [&](const void* element) { return within_item(write(type.element(), element), index++); };
  if (!type.set_visit(object, write_element)) return false;
  json_.end_list();
  leave();
  return true;
}

bool Encoder::write_map(const Type& type, const void* object) {
  if (!enter()) return false;
  json_.begin_object();
  const auto write_entry = [&](const void* key, const void* value) {
    return write_key(type.key(), key) && within_name(write(type.element(), value), type.key().key_text(key));
  };
  if (!type.map_visit(object, write_entry)) return false;
  json_.end_object();
  leave();
  return true;
}

bool Encoder::write_key(const Type& type, const void* object) {
  const std::string text = type.key_text(object);
  // Replacing what is not UTF-8 could make two keys one.
  if (!is_utf8(text)) return fault(ErrorCode::invalid_argument, "map key is not UTF-8");
  if (type.kind() == Kind::enumeration && text.empty()) return fault(ErrorCode::out_of_range, "enum value has no name");
  json_.name(text);
  return true;
}

bool Encoder::write_record(const Schema& schema, const void* object) {
  if (schema.is_unwrapped()) {
    const Field& field = schema.fields[schema.unwrapped];
    return field.is_computed() ? write_computed(field, object) : write(*field.type, field.in(object));
  }
  if (!enter()) return false;
  json_.begin_object();
  if (const std::string_view key = obj_type_key_of(schema, form_); !key.empty()) {
    json_.name(key);
    json_.string(schema.obj_type);
  }
  for (const Field& field : schema.fields) {
    if (!field.is_plain) {
      if (!write_special(field, object)) return false;
      continue;
    }
    const std::string& name = is_stored_ ? field.name : field.data_key;
    json_.name(name);
    if (!within_name(write(*field.type, field.in(object)), name)) return false;
  }
  if (schema.rest != Schema::kNone && !is_stored_ && !write_rest(schema, object)) return false;
  json_.end_object();
  leave();
  return true;
}

// A field that is not simply there.
bool Encoder::write_special(const Field& field, const void* object) {
  if (is_stored_ ? field.is_computed() : !field.is_exported) return true;
  const std::string& name = is_stored_ ? field.name : field.data_key;
  if (field.is_computed()) {
    json_.name(name);
    return within_name(write_computed(field, object), name);
  }
  const void* value = field.in(object);
  const bool is_empty = field.type->kind() == Kind::optional && field.type->inspect(value) == nullptr;
  if (is_empty && !is_stored_) {
    if (field.export_default != nullptr) {
      value = field.export_default.get();
    } else if (field.null_is_missing) {
      return true;
    }
  }
  json_.name(name);
  return within_name(write(*field.type, value), name);
}

bool Encoder::write_computed(const Field& field, const void* object) {
  AnyObject value(*field.type);
  if (auto ok = field.get(field.in(object), value.get()); !ok) {
    error_ = std::move(ok.error());
    return false;
  }
  return write(*field.type, value.get());
}

bool Encoder::write_rest(const Schema& schema, const void* object) {
  const Value::Object* rest = rest_of(schema, object);
  if (rest == nullptr) return true;
  for (const auto& [name, value] : *rest) {
    if (schema.find_key(name) != nullptr || name == schema.obj_type_key) continue;  // the model's own say otherwise
    if (!is_utf8(name)) return fault(ErrorCode::invalid_argument, "name is not UTF-8");
    json_.name(name);
    if (!within_name(write_value(value), name)) return false;
  }
  return true;
}

bool Encoder::write_value(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::null:
      json_.null();
      return true;
    case Value::Kind::boolean:
      json_.boolean(*value.if_bool());
      return true;
    case Value::Kind::integer:
      json_.integer(*value.if_integer());
      return true;
    case Value::Kind::natural:
      json_.integer(*value.if_natural());
      return true;
    case Value::Kind::real:
      return write_dynamic_real(*value.if_real());
    case Value::Kind::string:
      json_.string(*value.if_string());
      return true;
    case Value::Kind::list:
      return write_value_list(*value.if_list());
    case Value::Kind::object:
      return write_value_object(*value.if_object());
  }
  return fault(ErrorCode::internal, "unknown kind of value");
}

bool Encoder::write_value_list(const Value::List& list) {
  if (!enter()) return false;
  json_.begin_list();
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (!within_item(write_value(list[i]), i)) return false;
  }
  json_.end_list();
  leave();
  return true;
}

bool Encoder::write_value_object(const Value::Object& object) {
  if (!enter()) return false;
  json_.begin_object();
  for (const auto& [name, value] : object) {
    if (!is_utf8(name)) return fault(ErrorCode::invalid_argument, "name is not UTF-8");
    json_.name(name);
    if (!within_name(write_value(value), name)) return false;
  }
  json_.end_object();
  leave();
  return true;
}

bool Encoder::write_dynamic_real(double number) {
  const std::size_t begin = out_.size();
  if (!check_finite(json_.number(number))) return false;
  if (out_.find_first_of(".e", begin) == std::string::npos) out_ += ".0";
  return true;
}

}  // namespace

Result<void> encode_json(const Type& type, const void* object, std::string& out, JsonForm form) {
  const std::size_t before = out.size();
  Encoder encoder(out, form);
  if (encoder.write(type, object)) return {};
  out.resize(before);
  return fail(encoder.take_error());
}

}  // namespace freshet::codec
