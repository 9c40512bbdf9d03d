// SPDX-License-Identifier: MIT
#include <array>
#include <charconv>
#include <cmath>
#include <string>
#include <string_view>

#include "freshet/codec/timestamp.hpp"
#include "freshet/model/schema.hpp"
#include "freshet/model/value.hpp"
#include "freshet/service/config/config.hpp"
#include "freshet/service/config/secret.hpp"
#include "freshet/service/internal/config/setting.hpp"

namespace freshet::config {
namespace {

std::string quoted(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out.append({'\\', c});
    } else if (byte < 0x20 || byte == 0x7f) {
      out.append("\\u00").append({kHex[byte >> 4U], kHex[byte & 15U]});
    } else {
      out += c;
    }
  }
  return out += '"';
}

bool is_bare(std::string_view name) {
  return !name.empty() && name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") ==
                              std::string_view::npos;
}
std::string key_text(std::string_view name) { return is_bare(name) ? std::string(name) : quoted(name); }

std::string number(double value) {
  if (!std::isfinite(value)) return std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
  std::array<char, 32> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  std::string text(digits.data(), end);
  return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

bool is_section(const Type& type) { return type.kind() == Kind::record && !is_secret(type); }
bool is_named_sections(const Type& type) { return type.kind() == Kind::map && is_section(type.element()); }

std::string value_text(const Type& type, const void* object);

std::string list_text(const Type& type, const void* object) {
  std::string text = "[";
  for (std::size_t at = 0; at < type.list_size(object); ++at) {
    text.append(at == 0 ? "" : ", ").append(value_text(type.element(), type.list_at(object, at)));
  }
  return text + "]";
}
std::string map_text(const Type& type, const void* object) {
  std::string text;
  type.map_visit(object, [&](const void* key, const void* value) {
    text.append(text.empty() ? "" : ", ").append(key_text(type.key().key_text(key))).append(" = ");
    text += value_text(type.element(), value);
    return true;
  });
  return "{" + text + "}";
}
std::string record_text(const Type& type, const void* object) {
  if (is_secret(type)) return static_cast<const Secret*>(object)->empty() ? "\"\"" : "\"***\"";
  std::string text;
  for (const Field& field : type.schema().fields) {
    if (field.is_computed()) continue;
    const std::string value = value_text(*field.type, field.in(object));
    if (!value.empty()) text.append(text.empty() ? "" : ", ").append(field.name).append(" = ").append(value);
  }
  return "{" + text + "}";
}

// Empty for what TOML cannot say: an optional without a value.
std::string value_text(const Type& type, const void* object) {
  switch (type.kind()) {
    case Kind::boolean:
      return type.read_bool(object) ? "true" : "false";
    case Kind::integer:
      return type.is_signed() ? std::to_string(type.read_signed(object)) : std::to_string(type.read_unsigned(object));
    case Kind::real:
      return number(type.read_real(object));
    case Kind::string:
      return quoted(type.as_string(object));
    case Kind::timestamp: {
      std::string text;
      return codec::append_timestamp(text, type.read_timestamp(object)) ? text : "";
    }
    case Kind::enumeration:
      return quoted(type.read_enum(object));
    case Kind::optional:
      return type.inspect(object) == nullptr ? "" : value_text(type.element(), type.inspect(object));
    case Kind::list:
      return list_text(type, object);
    case Kind::map:
      return map_text(type, object);
    case Kind::record:
      return record_text(type, object);
    default:
      return "";
  }
}

void add_comment(std::string& out, std::string_view doc) {
  if (!doc.empty()) out.append("# ").append(doc).append("\n");
}

void add_section(std::string& out, const std::string& path, const Type& type, const void* object,
                 std::string_view doc) {
  if (!path.empty()) {
    out += "\n";
    add_comment(out, doc);
    out.append("[").append(path).append("]\n");
  }
  for (const Field& field : type.schema().fields) {
    if (is_section(*field.type) || is_named_sections(*field.type) || field.is_computed()) continue;
    add_comment(out, field.doc);
    const std::string value = value_text(*field.type, field.in(object));
    // What has no value is shown as what could be set.
    out.append(value.empty() ? "# " : "").append(field.name).append(" = ").append(value).append("\n");
  }
  const std::string prefix = path.empty() ? "" : path + ".";
  for (const Field& field : type.schema().fields) {
    if (is_section(*field.type)) {
      add_section(out, prefix + field.name, *field.type, field.in(object), field.doc);
    } else if (is_named_sections(*field.type)) {
      field.type->map_visit(field.in(object), [&](const void* key, const void* section) {
        const std::string name = key_text(field.type->key().key_text(key));
        add_section(out, prefix + field.name + "." + name, field.type->element(), section, field.doc);
        return true;
      });
    }
  }
}

}  // namespace

std::string to_toml(const Type& type, const void* object) {
  std::string out;
  add_section(out, "", type, object, "");
  if (out.starts_with('\n')) out.erase(0, 1);
  return out;
}

}  // namespace freshet::config
