// SPDX-License-Identifier: MIT
#include "freshet/service/config/config.hpp"

#include <unistd.h>
#include <utility>

#include "freshet/base/assert.hpp"
#include "freshet/service/internal/config/setting.hpp"

namespace freshet {

std::map<std::string, std::string> process_environment() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

std::string to_string(const ConfigFault& fault) {
  std::string text = fault.place + ": ";
  if (!fault.key.empty()) text += fault.key + ": ";
  text += fault.text;
  if (!fault.hint.empty()) text += "; hint: " + fault.hint;
  return text;
}

namespace config {

std::vector<ConfigFault> read(const Type& type, void* object, const ConfigSources& sources) {
  FRESHET_ASSERT(type.kind() == Kind::record && "a configuration is a described struct");
  std::vector<ConfigFault> faults;
  Setting root{
      .place = sources.file.empty() ? "configuration" : sources.file, .is_text = false, .value = Setting::Table()};
  if (!sources.file.empty()) {
    auto document = read_toml_file(sources.file);
    if (document) {
      root = *std::move(document);
    } else {
      // What does not parse says nothing about its keys.
      faults.push_back(std::move(document.error()));
      return faults;
    }
  }
  apply_environment(type, sources, root, faults);
  fill(type, object, root, "", faults);
  return faults;
}

}  // namespace config
}  // namespace freshet
