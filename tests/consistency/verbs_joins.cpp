// SPDX-License-Identifier: MIT
#include <optional>
#include <utility>

#include "consistency/verbs.hpp"
#include "freshet/graph/graph.hpp"
#include "freshet/meta/verbs.hpp"

namespace freshet::consistency {
namespace {

using Value = std::int64_t;

std::optional<Value> paired(Value left, Value right) {
  if ((left + right) % 9 == 4) return std::nullopt;
  return wrap(left * 3 + right);
}
Value left_paired(Value left, const Value* right) { return wrap(left * 5 + (right != nullptr ? *right : -1)); }
Value full_paired(const Value* left, const Value* right) {
  return wrap((left != nullptr ? *left * 7 : -2) + (right != nullptr ? *right : -3));
}
int read_key(Value value) { return read_key_of(value); }
int own_key(int key, Value) { return key; }

const std::vector<Value>& at(const Contents& contents, int key) {
  static const std::vector<Value> none;
  const auto found = contents.find(key);
  return found == contents.end() ? none : found->second;
}

/// The pairs of each left row with the right rows under `key_of(key, value)`; with null if `outer` and there are none.
template <class KeyOf, class Combine>
Expected joined(const Contents& left, const Contents& right, bool outer, KeyOf key_of, Combine combine) {
  Expected expected;
  const auto put = [&](int key, std::optional<Value> value) {
    if (value) expected.contents[key].push_back(*value);
  };
  for (const auto& [key, values] : left) {
    for (const Value value : values) {
      const auto& partners = at(right, key_of(key, value));
      for (const Value partner : partners) put(key, combine(value, &partner));
      if (partners.empty() && outer) put(key, combine(value, nullptr));
    }
  }
  return expected;
}
template <class KeyOf> Expected matching(const Contents& left, const Contents& right, bool wanted, KeyOf key_of) {
  Expected expected;
  for (const auto& [key, values] : left) {
    for (const Value value : values) {
      if (at(right, key_of(key, value)).empty() != wanted) expected.contents[key].push_back(value);
    }
  }
  return expected;
}
std::optional<Value> inner(Value left, const Value* right) { return paired(left, *right); }
std::optional<Value> outer(Value left, const Value* right) { return left_paired(left, right); }
int referred(int, Value value) { return read_key_of(value); }

/// Reachable keys with the least number of steps: edges lead from a key to where its values point.
std::vector<std::pair<int, Value>> reached(int key, Value value, const Rows& edges) {
  std::vector<std::pair<int, Value>> next;
  for (const Value to : edges.values(key)) next.emplace_back(read_key_of(to), value + 1);
  return next;
}
Expected reachable(const Contents& seeds, const Contents& edges) {
  std::map<int, Value> best;
  const auto improve = [&](int key, Value value) {
    const auto [at, is_new] = best.try_emplace(key, value);
    if (!is_new && at->second <= value) return false;
    at->second = value;
    return true;
  };
  for (const auto& [key, values] : seeds) {
    for (const Value value : values) improve(key, value);
  }
  for (bool changed = true; changed;) {
    changed = false;
    for (const auto& [key, value] : std::map<int, Value>(best)) {
      for (const Value to : at(edges, key)) changed = improve(read_key_of(to), value + 1) || changed;
    }
  }
  Expected expected;
  for (const auto& [key, value] : best) expected.contents[key] = {value};
  return expected;
}

}  // namespace

Verbs join_verbs() {
  return {
      {"join", [](const Rows& s, const Rows& o, int) { return Rows(s.join(o, paired)); },
       [](const Contents& s, const Contents& o, int) { return joined(s, o, false, own_key, inner); }},
      {"join_by", [](const Rows& s, const Rows& o, int) { return Rows(s.join(o, by(read_key), paired)); },
       [](const Contents& s, const Contents& o, int) { return joined(s, o, false, referred, inner); }},
      {"left_join", [](const Rows& s, const Rows& o, int) { return Rows(s.left_join(o, left_paired)); },
       [](const Contents& s, const Contents& o, int) { return joined(s, o, true, own_key, outer); }},
      {"left_join_by",
       [](const Rows& s, const Rows& o, int) { return Rows(s.left_join(o, by(read_key), left_paired)); },
       [](const Contents& s, const Contents& o, int) { return joined(s, o, true, referred, outer); }},
      {"full_join", [](const Rows& s, const Rows& o, int) { return Rows(s.full_join(o, full_paired)); },
       [](const Contents& s, const Contents& o, int) {
         Expected expected = joined(s, o, true, own_key, [](Value left, const Value* right) {
           return std::optional(full_paired(&left, right));
         });
         for (const auto& [key, values] : matching(o, s, false, own_key).contents) {
           for (const Value value : values) expected.contents[key].push_back(full_paired(nullptr, &value));
         }
         return expected;
       }},
      {"semi_join", [](const Rows& s, const Rows& o, int) { return s.semi_join(o); },
       [](const Contents& s, const Contents& o, int) { return matching(s, o, true, own_key); }},
      {"anti_join", [](const Rows& s, const Rows& o, int) { return s.anti_join(o); },
       [](const Contents& s, const Contents& o, int) { return matching(s, o, false, own_key); }},
      {"semi_join_by", [](const Rows& s, const Rows& o, int) { return s.semi_join(o, by(read_key)); },
       [](const Contents& s, const Contents& o, int) { return matching(s, o, true, referred); }},
      {"anti_join_by", [](const Rows& s, const Rows& o, int) { return s.anti_join(o, by(read_key)); },
       [](const Contents& s, const Contents& o, int) { return matching(s, o, false, referred); }},
      {"iterate", [](const Rows& s, const Rows& o, int) { return Rows(s.iterate(reached, o)); },
       [](const Contents& s, const Contents& o, int) { return reachable(s, o); }},
  };
}

}  // namespace freshet::consistency
