// SPDX-License-Identifier: MIT
#include <algorithm>

#include "consistency/verbs.hpp"
#include "freshet/graph/graph.hpp"
#include "freshet/meta/verbs.hpp"

namespace freshet::consistency {
namespace {

using Value = std::int64_t;

bool holds(const Contents& contents, int key, Value value) {
  const auto found = contents.find(key);
  return found != contents.end() && std::count(found->second.begin(), found->second.end(), value) > 0;
}

Expected each_once(const Contents& source) {
  Expected expected;
  for (const auto& [key, values] : source) {
    for (const Value value : values) {
      if (!holds(expected.contents, key, value)) expected.contents[key].push_back(value);
    }
  }
  return expected;
}
Expected those_in(const Contents& source, const Contents& other, bool wanted) {
  Expected expected;
  for (const auto& [key, values] : source) {
    for (const Value value : values) {
      if (holds(other, key, value) == wanted) expected.contents[key].push_back(value);
    }
  }
  return expected;
}

}  // namespace

Verbs set_verbs() {
  return {
      {"distinct", [](const Rows& s, const Rows&, int) { return s.distinct(); },
       [](const Contents& s, const Contents&, int) { return each_once(s); }},
      {"difference", [](const Rows& s, const Rows& o, int) { return s.difference(o); },
       [](const Contents& s, const Contents& o, int) { return those_in(s, o, false); }},
      {"intersect", [](const Rows& s, const Rows& o, int) { return s.intersect(o); },
       [](const Contents& s, const Contents& o, int) { return those_in(s, o, true); }},
      {"unite", [](const Rows& s, const Rows& o, int) { return s.unite(o); },
       [](const Contents& s, const Contents& o, int) {
         Contents both = s;
         for (const auto& [key, values] : o) both[key].insert(both[key].end(), values.begin(), values.end());
         return each_once(both);
       }},
  };
}

}  // namespace freshet::consistency
