// SPDX-License-Identifier: MIT
#include "freshet/codec/suggest.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>
#include <vector>

namespace freshet::codec {
namespace {

// The number of changes of one character that lead from one name to the other.
std::size_t edit_distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < to.size(); ++j) {
      const std::size_t replaced = diagonal + (from[i] == to[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

std::string join(std::span<const std::string_view> names) {
  constexpr std::size_t kListedMax = 16;
  std::string text;
  for (const std::string_view name : names.first(std::min(names.size(), kListedMax))) {
    if (!text.empty()) text += ", ";
    text += name;
  }
  return names.size() > kListedMax ? text + ", ..." : text;
}

}  // namespace

std::string suggest(std::string_view name, std::span<const std::string_view> known) {
  constexpr std::size_t kNameBytesMax = 64;
  std::string_view nearest;
  std::size_t least = std::min<std::size_t>(name.size() / 3, 3) + 1;
  for (const std::string_view candidate : known) {
    if (name.size() > kNameBytesMax || candidate.size() > kNameBytesMax) continue;
    const std::size_t distance = edit_distance(name, candidate);
    if (distance < least) {
      least = distance;
      nearest = candidate;
    }
  }
  if (!nearest.empty()) return "did you mean \"" + std::string(nearest) + "\"?";

  return known.empty() ? std::string() : "known: " + join(known);
}

}  // namespace freshet::codec
