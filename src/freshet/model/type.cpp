// SPDX-License-Identifier: MIT
#include "freshet/model/type.hpp"

#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

#include "freshet/base/assert.hpp"
#include "freshet/model/schema.hpp"
#include "freshet/model/value.hpp"

namespace freshet {
namespace {

template <class T> T load(const void* object) {
  T value;
  std::memcpy(&value, object, sizeof value);
  return value;
}

template <class T> void store(void* object, T value) { std::memcpy(object, &value, sizeof value); }

// The bits of an integer or enum, zero or sign extended.
std::uint64_t load_bits(const void* object, std::size_t size, bool is_signed) {
  switch (size) {
    case 1:
      return is_signed ? static_cast<std::uint64_t>(load<std::int8_t>(object)) : load<std::uint8_t>(object);
    case 2:
      return is_signed ? static_cast<std::uint64_t>(load<std::int16_t>(object)) : load<std::uint16_t>(object);
    case 4:
      return is_signed ? static_cast<std::uint64_t>(load<std::int32_t>(object)) : load<std::uint32_t>(object);
    default:
      return load<std::uint64_t>(object);
  }
}

void store_bits(void* object, std::size_t size, std::uint64_t bits) {
  switch (size) {
    case 1:
      return store(object, static_cast<std::uint8_t>(bits));
    case 2:
      return store(object, static_cast<std::uint16_t>(bits));
    case 4:
      return store(object, static_cast<std::uint32_t>(bits));
    default:
      return store(object, bits);
  }
}

template <class Integer> bool parse(std::string_view text, Integer& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::string_view to_string(Kind kind) {
  switch (kind) {
    case Kind::boolean:
      return "boolean";
    case Kind::integer:
      return "integer";
    case Kind::real:
      return "number";
    case Kind::string:
      return "string";
    case Kind::timestamp:
      return "timestamp";
    case Kind::enumeration:
      return "enumeration";
    case Kind::optional:
      return "optional";
    case Kind::list:
      return "list";
    case Kind::map:
      return "map";
    case Kind::record:
      return "record";
    case Kind::value:
      return "value";
    case Kind::set:
      return "set";
    case Kind::poly:
      return "poly";
  }
  return "unknown";
}

std::string Type::name() const {
  switch (kind()) {
    case Kind::integer:
      return (is_signed() ? "int" : "uint") + std::to_string(size() * 8);
    case Kind::enumeration:
      return std::string(parts_.enum_name);
    case Kind::optional:
      return "optional " + element().name();
    case Kind::list:
      return "list of " + element().name();
    case Kind::set:
      return "set of " + element().name();
    case Kind::poly:
      return element().name();
    case Kind::string:
      return is_reference() ? "reference to " + target().name() : "string";
    case Kind::map:
      return "map of " + key().name() + " to " + element().name();
    case Kind::record:
      return schema().name;
    default:
      return std::string(to_string(kind()));
  }
}

bool Type::read_bool(const void* object) const {
  FRESHET_ASSERT(kind() == Kind::boolean);
  return *static_cast<const bool*>(object);
}

void Type::write_bool(void* object, bool value) const {
  FRESHET_ASSERT(kind() == Kind::boolean);
  *static_cast<bool*>(object) = value;
}

std::int64_t Type::read_signed(const void* object) const {
  FRESHET_ASSERT(kind() == Kind::integer && is_signed());
  return static_cast<std::int64_t>(load_bits(object, size(), true));
}

std::uint64_t Type::read_unsigned(const void* object) const {
  FRESHET_ASSERT(kind() == Kind::integer && !is_signed());
  return load_bits(object, size(), false);
}

bool Type::write_signed(void* object, std::int64_t value) const {
  FRESHET_ASSERT(kind() == Kind::integer);
  if (value < integer_min() || (value > 0 && static_cast<std::uint64_t>(value) > integer_max())) return false;
  store_bits(object, size(), static_cast<std::uint64_t>(value));
  return true;
}

bool Type::write_unsigned(void* object, std::uint64_t value) const {
  FRESHET_ASSERT(kind() == Kind::integer);
  if (value > integer_max()) return false;
  store_bits(object, size(), value);
  return true;
}

std::int64_t Type::integer_min() const {
  FRESHET_ASSERT(kind() == Kind::integer);
  return is_signed() ? std::numeric_limits<std::int64_t>::min() >> (64 - 8 * size()) : 0;
}

std::uint64_t Type::integer_max() const {
  FRESHET_ASSERT(kind() == Kind::integer);
  return std::numeric_limits<std::uint64_t>::max() >> (64 - 8 * size() + (is_signed() ? 1 : 0));
}

double Type::read_real(const void* object) const {
  FRESHET_ASSERT(kind() == Kind::real);
  return size() == sizeof(float) ? load<float>(object) : load<double>(object);
}

bool Type::write_real(void* object, double value) const {
  FRESHET_ASSERT(kind() == Kind::real);
  if (size() == sizeof(double)) {
    store(object, value);
    return true;
  }
  const auto narrow = static_cast<float>(value);
  if (std::isfinite(value) && !std::isfinite(narrow)) return false;
  store(object, narrow);
  return true;
}

const void* Type::nested_object(const void* object) const {
  FRESHET_ASSERT(is_nested());
  return parts_.nested->loaded(object);
}

void Type::load_nested(void* object, const void* target) const {
  FRESHET_ASSERT(is_nested());
  parts_.nested->load(object, target);
}

const Type& Type::target() const {
  FRESHET_ASSERT(is_reference());
  return parts_.target();
}

const std::string& Type::as_string(const void* object) const {
  FRESHET_ASSERT(kind() == Kind::string);
  return *static_cast<const std::string*>(object);
}

std::string& Type::as_string(void* object) const {
  FRESHET_ASSERT(kind() == Kind::string);
  return *static_cast<std::string*>(object);
}

Timestamp Type::read_timestamp(const void* object) const {
  FRESHET_ASSERT(kind() == Kind::timestamp);
  return *static_cast<const Timestamp*>(object);
}

void Type::write_timestamp(void* object, Timestamp value) const {
  FRESHET_ASSERT(kind() == Kind::timestamp);
  *static_cast<Timestamp*>(object) = value;
}

std::string_view Type::read_enum(const void* object) const {
  FRESHET_ASSERT(kind() == Kind::enumeration);
  const auto value = static_cast<std::int64_t>(load_bits(object, size(), is_signed()));
  for (const EnumName& entry : enum_names()) {
    if (entry.value == value) return entry.name;
  }
  return {};
}

bool Type::write_enum(void* object, std::string_view name) const {
  FRESHET_ASSERT(kind() == Kind::enumeration);
  for (const EnumName& entry : enum_names()) {
    if (entry.name != name) continue;
    store_bits(object, size(), static_cast<std::uint64_t>(entry.value));
    return true;
  }
  return false;
}

const Type& Type::element() const {
  FRESHET_ASSERT(parts_.element != nullptr);
  return parts_.element();
}

const void* Type::inspect(const void* object) const {
  FRESHET_ASSERT(kind() == Kind::optional);
  return parts_.optional->inspect(object);
}

void* Type::emplace(void* object) const {
  FRESHET_ASSERT(kind() == Kind::optional);
  return parts_.optional->emplace(object);
}

void Type::reset(void* object) const {
  FRESHET_ASSERT(kind() == Kind::optional);
  parts_.optional->reset(object);
}

std::size_t Type::list_size(const void* object) const {
  FRESHET_ASSERT(kind() == Kind::list);
  return parts_.list->size(object);
}

const void* Type::list_at(const void* object, std::size_t index) const {
  FRESHET_ASSERT(index < list_size(object));
  return parts_.list->at(object, index);
}

void Type::list_clear(void* object) const {
  FRESHET_ASSERT(kind() == Kind::list);
  parts_.list->clear(object);
}

void* Type::list_append(void* object) const {
  FRESHET_ASSERT(kind() == Kind::list);
  return parts_.list->append(object);
}

std::size_t Type::set_size(const void* object) const {
  FRESHET_ASSERT(kind() == Kind::set);
  return parts_.set->size(object);
}

void Type::set_clear(void* object) const {
  FRESHET_ASSERT(kind() == Kind::set);
  parts_.set->clear(object);
}

bool Type::set_insert(void* object, const void* element) const {
  FRESHET_ASSERT(kind() == Kind::set);
  return parts_.set->insert(object, element);
}

bool Type::visit_elements(const void* object, bool (*each)(void*, const void*), void* context) const {
  FRESHET_ASSERT(kind() == Kind::set);
  return parts_.set->visit(object, each, context);
}

const Type& Type::key() const {
  FRESHET_ASSERT(kind() == Kind::map);
  return parts_.key();
}

std::size_t Type::map_size(const void* object) const {
  FRESHET_ASSERT(kind() == Kind::map);
  return parts_.map->size(object);
}

void Type::map_clear(void* object) const {
  FRESHET_ASSERT(kind() == Kind::map);
  parts_.map->clear(object);
}

void* Type::map_insert(void* object, const void* key) const {
  FRESHET_ASSERT(kind() == Kind::map);
  return parts_.map->insert(object, key);
}

bool Type::visit_entries(const void* object, bool (*each)(void*, const void*, const void*), void* context) const {
  FRESHET_ASSERT(kind() == Kind::map);
  return parts_.map->visit(object, each, context);
}

std::string Type::key_text(const void* object) const {
  switch (kind()) {
    case Kind::string:
      return as_string(object);
    case Kind::boolean:
      return read_bool(object) ? "true" : "false";
    case Kind::enumeration:
      return std::string(read_enum(object));
    default:
      break;
  }
  FRESHET_ASSERT(kind() == Kind::integer);
  return is_signed() ? std::to_string(read_signed(object)) : std::to_string(read_unsigned(object));
}

bool Type::read_key_text(void* object, std::string_view text) const {
  switch (kind()) {
    case Kind::string:
      as_string(object) = text;
      return true;
    case Kind::enumeration:
      return write_enum(object, text);
    case Kind::boolean:
      if (text != "true" && text != "false") return false;
      write_bool(object, text == "true");
      return true;
    default:
      break;
  }
  FRESHET_ASSERT(kind() == Kind::integer);
  // One spelling for each number, so that equal keys are equal texts: no "+7", "07" or "-0".
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  if (digits.empty() || (digits.starts_with('0') && text != "0")) return false;
  if (std::uint64_t value = 0; parse(text, value)) return write_unsigned(object, value);
  std::int64_t value = 0;
  return parse(text, value) && write_signed(object, value);
}

const Schema& Type::schema() const {
  FRESHET_ASSERT(kind() == Kind::record);
  return parts_.schema();
}

const Type& Type::poly_type(const void* object) const {
  FRESHET_ASSERT(kind() == Kind::poly);
  return parts_.poly->type(object);
}

const void* Type::poly_get(const void* object) const {
  FRESHET_ASSERT(kind() == Kind::poly);
  return parts_.poly->get(object);
}

void* Type::poly_get(void* object) const { return const_cast<void*>(poly_get(static_cast<const void*>(object))); }

void* Type::poly_emplace(void* object, const Type& type) const {
  FRESHET_ASSERT(kind() == Kind::poly);
  return parts_.poly->emplace(object, type);
}

const Value& Type::as_value(const void* object) const {
  FRESHET_ASSERT(kind() == Kind::value);
  return *static_cast<const Value*>(object);
}

Value& Type::as_value(void* object) const {
  FRESHET_ASSERT(kind() == Kind::value);
  return *static_cast<Value*>(object);
}

}  // namespace freshet
