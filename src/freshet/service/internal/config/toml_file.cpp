// SPDX-License-Identifier: MIT
#ifndef TOML_HEADER_ONLY
#define TOML_HEADER_ONLY 0
#endif
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>

#include <toml++/toml.h>

#include "freshet/service/internal/config/setting.hpp"

namespace freshet::config {
namespace {

std::string place_of(const std::string& name, const toml::source_region& source) {
  return name + ":" + std::to_string(source.begin.line) + ":" + std::to_string(source.begin.column);
}

// The parser bounds how deep a document nests.
Setting setting_of(const toml::node& node, const std::string& name) {
  Setting setting{.place = place_of(name, node.source()), .is_text = false, .value = {}};
  if (const auto* table = node.as_table()) {
    Setting::Table members;
    for (const auto& [key, member] : *table) {
      Setting inner = setting_of(member, name);
      // The place of a key is where it is written, not where its value is: that may be a table without a name.
      inner.place = place_of(name, key.source());
      members.emplace(std::string(key.str()), std::move(inner));
    }
    setting.value = std::move(members);
  } else if (const auto* array = node.as_array()) {
    Setting::List elements;
    for (const auto& element : *array) elements.push_back(setting_of(element, name));
    setting.value = std::move(elements);
  } else if (const auto* text = node.as_string()) {
    setting.value = text->get();
  } else if (const auto* integer = node.as_integer()) {
    setting.value = integer->get();
  } else if (const auto* real = node.as_floating_point()) {
    setting.value = real->get();
  } else if (const auto* boolean = node.as_boolean()) {
    setting.value = boolean->get();
  } else {
    // Dates and times: as they are written.
    std::ostringstream text_of;
    node.visit([&](const auto& value) {
      if constexpr (toml::is_date<decltype(value)> || toml::is_time<decltype(value)> ||
                    toml::is_date_time<decltype(value)>) {
        text_of << value.get();
      }
    });
    setting.value = text_of.str();
  }
  return setting;
}

}  // namespace

Result<std::string> read_text_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(ErrorCode::unavailable, "cannot read " + path, std::strerror(errno));
  std::string text(kConfigBytesMax + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad() || (!file && !file.eof())) return fail(ErrorCode::unavailable, "cannot read " + path);
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kConfigBytesMax) return fail(ErrorCode::too_large, path + " is longer than 1 MiB");
  return text;
}

tl::expected<Setting, ConfigFault> read_toml(std::string_view text, const std::string& name) {
  try {
    return setting_of(toml::parse(text, std::string_view(name)), name);
  } catch (const toml::parse_error& error) {
    return tl::unexpected(ConfigFault{
        .place = place_of(name, error.source()), .key = {}, .text = std::string(error.description()), .hint = {}});
  }
}

tl::expected<Setting, ConfigFault> read_toml_file(const std::string& path) {
  const auto text = read_text_file(path);
  if (text) return read_toml(*text, path);
  return tl::unexpected(ConfigFault{.place = path, .key = {}, .text = to_string(text.error()), .hint = {}});
}

}  // namespace freshet::config
