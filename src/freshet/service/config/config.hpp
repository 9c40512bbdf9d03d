// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "freshet/model/type_of.hpp"

namespace freshet {

/// Where a configuration comes from: defaults, over them a TOML file, over that the environment.
struct ConfigSources {
  /// Empty: no file.
  std::string file = {};
  /// FRESHET_SERVER_PORT is `port` in `[server]`. Lists are separated by commas.
  std::map<std::string, std::string> environment = {};
  std::string prefix = "FRESHET_";
};

/// The environment of this process.
std::map<std::string, std::string> process_environment();

/// One thing that is wrong with a configuration.
struct ConfigFault {
  /// "freshet.toml:3:8", or the variable's name.
  std::string place;
  /// "server.port"; empty where the file as a whole is wrong.
  std::string key;
  std::string text;
  std::string hint;
};
/// On one line: `freshet.toml:3:8: server.workers: must lie between 1 and 20 (got 21)`.
std::string to_string(const ConfigFault& fault);

namespace config {

/// Reads a configuration into an object of a described struct: sections are its structs, keys their fields.
///
/// Returns everything that is wrong, not the first of it alone: what is no TOML, unknown keys and variables (with what
/// may have been meant), missing ones, wrong types, numbers out of range, lengths, names that an enum does not have.
/// Whatever is wrong leaves its default. Values of a Secret appear in no message; `name_file` reads one from a file.
///
/// A variable that begins with the prefix but with no section's name is somebody else's, and passed over.
std::vector<ConfigFault> read(const Type& type, void* object, const ConfigSources& sources);

/// The configuration as TOML, with the docs of its fields; secrets as "***".
std::string to_toml(const Type& type, const void* object);

}  // namespace config

/// Reads a configuration into a described struct; returns all that is wrong.
///
/// Example: src/freshet/service/config/config.test.cpp [config]
template <class Config> std::vector<ConfigFault> read_config(Config& config, const ConfigSources& sources) {
  return config::read(type_of<Config>(), &config, sources);
}

/// The configuration as TOML; secrets as "***".
template <class Config> std::string to_toml(const Config& config) {
  return config::to_toml(type_of<Config>(), &config);
}

}  // namespace freshet
