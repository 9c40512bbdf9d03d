// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "freshet/base/result.hpp"
#include "freshet/model/describe.hpp"
#include "freshet/store/store.hpp"
#include "freshet/store/transaction.hpp"

/// Rainbows of the colours that somebody asks for.
namespace rainbow {

struct Color {
  std::string id;
  std::string name;
};
constexpr auto describe(freshet::of<Color>) {
  return freshet::model("colors", freshet::key<&Color::id>(), freshet::field<&Color::name>());
}

struct Rainbow {
  std::string rainbow_name;
  std::vector<std::string> colors;
};
constexpr auto describe(freshet::of<Rainbow>) {
  return freshet::model("rainbow", freshet::camel_case, freshet::field<&Rainbow::rainbow_name>(),
                        freshet::field<&Rainbow::colors>(freshet::doc("In the order of the colours' ids")));
}

/// Colours by what they were called at first, joined by '+': "yellow+magenta+cian".
struct Palette {
  std::string color_names;

  bool has(std::string_view id) const {
    for (std::string_view rest = color_names; !rest.empty();) {
      const std::string_view name = rest.substr(0, rest.find('+'));
      rest.remove_prefix(std::min(rest.size(), name.size() + 1));
      if (id.ends_with(name) && id.size() == std::string_view("doc_id_").size() + name.size()) return true;
    }
    return false;
  }
};
constexpr auto describe(freshet::of<Palette>) {
  return freshet::model("palette", freshet::field<&Palette::color_names>(freshet::optional));
}

inline Rainbow rainbow_of(std::span<const Color> colors) {
  std::vector<Color> sorted(colors.begin(), colors.end());
  std::ranges::sort(sorted, {}, &Color::id);
  Rainbow rainbow;
  for (const Color& color : sorted) {
    rainbow.rainbow_name += (rainbow.colors.empty() ? "" : "-") + color.name;
    rainbow.colors.push_back(color.name);
  }
  return rainbow;
}

inline freshet::Result<void> give_name(freshet::StoreTransaction& transaction, const std::string& id,
                                       const std::string& name) {
  auto updated = transaction.update<&Color::name>(id, name);
  return updated ? freshet::Result<void>() : fail(std::move(updated.error()));
}

inline freshet::Result<void> prepare(freshet::Store& store) {
  if (auto prepared = store.prepare<Color>(); !prepared) return prepared;
  return store.transact([](freshet::StoreTransaction& transaction) -> freshet::Result<void> {
    for (const std::string name : {"cian", "magenta", "yellow", "black"}) {
      const auto there = transaction.get<Color>("doc_id_" + name);
      if (!there) return fail(there.error());
      if (*there) continue;
      if (auto made = transaction.create(Color{"doc_id_" + name, name}); !made) return fail(std::move(made.error()));
    }
    return {};
  });
}

}  // namespace rainbow
