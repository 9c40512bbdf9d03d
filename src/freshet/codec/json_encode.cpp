// SPDX-License-Identifier: MIT
#include <optional>
#include <string>
#include <utility>

#include "freshet/base/limits.hpp"
#include "freshet/codec/json.hpp"
#include "freshet/codec/json_writer.hpp"
#include "freshet/codec/timestamp.hpp"
#include "freshet/codec/utf8.hpp"
#include "freshet/model/schema.hpp"
#include "freshet/model/value.hpp"

namespace freshet::codec {
namespace {

// Writes one value. Each function returns false at a fault; on the way back up, the containers put their part of the
// path in front, so that a value that can be encoded pays nothing for paths.
class Encoder {
 public:
  explicit Encoder(std::string& out) : out_(out), json_(out) {}

  bool write(const Type& type, const void* object);
  Error take_error() {
    error_->path.insert(0, "$");
    return *std::move(error_);
  }

 private:
  bool write_enum(const Type& type, const void* object);
  bool write_timestamp(Timestamp time);
  bool write_list(const Type& type, const void* object);
  bool write_map(const Type& type, const void* object);
  bool write_key(const Type& type, const void* object);
  bool write_record(const Schema& schema, const void* object);
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
    case Kind::map:
      return write_map(type, object);
    case Kind::record:
      return write_record(type.schema(), object);
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
  if (!enter()) return false;
  json_.begin_object();
  for (const Field& field : schema.fields) {
    json_.name(field.name);
    if (!within_name(write(*field.type, field.in(object)), field.name)) return false;
  }
  json_.end_object();
  leave();
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

Result<void> encode_json(const Type& type, const void* object, std::string& out) {
  const std::size_t before = out.size();
  Encoder encoder(out);
  if (encoder.write(type, object)) return {};
  out.resize(before);
  return fail(encoder.take_error());
}

}  // namespace freshet::codec
