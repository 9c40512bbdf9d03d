// SPDX-License-Identifier: MIT
#include <algorithm>
#include <optional>
#include <utility>

#include "freshet/codec/suggest.hpp"
#include "freshet/model/schema.hpp"
#include "freshet/service/internal/config/setting.hpp"

namespace freshet::config {
namespace {

using Path = std::vector<std::string>;

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return result;
}
std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

bool is_section(const Type& type) { return type.kind() == Kind::record && !is_secret(type); }
bool is_named_sections(const Type& type) { return type.kind() == Kind::map && is_section(type.element()); }

/// All ways in which the names of a type's keys are written in the environment, without the prefix.
class Names {
 public:
  /// Where `name` leads to; nothing if there is no such key.
  static std::optional<Path> find(const Type& type, std::string_view name) {
    for (const Field& field : type.schema().fields) {
      const std::string own = upper(field.name);
      if (!name.starts_with(own)) continue;
      const std::string_view rest = name.substr(own.size());
      if (auto path = below(field, rest)) return path;
    }
    return std::nullopt;
  }
  /// The names of a section's keys, for hints.
  static void collect(const Type& type, const std::string& prefix, std::vector<std::string>& names) {
    for (const Field& field : type.schema().fields) {
      const std::string name = prefix + upper(field.name);
      if (is_section(*field.type)) {
        collect(*field.type, name + "_", names);
      } else if (!is_named_sections(*field.type)) {
        names.push_back(name);
      }
    }
  }

 private:
  static std::optional<Path> below(const Field& field, std::string_view rest) {
    if (is_section(*field.type) || is_named_sections(*field.type)) {
      if (!rest.starts_with('_')) return std::nullopt;
      auto path = is_section(*field.type) ? find(*field.type, rest.substr(1)) : named(*field.type, rest.substr(1));
      if (path) path->insert(path->begin(), field.name);
      return path;
    }
    if (rest.empty()) return Path{field.name};
    if (is_secret(*field.type) && rest == upper(kFileSuffix)) return Path{field.name + std::string(kFileSuffix)};
    return std::nullopt;
  }
  // MAIN_PASSWORD_FILE: the name of a section, then a key of it. The longest key wins, so the name is the shortest.
  static std::optional<Path> named(const Type& type, std::string_view name) {
    for (std::size_t cut = 1; cut + 1 < name.size(); ++cut) {
      if (name[cut] != '_') continue;
      if (auto path = find(type.element(), name.substr(cut + 1))) {
        path->insert(path->begin(), lower(name.substr(0, cut)));
        return path;
      }
    }
    return std::nullopt;
  }
};

void put(Setting& root, const Path& path, Setting setting) {
  Setting* at = &root;
  for (std::size_t depth = 0; depth + 1 < path.size(); ++depth) {
    if (at->table() == nullptr) at->value = Setting::Table();
    Setting& next = (*at->table())[path[depth]];
    if (next.place.empty()) next = {.place = setting.place, .is_text = false, .value = Setting::Table()};
    at = &next;
  }
  if (at->table() == nullptr) at->value = Setting::Table();
  // A secret replaces the file that would hold it, and the other way round.
  const std::string& name = path.back();
  if (name.ends_with(kFileSuffix)) at->table()->erase(name.substr(0, name.size() - kFileSuffix.size()));
  at->table()->erase(name + std::string(kFileSuffix));
  (*at->table())[name] = std::move(setting);
}

// Whether a variable is meant for one of the sections: FRESHET_SERVER_... is, FRESHET_JOBS is not.
bool concerns(const Type& type, std::string_view name) {
  return std::any_of(type.schema().fields.begin(), type.schema().fields.end(), [&](const Field& field) {
    const bool has_keys = is_section(*field.type) || is_named_sections(*field.type);
    return has_keys && name.starts_with(upper(field.name) + "_");
  });
}

}  // namespace

void apply_environment(const Type& type, const ConfigSources& sources, Setting& root,
                       std::vector<ConfigFault>& faults) {
  for (const auto& [variable, text] : sources.environment) {
    if (!variable.starts_with(sources.prefix)) continue;
    const std::string name = variable.substr(sources.prefix.size());
    if (const auto path = Names::find(type, name)) {
      put(root, *path, {.place = variable, .is_text = true, .value = text});
    } else if (concerns(type, name)) {
      std::vector<std::string> names;
      Names::collect(type, sources.prefix, names);
      const std::vector<std::string_view> known(names.begin(), names.end());
      faults.push_back({variable, "", "there is no such setting", codec::suggest(variable, known)});
    }
  }
}

}  // namespace freshet::config
