// SPDX-License-Identifier: MIT
#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <utility>

#include "freshet/codec/suggest.hpp"
#include "freshet/codec/timestamp.hpp"
#include "freshet/model/any_object.hpp"
#include "freshet/model/schema.hpp"
#include "freshet/model/type_of.hpp"
#include "freshet/model/validate.hpp"
#include "freshet/model/value.hpp"
#include "freshet/service/config/secret.hpp"
#include "freshet/service/internal/config/setting.hpp"

namespace freshet::config {
namespace {

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string shown(const Setting& setting) {
  if (const auto* text = setting.text()) return "\"" + *text + "\"";
  if (const auto* integer = std::get_if<std::int64_t>(&setting.value)) return std::to_string(*integer);
  if (const auto* boolean = std::get_if<bool>(&setting.value)) return *boolean ? "true" : "false";
  if (const auto* real = std::get_if<double>(&setting.value)) return std::to_string(*real);
  return setting.list() != nullptr ? "a list" : "a table";
}

template <class Number> std::optional<Number> number_in(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// One walk over settings and types side by side.
class Filler {
 public:
  explicit Filler(std::vector<ConfigFault>& faults) : faults_(faults) {}

  // True if the object has the setting's value.
  bool fill(const Type& type, void* object, const Setting& setting, const std::string& key) {
    switch (type.kind()) {
      case Kind::boolean:
        return fill_bool(type, object, setting, key);
      case Kind::integer:
        return fill_integer(type, object, setting, key);
      case Kind::real:
        return fill_real(type, object, setting, key);
      case Kind::string:
        return fill_string(type, object, setting, key);
      case Kind::timestamp:
        return fill_timestamp(type, object, setting, key);
      case Kind::enumeration:
        return fill_enum(type, object, setting, key);
      case Kind::optional:
        return fill_optional(type, object, setting, key);
      case Kind::list:
        return fill_list(type, object, setting, key);
      case Kind::map:
        return fill_map(type, object, setting, key);
      case Kind::record:
        return is_secret(type) ? fill_secret(object, setting, key) : fill_record(type, object, setting, key);
      case Kind::value:
        return fill_value(type, object, setting);
      default:
        return fault(setting, key, "a " + type.name() + " cannot be configured");
    }
  }

 private:
  bool fault(const Setting& setting, const std::string& key, std::string text, std::string hint = {}) {
    faults_.push_back({setting.place, key, std::move(text), std::move(hint)});
    return false;
  }
  bool wrong(const Setting& setting, const std::string& key, const std::string& wanted, std::string hint = {}) {
    return fault(setting, key, "expected " + wanted + " (got " + shown(setting) + ")", std::move(hint));
  }

  bool fill_optional(const Type& type, void* object, const Setting& setting, const std::string& key) {
    if (fill(type.element(), type.emplace(object), setting, key)) return true;
    type.reset(object);
    return false;
  }

  bool fill_bool(const Type& type, void* object, const Setting& setting, const std::string& key) {
    std::optional<bool> value;
    if (const auto* boolean = std::get_if<bool>(&setting.value)) value = *boolean;
    if (setting.is_text) {
      const std::string& text = *setting.text();
      if (text == "true" || text == "1") value = true;
      if (text == "false" || text == "0") value = false;
    }
    if (!value) return wrong(setting, key, "true or false");
    type.write_bool(object, *value);
    return true;
  }

  bool fill_integer(const Type& type, void* object, const Setting& setting, const std::string& key) {
    const std::string bounds =
        "an integer from " + std::to_string(type.integer_min()) + " to " + std::to_string(type.integer_max());
    if (const auto* integer = std::get_if<std::int64_t>(&setting.value)) {
      return type.write_signed(object, *integer) || wrong(setting, key, bounds);
    }
    if (!setting.is_text) return wrong(setting, key, bounds);
    if (const auto number = number_in<std::int64_t>(*setting.text())) {
      return type.write_signed(object, *number) || wrong(setting, key, bounds);
    }
    const auto number = number_in<std::uint64_t>(*setting.text());
    return (number && type.write_unsigned(object, *number)) || wrong(setting, key, bounds);
  }

  bool fill_real(const Type& type, void* object, const Setting& setting, const std::string& key) {
    std::optional<double> value;
    if (const auto* real = std::get_if<double>(&setting.value)) value = *real;
    if (const auto* integer = std::get_if<std::int64_t>(&setting.value)) value = static_cast<double>(*integer);
    if (setting.is_text) value = number_in<double>(*setting.text());
    return (value && type.write_real(object, *value)) || wrong(setting, key, "a number");
  }

  bool fill_string(const Type& type, void* object, const Setting& setting, const std::string& key) {
    if (setting.text() == nullptr) return wrong(setting, key, "a string");
    type.as_string(object) = *setting.text();
    return true;
  }

  bool fill_secret(void* object, const Setting& setting, const std::string& key) {
    if (setting.text() == nullptr) return fault(setting, key, "expected a string");
    *static_cast<Secret*>(object) = Secret(*setting.text());
    return true;
  }

  bool fill_timestamp(const Type& type, void* object, const Setting& setting, const std::string& key) {
    const auto time = setting.text() == nullptr ? std::nullopt : codec::parse_timestamp(*setting.text());
    if (!time) return wrong(setting, key, "a time", "as in 2024-06-01T09:30:00Z");
    type.write_timestamp(object, *time);
    return true;
  }

  bool fill_enum(const Type& type, void* object, const Setting& setting, const std::string& key) {
    if (setting.text() != nullptr && type.write_enum(object, *setting.text())) return true;
    std::vector<std::string_view> known;
    for (const EnumName& name : type.enum_names()) known.push_back(name.name);
    std::string hint = setting.text() == nullptr ? "" : codec::suggest(*setting.text(), known);
    // The choices are named already.
    if (!hint.starts_with("did you mean")) hint.clear();
    return wrong(setting, key, name_choices(type), std::move(hint));
  }

  bool fill_list(const Type& type, void* object, const Setting& setting, const std::string& key) {
    Setting::List parts;
    const Setting::List* elements = setting.list();
    if (setting.is_text) {
      parts = split(setting);
      elements = &parts;
    }
    if (elements == nullptr) return wrong(setting, key, "a list");
    type.list_clear(object);
    bool filled = true;
    for (std::size_t at = 0; at < elements->size(); ++at) {
      AnyObject element(type.element());
      const bool done = fill(type.element(), element.get(), (*elements)[at], key + "[" + std::to_string(at) + "]");
      if (done) type.element().assign(type.list_append(object), element.get());
      filled = done && filled;
    }
    return filled;
  }
  static Setting::List split(const Setting& setting) {
    Setting::List parts;
    std::string_view rest = trim(*setting.text());
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find(','), rest.size());
      parts.push_back({.place = setting.place, .is_text = true, .value = std::string(trim(rest.substr(0, end)))});
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return parts;
  }

  bool fill_map(const Type& type, void* object, const Setting& setting, const std::string& key) {
    if (setting.table() == nullptr) return wrong(setting, key, "a table");
    bool filled = true;
    type.map_clear(object);
    for (const auto& [name, member] : *setting.table()) {
      AnyObject map_key(type.key());
      const std::string member_key = key + "." + name;
      if (!type.key().read_key_text(map_key.get(), name)) {
        filled = fault(member, member_key, "the name is no " + type.key().name());
        continue;
      }
      void* element = type.map_insert(object, map_key.get());
      filled = element != nullptr && fill(type.element(), element, member, member_key) && filled;
    }
    return filled;
  }

  bool fill_value(const Type& type, void* object, const Setting& setting) {
    type.as_value(object) = value_of(setting);
    return true;
  }
  static Value value_of(const Setting& setting) {
    if (const auto* list = setting.list()) {
      Value::List values;
      for (const Setting& element : *list) values.push_back(value_of(element));
      return values;
    }
    if (const auto* table = setting.table()) {
      Value::Object members;
      for (const auto& [name, member] : *table) members.emplace(name, value_of(member));
      return members;
    }
    if (const auto* integer = std::get_if<std::int64_t>(&setting.value)) return *integer;
    if (const auto* real = std::get_if<double>(&setting.value)) return *real;
    if (const auto* boolean = std::get_if<bool>(&setting.value)) return *boolean;
    return *setting.text();
  }

  bool fill_record(const Type& type, void* object, const Setting& setting, const std::string& key) {
    if (setting.table() == nullptr) return wrong(setting, key, "a table");
    const Schema& schema = type.schema();
    bool filled = true;
    std::set<const Field*> seen;
    for (const auto& [name, member] : *setting.table()) {
      const std::string member_key = key.empty() ? name : key + "." + name;
      const Field* field = field_of(schema, name);
      if (field == nullptr) {
        filled = unknown(schema, name, member, member_key);
      } else if (!seen.insert(field).second) {
        filled = fault(member, member_key, "stands there twice: as a text and as a file");
      } else {
        filled = fill_field(*field, field->in(object), member, name, member_key) && filled;
      }
    }
    for (const Field& field : schema.fields) {
      if (!field.is_required || seen.contains(&field) || field.is_computed()) continue;
      const std::string member_key = key.empty() ? field.name : key + "." + field.name;
      filled = fault(setting, member_key, "is missing", field.doc);
    }
    return filled;
  }
  static const Field* field_of(const Schema& schema, std::string_view name) {
    if (const Field* field = schema.find(name)) return field;
    if (!name.ends_with(kFileSuffix)) return nullptr;
    const Field* field = schema.find(name.substr(0, name.size() - kFileSuffix.size()));
    return field != nullptr && is_secret(*field->type) ? field : nullptr;
  }
  bool fill_field(const Field& field, void* member, const Setting& setting, std::string_view name,
                  const std::string& key) {
    const bool done = name == field.name ? fill(*field.type, member, setting, key)
                                         : fill_from_file(*field.type, member, setting, key);
    if (!done) return false;
    const auto checked = check_field(field, member);
    return checked || fault(setting, key, to_string(checked.error()));
  }
  bool fill_from_file(const Type& type, void* member, const Setting& setting, const std::string& key) {
    if (setting.text() == nullptr) return wrong(setting, key, "the path of a file");
    auto text = read_text_file(*setting.text());
    if (!text) return fault(setting, key, to_string(text.error()));
    // Editors and `echo` end a file with a line end, which is no part of a secret.
    if (text->ends_with('\n')) text->pop_back();
    if (text->ends_with('\r')) text->pop_back();
    if (text->empty()) return fault(setting, key, "the file is empty");
    return fill(type, member, {.place = setting.place, .is_text = false, .value = *std::move(text)}, key);
  }
  bool unknown(const Schema& schema, const std::string& name, const Setting& setting, const std::string& key) {
    std::vector<std::string_view> known;
    for (const Field& field : schema.fields) known.push_back(field.name);
    return fault(setting, key, "there is no such setting", codec::suggest(name, known));
  }

  std::vector<ConfigFault>& faults_;
};

}  // namespace

bool is_secret(const Type& type) {
  if (type.kind() == Kind::optional) return is_secret(type.element());
  return type == type_of<Secret>();
}

void fill(const Type& type, void* object, const Setting& setting, const std::string& key,
          std::vector<ConfigFault>& faults) {
  Filler(faults).fill(type, object, setting, key);
}

}  // namespace freshet::config
