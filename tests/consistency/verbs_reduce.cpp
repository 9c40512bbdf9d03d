// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <set>
#include <span>

#include "consistency/verbs.hpp"
#include "freshet/graph/graph.hpp"
#include "freshet/meta/verbs.hpp"

namespace freshet::consistency {
namespace {

using Value = std::int64_t;
using List = std::vector<Value>;

/// Depends on the order of the values.
std::optional<Value> folded(std::span<const Value> values, int by) {
  Value sum = by;
  for (const Value value : values) sum = wrap(sum * 31 + value);
  if (sum % 7 == 0) return std::nullopt;
  return sum;
}
Value size_and_read(std::span<const Value> values, const Rows& other) {
  const Value* found = other.get(read_key_of(values.front()));
  return static_cast<Value>(values.size()) + (found != nullptr ? *found : -7);
}
Value floored(double number) { return static_cast<Value>(std::floor(number)); }
Value fold_list(const std::vector<Value>& values) {
  Value sum = 1;
  for (const Value value : values) sum = wrap(sum * 31 + value);
  return sum;
}

/// One value, or none, from all values of each key.
template <class Each> Expected key_by_key(const Contents& source, Each each) {
  Expected expected;
  for (const auto& [key, values] : source) {
    if (const std::optional<Value> one = each(values)) expected.contents[key] = {*one};
  }
  return expected;
}

Value total_of(const List& values) { return std::accumulate(values.begin(), values.end(), Value{0}); }
List sorted(List values) {
  std::sort(values.begin(), values.end());
  return values;
}
/// Sums of small integers are exact in a double, whatever the order.
Value variance_of(const List& values) {
  const auto count = static_cast<double>(values.size());
  double squares = 0;
  for (const Value value : values) squares += static_cast<double>(value * value);
  const auto total = static_cast<double>(total_of(values));
  // Rounded coarsely: the engine divides at another place.
  return std::lround((squares - total * total / count) / count);
}

Verbs simple_verbs() {
  return {
      {"reduce", [](const Rows& s, const Rows&, int by) { return Rows(s.reduce(folded, by)); },
       [](const Contents& s, const Contents&, int by) {
         return key_by_key(s, [&](const List& v) { return folded(v, by); });
       },
       Calls::per_key},
      {"reduce_reading", [](const Rows& s, const Rows& o, int) { return Rows(s.reduce(size_and_read, o)); },
       [](const Contents& s, const Contents& o, int) {
         return key_by_key(s, [&](const List& v) -> std::optional<Value> {
           const auto found = o.find(read_key_of(v.front()));
           return static_cast<Value>(v.size()) + (found == o.end() ? -7 : found->second.front());
         });
       }},
      {"count", [](const Rows& s, const Rows&, int) { return Rows(s.reduce(count())); },
       [](const Contents& s, const Contents&, int) {
         return key_by_key(s, [](const List& v) { return std::optional(static_cast<Value>(v.size())); });
       }},
      {"sum", [](const Rows& s, const Rows&, int) { return Rows(s.reduce(sum())); },
       [](const Contents& s, const Contents&, int) {
         return key_by_key(s, [](const List& v) { return std::optional(total_of(v)); });
       }},
      {"average", [](const Rows& s, const Rows&, int) { return Rows(s.reduce(average()).map(floored)); },
       [](const Contents& s, const Contents&, int) {
         return key_by_key(s, [](const List& v) {
           return std::optional(floored(static_cast<double>(total_of(v)) / static_cast<double>(v.size())));
         });
       }},
      {"min", [](const Rows& s, const Rows&, int) { return Rows(s.reduce(min())); },
       [](const Contents& s, const Contents&, int) {
         return key_by_key(s, [](const List& v) { return std::optional(*std::min_element(v.begin(), v.end())); });
       }},
      {"max", [](const Rows& s, const Rows&, int) { return Rows(s.reduce(max())); },
       [](const Contents& s, const Contents&, int) {
         return key_by_key(s, [](const List& v) { return std::optional(*std::max_element(v.begin(), v.end())); });
       }},
  };
}

Verbs ordered_verbs() {
  return {
      {"variance",
       [](const Rows& s, const Rows&, int) {
         return Rows(s.reduce(variance()).map([](double v) { return static_cast<Value>(std::lround(v)); }));
       },
       [](const Contents& s, const Contents&, int) {
         return key_by_key(s, [](const List& v) { return std::optional(variance_of(v)); });
       }},
      {"median", [](const Rows& s, const Rows&, int) { return Rows(s.reduce(median())); },
       [](const Contents& s, const Contents&, int) {
         return key_by_key(s, [](const List& v) { return std::optional(sorted(v)[(v.size() + 1) / 2 - 1]); });
       }},
      {"first", [](const Rows& s, const Rows&, int) { return Rows(s.reduce(first())); },
       [](const Contents& s, const Contents&, int) {
         return key_by_key(s, [](const List& v) { return std::optional(sorted(v).front()); });
       }},
      {"last", [](const Rows& s, const Rows&, int) { return Rows(s.reduce(last())); },
       [](const Contents& s, const Contents&, int) {
         return key_by_key(s, [](const List& v) { return std::optional(sorted(v).back()); });
       }},
      {"top_reducer", [](const Rows& s, const Rows&, int) { return Rows(s.reduce(top<3>()).map(fold_list)); },
       [](const Contents& s, const Contents&, int) {
         return key_by_key(s, [](const List& v) {
           List best = sorted(v);
           std::reverse(best.begin(), best.end());
           best.resize(std::min<std::size_t>(best.size(), 3));
           return std::optional(fold_list(best));
         });
       }},
      {"collect", [](const Rows& s, const Rows&, int) { return Rows(s.reduce(collect()).map(fold_list)); },
       [](const Contents& s, const Contents&, int) {
         return key_by_key(s, [](const List& v) { return std::optional(fold_list(sorted(v))); });
       }},
      {"count_distinct", [](const Rows& s, const Rows&, int) { return Rows(s.reduce(count_distinct())); },
       [](const Contents& s, const Contents&, int) {
         return key_by_key(s, [](const List& v) {
           return std::optional(static_cast<Value>(std::set<Value>(v.begin(), v.end()).size()));
         });
       }},
  };
}

}  // namespace

Verbs reduce_verbs() {
  Verbs all = simple_verbs();
  for (const Verb& verb : ordered_verbs()) all.push_back(verb);
  return all;
}

}  // namespace freshet::consistency
