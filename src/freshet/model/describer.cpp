// SPDX-License-Identifier: MIT
#include "freshet/model/describer.hpp"

#include <algorithm>
#include <functional>
#include <set>

#include "freshet/model/validate.hpp"

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
  return kind == Kind::string || kind == Kind::list || kind == Kind::map;
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

Describer::Describer(const Type& type) : type_(type), object_(std::make_shared<AnyObject>(type)) {
  schema_.defaults = std::shared_ptr<const void>(object_, object_->get());
}

Describer::FieldEditor Describer::add(std::string field_name, const Type& type, const void* member) {
  Field field;
  field.name = std::move(field_name);
  add(std::move(field), type, member);
  return FieldEditor(schema_, schema_.fields.size() - 1);
}

void Describer::add(Field options, const Type& type, const void* member) {
  options.type = &type;
  if (type.kind() == Kind::optional) options.is_required = false;
  schema_.fields.push_back(std::move(options));
  schema_.fields.back().offset = add_part(member, type.size(), type.alignment(), 1);
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
  check_fields();
  check_layout(shape);
}

void Describer::check_fields() const {
  std::set<std::string_view> names;
  std::set<std::size_t> offsets;
  for (const Field& field : schema_.fields) {
    if (field.name.empty()) refuse("has a field without a name");
    if (!names.insert(field.name).second) refuse("has two fields with the name " + field.name);
    if (!offsets.insert(field.offset).second) refuse("names one member twice, the second time as " + field.name);
    if (field.checks.has_range() && !has_numbers(*field.type)) {
      refuse("gives a range to " + field.name + ", which is no number");
    }
    if (field.checks.has_length() && !has_length(*field.type)) {
      refuse("gives a length to " + field.name + ", which is no string, list or map");
    }
    if (field.is_required) continue;
    if (const auto checked = check_field(field, schema_.default_of(field)); !checked) {
      refuse("lets " + field.name + " be absent, but its default value fails its own check",
             to_string(checked.error()));
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
    case Kind::map:
      return build_nested(type.element(), visited);
    case Kind::record:
      for (const Field& field : type.schema().fields) build_nested(*field.type, visited);
      return;
    default:
      return;
  }
}

}  // namespace

void detail::build_nested_schemas(const Schema& schema) {
  std::set<const Type*> visited;
  for (const Field& field : schema.fields) build_nested(*field.type, visited);
}

}  // namespace freshet
