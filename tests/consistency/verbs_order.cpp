// SPDX-License-Identifier: MIT
#include <algorithm>
#include <tuple>

#include "consistency/verbs.hpp"
#include "freshet/graph/graph.hpp"
#include "freshet/meta/verbs.hpp"

namespace freshet::consistency {
namespace {

using Value = std::int64_t;

Value score(Value value, int by) { return value % (by + 3); }
int key_of(const Ordered<Value, int>& ordered, Value) { return ordered.key; }
int key_of_descending(const Ordered<Descending<Value>, int>& ordered, Value) { return ordered.key; }

template <class Better> Expected best_of_each_key(const Contents& source, std::size_t count, Better better) {
  Expected expected;
  for (auto [key, values] : source) {
    std::stable_sort(values.begin(), values.end(), better);
    values.resize(std::min(values.size(), count));
    if (!values.empty()) expected.contents[key] = values;
  }
  return expected;
}

/// The rows on a page of all rows in the order of (sort, key), and of rows that agree in both in their own order.
Expected page(const Contents& source, int by, int direction, std::size_t offset, std::size_t limit) {
  std::vector<std::tuple<Value, int, Value>> rows;
  for (const auto& [key, values] : source) {
    for (const Value value : values) rows.emplace_back(score(value, by) * direction, key, value);
  }
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
    return std::tie(std::get<0>(a), std::get<1>(a)) < std::tie(std::get<0>(b), std::get<1>(b));
  });
  Expected expected;
  for (std::size_t i = offset; i < std::min(rows.size(), offset + limit); ++i) {
    expected.contents[std::get<1>(rows[i])].push_back(std::get<2>(rows[i]));
  }
  return expected;
}

}  // namespace

Verbs order_verbs() {
  return {
      {"top",
       [](const Rows& s, const Rows&, int by) { return Rows(s.top(static_cast<std::size_t>(by) - 1, score, by)); },
       [](const Contents& s, const Contents&, int by) {
         return best_of_each_key(s, static_cast<std::size_t>(by) - 1,
                                 [&](Value a, Value b) { return score(a, by) > score(b, by); });
       }},
      {"top_ascending", [](const Rows& s, const Rows&, int by) { return Rows(s.top(2, ascending(score), by)); },
       [](const Contents& s, const Contents&, int by) {
         return best_of_each_key(s, 2, [&](Value a, Value b) { return score(a, by) < score(b, by); });
       }},
      {"page",
       [](const Rows& s, const Rows&, int by) {
         return Rows(s.order_by(score, {.offset = static_cast<std::size_t>(by), .limit = 4}, by).key_by(key_of));
       },
       [](const Contents& s, const Contents&, int by) { return page(s, by, 1, static_cast<std::size_t>(by), 4); }},
      {"order_descending",
       [](const Rows& s, const Rows&, int by) {
         return Rows(s.order_by(descending(score), PageOptions{}, by).key_by(key_of_descending));
       },
       [](const Contents& s, const Contents&, int by) { return page(s, by, -1, 0, 1'000'000); }},
      {"slice", [](const Rows& s, const Rows&, int by) { return s.slice(by, by + 4); },
       [](const Contents& s, const Contents&, int by) {
         Expected expected;
         for (const auto& [key, values] : s) {
           if (key >= by && key < by + 4) expected.contents[key] = values;
         }
         return expected;
       }},
  };
}

}  // namespace freshet::consistency
