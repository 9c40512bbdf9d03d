// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "freshet/base/result.hpp"
#include "freshet/model/type.hpp"
#include "freshet/service/config/config.hpp"

namespace freshet::config {

/// A piece of a configuration as it was written, and where: what the TOML file and the environment come down to.
struct Setting {
  using List = std::vector<Setting>;
  using Table = std::map<std::string, Setting, std::less<>>;

  std::string place;
  /// From the environment, where everything is text: read as whatever is wanted.
  bool is_text = false;
  std::variant<std::string, bool, std::int64_t, double, List, Table> value;

  Table* table() { return std::get_if<Table>(&value); }
  const Table* table() const { return std::get_if<Table>(&value); }
  const List* list() const { return std::get_if<List>(&value); }
  const std::string* text() const { return std::get_if<std::string>(&value); }
};

/// Reads a TOML file. Errors: as one fault, with its place.
tl::expected<Setting, ConfigFault> read_toml_file(const std::string& path);
/// The same from a text; `name` is what places begin with.
tl::expected<Setting, ConfigFault> read_toml(std::string_view text, const std::string& name);

/// Puts what the environment says over `root`, a table, as far as it concerns `type`, a record.
void apply_environment(const Type& type, const ConfigSources& sources, Setting& root, std::vector<ConfigFault>& faults);

/// Fills an object from a setting; `key` is what messages call it.
void fill(const Type& type, void* object, const Setting& setting, const std::string& key,
          std::vector<ConfigFault>& faults);

/// Whether a field is a Secret, by itself or in an optional.
bool is_secret(const Type& type);

/// What a key that reads a secret from a file ends with.
inline constexpr std::string_view kFileSuffix = "_file";
/// A longer file is refused.
inline constexpr std::size_t kConfigBytesMax = std::size_t{1024} * 1024;

/// The text of a file. Errors: unavailable, too_large.
Result<std::string> read_text_file(const std::string& path);

}  // namespace freshet::config
