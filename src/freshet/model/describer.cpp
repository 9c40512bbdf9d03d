// SPDX-License-Identifier: MIT
#include "freshet/model/describer.hpp"

#include <algorithm>
#include <functional>
#include <set>

#include "freshet/model/names.hpp"
#include "freshet/model/poly.hpp"
#include "freshet/model/validate.hpp"
#include "freshet/model/value.hpp"

namespace freshet {
namespace {

/// What a field's checks are about: a number or a text, also inside an optional.
const Type& checked_type(const Type& type) { return type.kind() == Kind::optional ? type.element() : type; }

bool has_numbers(const Type& type) {
  const Kind kind = checked_type(type).kind();
  return kind == Kind::integer || kind == Kind::real;
}

bool has_length(const Type& type) {
  const Kind kind = checked_type(type).kind();
  return kind == Kind::string || kind == Kind::list || kind == Kind::set || kind == Kind::map;
}

std::size_t align_up(std::size_t offset, std::size_t alignment) {
  return (offset + alignment - 1) / alignment * alignment;
}

// The name of a model is part of URLs, references and, later, of tables.
bool is_model_name(std::string_view name) {
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
  });
}

}  // namespace

Describer::FieldEditor& Describer::FieldEditor::range(long double minimum, long double maximum) {
  return at_least(minimum).at_most(maximum);
}

Describer::FieldEditor& Describer::FieldEditor::at_least(long double minimum) {
  field().checks.minimum = minimum;
  return *this;
}

Describer::FieldEditor& Describer::FieldEditor::at_most(long double maximum) {
  field().checks.maximum = maximum;
  return *this;
}

Describer::FieldEditor& Describer::FieldEditor::length(std::size_t minimum, std::size_t maximum) {
  field().checks.length_min = minimum;
  field().checks.length_max = maximum;
  return *this;
}

Describer::FieldEditor& Describer::FieldEditor::optional() {
  field().is_required = false;
  return *this;
}

Describer::FieldEditor& Describer::FieldEditor::doc(std::string text) {
  field().doc = std::move(text);
  return *this;
}

Describer::FieldEditor& Describer::FieldEditor::required() {
  field().is_required = true;
  return *this;
}

Describer::FieldEditor& Describer::FieldEditor::data_key(std::string key) {
  field().data_key = std::move(key);
  return *this;
}

Describer::FieldEditor& Describer::FieldEditor::export_only() {
  field().is_imported = false;
  return *this;
}

Describer::FieldEditor& Describer::FieldEditor::import_only() {
  field().is_exported = false;
  return *this;
}

Describer::FieldEditor& Describer::FieldEditor::internal() { return export_only().import_only(); }

Describer::FieldEditor& Describer::FieldEditor::null_as_missing() {
  field().null_is_missing = true;
  return *this;
}

Describer::FieldEditor& Describer::FieldEditor::import_default_as(const Type& type, const void* value) {
  field().is_required = false;
  field().import_default = describer_.convert_default(field(), type, value);
  return *this;
}

Describer::FieldEditor& Describer::FieldEditor::export_default_as(const Type& type, const void* value) {
  if (field().type->kind() != Kind::optional) {
    describer_.refuse("gives an export default to " + field().name + ", which always has a value",
                      "it is for a std::optional");
  }
  field().export_default = describer_.convert_default(field(), type, value);
  return *this;
}

Describer::FieldEditor& Describer::FieldEditor::initialise_as(const Type& type, void (*initialise)(void*)) {
  if (type != *field().type) {
    describer_.refuse("initialises " + field().name + " with " + type.name() + ", but it is " + field().type->name());
  }
  field().is_required = false;
  field().initialise = initialise;
  return *this;
}

Describer::FieldEditor& Describer::FieldEditor::check_as(const Type& type, Result<void> (*check)(const void*)) {
  if (type != checked_type(*field().type)) {
    describer_.refuse("checks " + field().name + " as " + type.name() + ", but it is " + field().type->name());
  }
  field().checks.own = check;
  return *this;
}

Describer::Describer(const Type& type) : type_(type), object_(std::make_shared<AnyObject>(type)) {
  schema_.defaults = std::shared_ptr<const void>(object_, object_->get());
}

Describer::FieldEditor Describer::add(Field options, const Type& type, const void* member) {
  options.type = &type;
  if (type.kind() == Kind::optional) options.is_required = false;
  schema_.fields.push_back(std::move(options));
  schema_.fields.back().offset = add_part(member, type.size(), type.alignment(), 1);
  return {*this, schema_.fields.size() - 1};
}

Describer::FieldEditor Describer::add_computed(Field options, const Type& type) {
  options.type = &type;
  options.is_required = false;
  options.is_imported = options.set != nullptr && options.is_imported;
  schema_.fields.push_back(std::move(options));
  return {*this, schema_.fields.size() - 1};
}

void Describer::keep_unknown() {
  if (schema_.rest != Schema::kNone) refuse("keeps unknown members in two places");
  Field& field = schema_.fields.back();
  if (*field.type != type_of<Value>() && *field.type != type_of<Value::Object>()) {
    refuse("keeps unknown members in " + field.name +
           ", which is neither a freshet::Value nor a freshet::Value::Object");
  }
  field.is_imported = field.is_exported = false;
  schema_.unknown = UnknownFields::keep;
  schema_.rest = schema_.fields.size() - 1;
}

std::string Describer::name_of(const void* member) const {
  for (const Field& field : schema_.fields) {
    if (!field.is_computed() && field.in(object_->get()) == member) return field.name;
  }
  refuse("speaks of a member that is none of its fields");
}

void Describer::obj_type_key(std::string key) {
  schema_.obj_type_key = std::move(key);
  has_obj_type_key_ = true;
}

std::shared_ptr<const void> Describer::convert_default(const Field& field, const Type& type, const void* value) const {
  auto object = std::make_shared<AnyObject>(*field.type);
  void* place = object->get();
  const Type* target = field.type;
  if (target->kind() == Kind::optional && type != *target) {
    place = target->emplace(place);
    target = &target->element();
  }
  bool fits = false;
  if (type == *target) {
    target->assign(place, value);
    fits = true;
  } else if (type.kind() == Kind::integer && target->kind() == Kind::integer) {
    fits = type.is_signed() ? target->write_signed(place, type.read_signed(value))
                            : target->write_unsigned(place, type.read_unsigned(value));
  } else if (target->kind() == Kind::real && (type.kind() == Kind::integer || type.kind() == Kind::real)) {
    fits = target->write_real(
        place, type.kind() == Kind::real ? type.read_real(value) : static_cast<double>(type.read_signed(value)));
  }
  if (!fits) refuse("gives " + field.name + " a default that is no " + target->name());
  return {object, object->get()};
}

void Describer::extend(const Type& type, const Type& (*parent)(), const Schema& schema, const void* base) {
  if (schema_.fields.size() != inherited_count_) {
    refuse("extends " + schema.name + " after fields of its own", "put extends first");
  }
  const std::size_t offset = add_part(base, type.size(), type.alignment(), 0);
  // A base that lists subclasses is the head of a family; any other only lends its fields.
  if (!schema.subclasses.empty()) {
    if (schema_.parent != nullptr) refuse("extends two models that have subclasses");
    schema_.parent = parent;
    schema_.parent_offset = offset;
    schema_.collection = schema.collection;
    schema_.obj_type_key = schema.obj_type_key;
  }
  if (schema.rest != Schema::kNone) {
    if (schema_.rest != Schema::kNone) refuse("keeps unknown members in two places");
    schema_.rest = schema_.fields.size() + schema.rest;
  }
  if (schema.unknown != UnknownFields::refuse) schema_.unknown = schema.unknown;
  schema_.is_camel_case = schema_.is_camel_case || schema.is_camel_case;
  schema_.indexes.insert(schema_.indexes.end(), schema.indexes.begin(), schema.indexes.end());
  for (Field field : schema.fields) {
    field.offset += offset;
    schema_.fields.push_back(std::move(field));
  }
  inherited_count_ = schema_.fields.size();
}

std::size_t Describer::add_part(const void* member, std::size_t size, std::size_t alignment, std::size_t initialisers) {
  const auto* begin = static_cast<const std::byte*>(object_->get());
  const auto* address = static_cast<const std::byte*>(member);
  // std::less orders any two addresses; < only those within one object.
  if (std::less<>()(address, begin) || !std::less<>()(address, begin + type_.size())) {
    refuse("names something that is not a member of the struct",
           schema_.fields.empty() ? "" : "see the field " + schema_.fields.back().name);
  }
  const auto offset = static_cast<std::size_t>(address - begin);
  parts_.push_back({offset, size, alignment});
  initialiser_count_ += initialisers;
  return offset;
}

void Describer::refuse(const std::string& what, std::string hint) const {
  const std::string name = schema_.name.empty() ? "a struct without a name" : schema_.name;
  throw Failure(
      Error{ErrorCode::invalid_argument, "Freshet: the description of " + name + " " + what, {}, std::move(hint), {}});
}

void Describer::finish(const detail::RecordShape& shape) {
  if (schema_.name.empty()) refuse("does not name the model", "call name(\"readings\") on the Describer");
  if (!is_model_name(schema_.name)) refuse("names the model with other signs than letters, digits, '_', '-' and '.'");
  if (schema_.collection.empty()) schema_.collection = schema_.name;
  if (has_document_fields_) add_document_fields(shape);
  settle_names();
  settle_access();
  settle_obj_type(shape.struct_name);
  if (!unwrapped_.empty()) settle_unwrapped();
  check_names();
  for (const Field& field : schema_.fields) check_field_options(field);
  check_indexes();
  check_layout(shape);
}

void Describer::add_document_fields(const detail::RecordShape& shape) {
  const auto add_field = [&](const char* name, const char* doc, Result<void> (*get)(const void*, void*)) {
    Field field;
    field.name = field.data_key = name;
    field.doc = doc;
    field.get = get;
    field.is_passed_over = true;
    add_computed(std::move(field), type_of<std::string>());
  };
  if (schema_.single_key() == nullptr)
    refuse("asks for document fields, but has not one key", "describe one as the key");
  add_field("doc_id", "The id of the document.", shape.get_id);
  add_field("doc_ref", "The path of the document.", shape.get_path);
}

void Describer::settle_names() {
  for (std::size_t i = inherited_count_; i < schema_.fields.size(); ++i) {
    Field& field = schema_.fields[i];
    if (field.name.empty()) refuse("has a field without a name");
    if (!field.data_key.empty()) continue;
    if (schema_.is_camel_case && !converts_to_camel_case(field.name)) {
      refuse("asks for camelCase, but " + field.name + " would not convert back", "give it a data_key");
    }
    field.data_key = schema_.is_camel_case ? to_camel_case(field.name) : field.name;
  }
}

void Describer::settle_access() {
  for (std::size_t i = inherited_count_; i < schema_.fields.size(); ++i) {
    Field& field = schema_.fields[i];
    if (is_import_off_) field.is_imported = false;
    if (is_export_off_) field.is_exported = false;
    if (!field.is_imported) field.is_required = false;
    field.is_plain = field.is_imported && field.is_exported && !field.is_computed() && !field.null_is_missing &&
                     field.export_default == nullptr;
  }
}

void Describer::settle_obj_type(std::string_view struct_name) {
  if (schema_.obj_type.empty()) schema_.obj_type = struct_name;
  const bool has_variants = !schema_.subclasses.empty() || schema_.parent != nullptr;
  if (has_variants && !has_obj_type_key_ && schema_.parent == nullptr) schema_.obj_type_key = kObjTypeKey;
  const std::string_view reserved = has_variants ? kObjTypeKey : std::string_view();
  for (const Field& field : schema_.fields) {
    const bool is_taken = !schema_.obj_type_key.empty() && field.data_key == schema_.obj_type_key;
    if (is_taken || (!reserved.empty() && field.name == reserved)) {
      refuse("has a field " + field.name + ", which says the class of a document", "call it otherwise");
    }
  }
}

void Describer::settle_unwrapped() {
  const Field* field = schema_.find(unwrapped_);
  if (field == nullptr) refuse("unwraps to " + unwrapped_ + ", which is none of its fields");
  if (field->is_computed() && field->set == nullptr) refuse("unwraps to " + unwrapped_ + ", which has no setter");
  if (!schema_.obj_type_key.empty()) refuse("unwraps to a bare value, which cannot say its obj_type");
  schema_.unwrapped = static_cast<std::size_t>(field - schema_.fields.data());
}

void Describer::check_names() const {
  std::set<std::string_view> names;
  std::set<std::string_view> keys;
  std::set<std::size_t> offsets;
  for (const Field& field : schema_.fields) {
    if (!names.insert(field.name).second) refuse("has two fields with the name " + field.name);
    if (!keys.insert(field.data_key).second) refuse("has two fields with the data key " + field.data_key);
    if (!field.is_computed() && !offsets.insert(field.offset).second) {
      refuse("names one member twice, the second time as " + field.name);
    }
  }
}

void Describer::check_field_options(const Field& field) const {
  if (field.checks.has_range() && !has_numbers(*field.type)) {
    refuse("gives a range to " + field.name + ", which is no number");
  }
  if (field.checks.has_length() && !has_length(*field.type)) {
    refuse("gives a length to " + field.name + ", which is no string, list or map");
  }
  if (field.null_is_missing && field.type->kind() != Kind::optional) {
    refuse("takes a null as missing in " + field.name + ", which can hold no null", "make it a std::optional");
  }
  if (field.is_required || !field.is_imported || field.is_computed() || field.initialise != nullptr) return;
  const void* fallback = field.import_default != nullptr ? field.import_default.get() : schema_.default_of(field);
  if (const auto checked = check_field(field, fallback); !checked) {
    refuse("lets " + field.name + " be absent, but its default value fails its own check", to_string(checked.error()));
  }
}

void Describer::check_indexes() const {
  for (const ModelIndex& index : schema_.indexes) {
    if (index.columns.empty()) refuse("has an index without a field");
    for (const std::string& column : index.columns) {
      const Field* field = schema_.find(column);
      if (field == nullptr) refuse("has an index by " + column + ", which is none of its fields");
      if (field->is_computed()) refuse("has an index by " + column + ", which is computed and not stored");
    }
  }
}

void Describer::check_layout(const detail::RecordShape& shape) {
  const std::string hint = "name every member, or ignore() those that are no part of the model";
  if (initialiser_count_ < shape.initialiser_count) {
    refuse("leaves out " + std::to_string(shape.initialiser_count - initialiser_count_) + " of the struct's members",
           hint);
  }
  if (shape.layout == detail::LayoutRule::counted || shape.is_empty) return;
  std::sort(parts_.begin(), parts_.end(), [](const Part& a, const Part& b) { return a.offset < b.offset; });
  parts_.push_back({type_.size(), 0, type_.alignment()});  // the end, so that what is missing there is seen as well
  std::size_t natural_alignment = shape.is_polymorphic ? alignof(void*) : 1;
  for (std::size_t i = 0; i + 1 < parts_.size(); ++i) {
    natural_alignment = std::max(natural_alignment, parts_[i].alignment);
  }
  // A struct that asks for more alignment than its members do has gaps on purpose.
  const bool is_exact = shape.layout == detail::LayoutRule::exact && natural_alignment == type_.alignment();
  std::size_t end = shape.is_polymorphic ? sizeof(void*) : 0;
  for (const Part& part : parts_) {
    const std::size_t expected = align_up(end, is_exact ? part.alignment : type_.alignment());
    if (part.offset > expected) {
      refuse("leaves out a member of the struct, about " + std::to_string(part.offset - end) + " bytes at offset " +
                 std::to_string(end),
             hint);
    }
    end = std::max(end, part.offset + part.size);
  }
}

namespace {

void build_nested(const Type& type, std::set<const Type*>& visited) {
  if (!visited.insert(&type).second) return;
  switch (type.kind()) {
    case Kind::optional:
    case Kind::list:
    case Kind::set:
    case Kind::map:
    case Kind::poly:
      return build_nested(type.element(), visited);
    case Kind::string:
      if (type.is_reference()) build_nested(type.target(), visited);
      return;
    case Kind::record:
      for (const Field& field : type.schema().fields) build_nested(*field.type, visited);
      for (const Type* variant : variants_of(type)) build_nested(*variant, visited);
      return;
    default:
      return;
  }
}

}  // namespace

void detail::build_nested_schemas(const Type& type) {
  std::set<const Type*> visited;
  build_nested(type, visited);
}

}  // namespace freshet
