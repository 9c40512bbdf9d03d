// SPDX-License-Identifier: MIT
#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "freshet/codec/internal/decoder.hpp"
#include "freshet/codec/suggest.hpp"
#include "freshet/model/make.hpp"
#include "freshet/model/poly.hpp"
#include "freshet/model/type_of.hpp"
#include "freshet/model/validate.hpp"

namespace freshet::codec {
namespace {

// The text of the member `key` of the object that `reader` stands on, wherever in it; nothing if it has none, or if the
// object is not even JSON, which whoever reads it will say.
std::optional<std::string> look_ahead(const JsonReader& reader, std::string_view key, const JsonLimits& limits) {
  JsonReader ahead(reader.remaining(), limits);
  ahead.next();
  while (ahead.next() == JsonToken::name) {
    const bool is_wanted = ahead.text() == key;
    ahead.next();
    if (is_wanted) return ahead.token() == JsonToken::string ? std::optional(std::string(ahead.text())) : std::nullopt;
    if (!ahead.skip_value()) return std::nullopt;
  }
  return std::nullopt;
}

// Adds what a text had beyond the model to the field that keeps it.
void add_rest(const Schema& schema, void* object, Value::Object&& rest) {
  if (rest.empty()) return;
  const Field& field = schema.fields[schema.rest];
  void* const place = field.in(object);
  if (field.type->kind() == Kind::value) {
    for (auto& [name, value] : rest) field.type->as_value(place)[name] = std::move(value);
  } else {
    for (auto& [name, value] : rest) (*static_cast<Value::Object*>(place))[name] = std::move(value);
  }
}

std::string class_choices(const Type& parent) {
  std::string text = "one of ";
  for (const Type* variant : variants_of(parent)) {
    if (variant != &parent) text += ", ";
    text += variant->schema().obj_type;
  }
  return text;
}

}  // namespace

std::string_view obj_type_key_of(const Schema& schema, JsonForm form) {
  if (form == JsonForm::document) return schema.obj_type_key;
  const bool has_variants = schema.parent != nullptr || !schema.subclasses.empty();
  return has_variants ? kObjTypeKey : std::string_view();
}

const Value::Object* rest_of(const Schema& schema, const void* object) {
  const Field& field = schema.fields[schema.rest];
  if (field.type->kind() == Kind::value) return field.type->as_value(field.in(object)).if_object();
  return static_cast<const Value::Object*>(field.in(object));
}

std::string_view Decoder::obj_type_key(const Schema& schema) const { return obj_type_key_of(schema, options_.form); }

Result<void> Decoder::read_record(const Schema& schema, void* object) {
  if (schema.is_unwrapped()) return read_unwrapped(schema, object);
  Members members(schema);
  if (auto ok = read_members(members, object); !ok) return ok;
  if (auto ok = fill_missing(members, object); !ok) return ok;
  return members.extras == nullptr ? Result<void>() : finish(members, object);
}

Result<void> Decoder::read_members(Members& members, void* object) {
  if (reader_.token() != JsonToken::begin_object) return reader_.wrong("an object");
  while (reader_.next() != JsonToken::end_object) {
    if (reader_.token() == JsonToken::error) return fail(reader_.error());
    if (auto ok = read_member(members, object); !ok) return ok;
  }
  return {};
}

Result<void> Decoder::read_member(Members& members, void* object) {
  const std::string_view name = reader_.text();
  const Schema& schema = members.schema;
  const Field* field = members.expected < schema.fields.size() && is_named(schema.fields[members.expected], name)
                           ? &schema.fields[members.expected]
                       : is_stored_ ? schema.find(name)
                                    : schema.find_key(name);
  if (field == nullptr || (!field->is_imported && !is_stored_)) return read_unknown(members);
  const auto index = static_cast<std::size_t>(field - schema.fields.data());
  members.expected = index + 1;
  if (members.seen.has(index)) return reader_.refuse(ErrorCode::invalid_argument, "field is there twice");
  reader_.next();
  if (field->null_is_missing && reader_.token() == JsonToken::null && !is_stored_) return {};
  members.seen.add(index);
  if (field->is_computed()) return read_computed(*field, members);
  if (auto ok = read(*field->type, field->in(object)); !ok) return ok;
  return check(*field, field->in(object));
}

Result<void> Decoder::check(const Field& field, const void* value) {
  if (is_stored_) return {};
  auto ok = check_field(field, value);
  if (!ok && ok.error().path.empty()) ok.error().path = reader_.path();
  return ok;
}

Result<void> Decoder::read_computed(const Field& field, Members& members) {
  if (is_stored_) return reader_.skip_value();
  AnyObject value(*field.type);
  if (auto ok = read(*field.type, value.get()); !ok) return ok;
  if (auto ok = check(field, value.get()); !ok) return ok;
  members.more().computed.emplace_back(&field, std::move(value));
  return {};
}

Result<void> Decoder::finish(Members& members, void* object) {
  if (members.extras == nullptr) return {};
  add_rest(members.schema, object, std::move(members.extras->rest));
  auto& computed = members.extras->computed;
  // Fields lie in the order of the schema.
  std::ranges::sort(computed, {}, &std::pair<const Field*, AnyObject>::first);
  for (const auto& [field, value] : computed) {
    auto ok = field->set(field->in(object), value.get());
    if (ok) continue;
    ok.error().path.insert(0, reader_.member_path(field->data_key));
    return ok;
  }
  return {};
}

// A bare value that stands for a whole object.
Result<void> Decoder::read_unwrapped(const Schema& schema, void* object) {
  const Field& unwrapped = schema.fields[schema.unwrapped];
  for (const Field& field : schema.fields) {
    if (!field.is_computed()) field.type->assign(field.in(object), schema.default_of(field));
  }
  if (!unwrapped.is_computed()) {
    if (auto ok = read(*unwrapped.type, unwrapped.in(object)); !ok) return ok;
    return check(unwrapped, unwrapped.in(object));
  }
  AnyObject value(*unwrapped.type);
  if (auto ok = read(*unwrapped.type, value.get()); !ok) return ok;
  if (auto ok = check(unwrapped, value.get()); !ok) return ok;
  auto ok = unwrapped.set(unwrapped.in(object), value.get());
  if (!ok) ok.error().path.insert(0, reader_.path());
  return ok;
}

Result<void> Decoder::read_poly(const Type& type, void* object) {
  if (reader_.token() != JsonToken::begin_object) return reader_.wrong("an object");
  const Type& parent = type.element();
  const Type* variant = &parent;
  if (const std::string_view key = obj_type_key(parent.schema()); !key.empty()) {
    if (const auto name = look_ahead(reader_, key, options_.limits)) {
      variant = find_variant(parent, *name);
      if (variant == nullptr) {
        auto error = reader_.refuse(ErrorCode::invalid_argument, "must be " + class_choices(parent),
                                    "it names the class of the object");
        error.value().path = reader_.path() + path_of_member(key);
        return error;
      }
    }
  }
  return read_record(variant->schema(), type.poly_emplace(object, *variant));
}

Result<void> Decoder::read_unknown(Members& members) {
  const Schema& schema = members.schema;
  if (const std::string_view key = obj_type_key(schema); !key.empty() && reader_.text() == key) {
    return read_obj_type(members);
  }
  const Field* field = is_stored_ ? nullptr : schema.find_key(reader_.text());
  const bool is_dropped = is_stored_ || options_.ignore_unknown_fields || schema.unknown == UnknownFields::drop;
  // What is the model's own is never taken for a stranger's.
  if (is_dropped || (field != nullptr && field->is_passed_over)) return pass_over();
  if (field != nullptr && field->is_exported) {
    return reader_.refuse(ErrorCode::invalid_argument, "field cannot be set",
                          "it is computed or only exported: leave it out");
  }
  if (schema.unknown == UnknownFields::refuse) return refuse_unknown(schema);
  if (field != nullptr) return pass_over();
  const auto [entry, is_new] = members.more().rest.try_emplace(std::string(reader_.text()));
  if (!is_new) return reader_.refuse(ErrorCode::invalid_argument, "field is there twice");
  reader_.next();
  return read_value(entry->second);
}

Result<void> Decoder::pass_over() {
  reader_.next();
  return reader_.skip_value();
}

Result<void> Decoder::read_obj_type(Members& members) {
  if (members.more().has_obj_type) return reader_.refuse(ErrorCode::invalid_argument, "field is there twice");
  members.more().has_obj_type = true;
  reader_.next();
  const auto name = reader_.string();
  if (!name) return fail(name.error());
  if (*name == members.schema.obj_type) return {};
  return reader_.refuse(ErrorCode::invalid_argument, "must be " + members.schema.obj_type,
                        "it names the class of the object");
}

Result<void> Decoder::refuse_unknown(const Schema& schema) {
  std::vector<std::string_view> known;
  for (const Field& field : schema.fields) {
    if (field.is_imported) known.push_back(field.data_key);
  }
  return reader_.refuse(ErrorCode::invalid_argument, "unknown field", suggest(reader_.text(), known));
}

Result<void> Decoder::fill_missing(Members& members, void* object) {
  const Schema& schema = members.schema;
  for (std::size_t i = 0; i < schema.fields.size(); ++i) {
    const Field& field = schema.fields[i];
    if (members.seen.has(i) || field.is_computed()) continue;
    if (field.is_required && !is_stored_) {
      auto error = reader_.refuse(ErrorCode::invalid_argument, "required field is missing");
      error.value().path = reader_.member_path(field.data_key);
      return error;
    }
    if (field.initialise != nullptr && !is_stored_) {
      field.initialise(field.in(object));
    } else if (field.import_default != nullptr && !is_stored_) {
      field.type->assign(field.in(object), field.import_default.get());
    } else {
      field.type->assign(field.in(object), schema.default_of(field));
      if (field.type->kind() == Kind::record && !is_stored_) initialise(field.type->schema(), field.in(object));
    }
  }
  return {};
}

}  // namespace freshet::codec
