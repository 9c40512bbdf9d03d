// SPDX-License-Identifier: MIT
#include <optional>
#include <stdexcept>
#include <utility>

#include "consistency/verbs.hpp"
#include "freshet/graph/graph.hpp"
#include "freshet/meta/verbs.hpp"

namespace freshet::consistency {
namespace {

using Value = std::int64_t;
using Pairs = std::vector<std::pair<int, Value>>;

// The users' functions. The oracle calls the same ones, with what they would read given as a value.
Value scaled(Value value, int by) { return wrap(value * by + 1); }
std::optional<Value> some(Value value, int by) {
  if (value % by == 0) return std::nullopt;
  return wrap(value + by);
}
Value or_throw(Value value, int by) {
  if (value % (by + 5) == 3) throw std::runtime_error("will not have " + std::to_string(value));
  return wrap(value - by);
}
Value plus(Value value, std::optional<Value> other) { return wrap(value + other.value_or(-7)); }
Pairs spread(int key, Value value, int by) {
  Pairs pairs;
  for (Value i = 0; i < value % 4; ++i) pairs.push_back({static_cast<int>((key + i) % (by + 1)), wrap(value * 10 + i)});
  return pairs;
}
std::pair<int, Value> moved(int key, Value value, int by) {
  return {static_cast<int>(value % (by + 2)), wrap(value + key)};
}
std::optional<int> keyed(int key, Value value, int by) {
  if (value % (by + 4) == 1) return std::nullopt;
  return static_cast<int>((key + value) % (by + 1));
}
bool kept(Value value, int by) { return value % (by + 1) != 0; }

std::optional<Value> read(const Rows& other, Value value) {
  const Value* found = other.get(read_key_of(value));
  return found != nullptr ? std::optional(*found) : std::nullopt;
}
std::optional<Value> read(const Contents& other, Value value) {
  const auto found = other.find(read_key_of(value));
  return found == other.end() ? std::nullopt : std::optional(found->second.front());
}

/// What a verb gives that works row by row: `each(key, value)` gives the rows that a row becomes.
template <class Each> Expected row_by_row(const Contents& source, Each each) {
  Expected expected;
  for (const auto& [key, values] : source) {
    for (const Value value : values) {
      try {
        for (const auto& [to, emitted] : each(key, value)) expected.contents[to].push_back(emitted);
      } catch (const std::runtime_error&) {
        expected.failing.insert(std::to_string(key));
      }
    }
  }
  return expected;
}
Pairs one_if(bool there, int key, Value value) { return there ? Pairs{{key, value}} : Pairs{}; }

Expected merged(const Contents& source, const Contents& other) {
  Expected expected{source, {}};
  for (const auto& [key, values] : other) {
    auto& here = expected.contents[key];
    here.insert(here.end(), values.begin(), values.end());
  }
  return expected;
}

/// Verbs whose rows keep their keys.
Verbs mapping_verbs() {
  return {
      {"map", [](const Rows& s, const Rows&, int by) { return Rows(s.map(scaled, by)); },
       [](const Contents& s, const Contents&, int by) {
         return row_by_row(s, [&](int k, Value v) { return Pairs{{k, scaled(v, by)}}; });
       },
       Calls::per_row},
      {"map_some", [](const Rows& s, const Rows&, int by) { return Rows(s.map(some, by)); },
       [](const Contents& s, const Contents&, int by) {
         return row_by_row(s,
                           [&](int k, Value v) { return one_if(some(v, by).has_value(), k, some(v, by).value_or(0)); });
       },
       Calls::per_row},
      {"map_or_throw", [](const Rows& s, const Rows&, int by) { return Rows(s.map(or_throw, by)); },
       [](const Contents& s, const Contents&, int by) {
         return row_by_row(s, [&](int k, Value v) { return Pairs{{k, or_throw(v, by)}}; });
       },
       Calls::per_row},
      {"map_reading",
       [](const Rows& s, const Rows& o, int) {
         return Rows(s.map([](Value v, const Rows& other) { return plus(v, read(other, v)); }, o));
       },
       [](const Contents& s, const Contents& o, int) {
         return row_by_row(s, [&](int k, Value v) { return Pairs{{k, plus(v, read(o, v))}}; });
       },
       Calls::per_row_and_read},
  };
}

/// Verbs whose rows get other keys, and those that leave some out.
Verbs moving_verbs() {
  return {
      {"flat_map", [](const Rows& s, const Rows&, int by) { return Rows(s.flat_map(moved, by)); },
       [](const Contents& s, const Contents&, int by) {
         return row_by_row(s, [&](int k, Value v) { return Pairs{moved(k, v, by)}; });
       },
       Calls::per_row},
      {"flat_map_many", [](const Rows& s, const Rows&, int by) { return Rows(s.flat_map(spread, by)); },
       [](const Contents& s, const Contents&, int by) {
         return row_by_row(s, [&](int k, Value v) { return spread(k, v, by); });
       },
       Calls::per_row},
      {"flat_map_reading",
       [](const Rows& s, const Rows& o, int) {
         return Rows(s.flat_map(
             [](Value v, const Rows& other) { return std::pair(static_cast<int>(read(other, v).value_or(5) % 6), v); },
             o));
       },
       [](const Contents& s, const Contents& o, int) {
         return row_by_row(s, [&](int, Value v) { return Pairs{{static_cast<int>(read(o, v).value_or(5) % 6), v}}; });
       },
       Calls::per_row_and_read},
      {"filter", [](const Rows& s, const Rows&, int by) { return Rows(s.filter(kept, by)); },
       [](const Contents& s, const Contents&, int by) {
         return row_by_row(s, [&](int k, Value v) { return one_if(kept(v, by), k, v); });
       },
       Calls::per_row},
      {"filter_reading",
       [](const Rows& s, const Rows& o, int) {
         return Rows(s.filter([](Value v, const Rows& other) { return read(other, v).value_or(-1) >= v; }, o));
       },
       [](const Contents& s, const Contents& o, int) {
         return row_by_row(s, [&](int k, Value v) { return one_if(read(o, v).value_or(-1) >= v, k, v); });
       },
       Calls::per_row_and_read},
      {"key_by", [](const Rows& s, const Rows&, int by) { return Rows(s.key_by(keyed, by)); },
       [](const Contents& s, const Contents&, int by) {
         return row_by_row(s, [&](int k, Value v) {
           const auto to = keyed(k, v, by);
           return one_if(to.has_value(), to.value_or(0), v);
         });
       }},
      {"key_by_reading",
       [](const Rows& s, const Rows& o, int) {
         return Rows(
             s.key_by([](Value v, const Rows& other) { return static_cast<int>(read(other, v).value_or(3) % 4); }, o));
       },
       [](const Contents& s, const Contents& o, int) {
         return row_by_row(s, [&](int, Value v) { return Pairs{{static_cast<int>(read(o, v).value_or(3) % 4), v}}; });
       }},
  };
}

Verbs uniting_verbs() {
  return {
      {"group", [](const Rows& s, const Rows&, int by) { return s.group_by(keyed, by).at(1); },
       [](const Contents& s, const Contents&, int by) {
         return row_by_row(s, [&](int k, Value v) { return one_if(keyed(k, v, by) == 1, k, v); });
       }},
      {"merge", [](const Rows& s, const Rows& o, int) { return s.merge(o); },
       [](const Contents& s, const Contents& o, int) { return merged(s, o); }},
      {"merge_three", [](const Rows& s, const Rows& o, int) { return s.merge(o, s); },
       [](const Contents& s, const Contents& o, int) { return merged(merged(s, o).contents, s); }},
      {"gradually",
       [](const Rows& s, const Rows&, int by) { return s.gradually({.rows_per_step = static_cast<std::size_t>(by)}); },
       [](const Contents& s, const Contents&, int) {
         return Expected{s, {}};
       }},
  };
}

}  // namespace

Verbs row_verbs() {
  Verbs all = mapping_verbs();
  for (const Verb& verb : moving_verbs()) all.push_back(verb);
  for (const Verb& verb : uniting_verbs()) all.push_back(verb);
  return all;
}

}  // namespace freshet::consistency
