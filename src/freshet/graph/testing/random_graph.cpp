// SPDX-License-Identifier: MIT
#include "freshet/graph/testing/random_graph.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <stdexcept>

#include "freshet/graph/testing/functions.hpp"

namespace freshet::testing {
namespace {

using Value = std::int64_t;
using Pairs = std::vector<std::pair<int, Value>>;

std::int64_t wrap(std::int64_t value) { return ((value % 1000) + 1000) % 1000; }

// The functions of the views. The oracle calls the same ones, with what they would read given as a value.
Value scaled(Value value, int by) { return wrap(value * by + 1); }
std::optional<Value> some(Value value, int by) {
  if (value % by == 0) return std::nullopt;
  return wrap(value + by);
}
Value or_throw(Value value, int by) {
  if (value % (by + 5) == 3) throw std::runtime_error("will not have " + std::to_string(value));
  return wrap(value - by);
}
Value plus_other(Value value, std::optional<Value> other) { return wrap(value + other.value_or(-7)); }
Pairs re_keyed(int key, Value value, int by) { return {{static_cast<int>(value % (by + 2)), wrap(value + key)}}; }
Pairs spread(int key, Value value, int by) {
  Pairs pairs;
  for (Value i = 0; i < value % 4; ++i) pairs.push_back({static_cast<int>((key + i) % (by + 1)), wrap(value * 10 + i)});
  return pairs;
}
Pairs keyed_by_other(Value value, std::optional<Value> other) {
  return {{static_cast<int>(other.value_or(5) % 6), value}};
}
bool kept(Value value, int by) { return value % (by + 1) != 0; }
bool kept_by_other(Value value, std::optional<Value> other) { return other && *other >= value; }
/// Depends on the order of the values.
std::optional<Value> folded(std::span<const Value> values, int by) {
  Value sum = by;
  for (const Value value : values) sum = wrap(sum * 31 + value);
  if (sum % 7 == 0) return std::nullopt;
  return sum;
}

std::optional<Value> read(const Rows& other, Value value) {
  const Value* found = other.get(read_key_of(value));
  return found ? std::optional(*found) : std::nullopt;
}
std::optional<Value> read(const Contents& other, Value value) {
  const auto found = other.find(read_key_of(value));
  return found == other.end() ? std::nullopt : std::optional(found->second.front());
}

Rows declare_step(const Step& step, const Rows& source, const Rows& other) {
  const int by = step.argument;
  switch (step.verb) {
    case Verb::map:
      return map(
          source, [](int, Value v, int a) { return scaled(v, a); }, by);
    case Verb::map_some:
      return map(
          source, [](int, Value v, int a) { return some(v, a); }, by);
    case Verb::map_or_throw:
      return map(
          source, [](int, Value v, int a) { return or_throw(v, a); }, by);
    case Verb::map_reading:
      return map(
          source, [](int, Value v, const Rows& o) { return plus_other(v, read(o, v)); }, other);
    case Verb::flat_map:
      return flat_map(
          source, [](int k, Value v, int a) { return re_keyed(k, v, a); }, by);
    case Verb::flat_map_many:
      return flat_map(
          source, [](int k, Value v, int a) { return spread(k, v, a); }, by);
    case Verb::flat_map_reading:
      return flat_map(
          source, [](int, Value v, const Rows& o) { return keyed_by_other(v, read(o, v)); }, other);
    case Verb::filter:
      return filter(
          source, [](int, Value v, int a) { return kept(v, a); }, by);
    case Verb::filter_reading:
      return filter(
          source, [](int, Value v, const Rows& o) { return kept_by_other(v, read(o, v)); }, other);
    case Verb::reduce:
      return reduce(
          source, [](int, std::span<const Value> v, int a) { return folded(v, a); }, by);
    case Verb::reduce_reading:
      return reduce(
          source,
          [](int, std::span<const Value> v, const Rows& o) {
            return plus_other(static_cast<Value>(v.size()), read(o, v.front()));
          },
          other);
    case Verb::count:
      return reduce(source, count());
    case Verb::sum:
      return reduce(source, sum());
    case Verb::average:
      return map(reduce(source, average()), [](int, double mean) { return static_cast<Value>(std::floor(mean)); });
    case Verb::min:
      return reduce(source, min());
    case Verb::max:
      return reduce(source, max());
    case Verb::merge:
      return source.merge(other);
  }
  throw std::logic_error("no such verb");
}

/// Calls `function(key, value)` for each row of `source`; what it throws makes the key failing.
template <class Function> void each_row(const Contents& source, Expected& result, Function function) {
  for (const auto& [key, values] : source) {
    for (const Value value : values) {
      try {
        function(key, value);
      } catch (const std::runtime_error&) {
        result.failing.insert(std::to_string(key));
      }
    }
  }
}

template <class Function> void each_key(const Contents& source, Contents& result, Function function) {
  for (const auto& [key, values] : source) {
    if (const std::optional<Value> one = function(values)) result[key] = {*one};
  }
}

Expected recompute_step(const Step& step, const Contents& source, const Contents& other) {
  Expected result;
  Contents& out = result.contents;
  const int by = step.argument;
  const auto emit = [&](const Pairs& pairs) {
    for (const auto& [key, value] : pairs) out[key].push_back(value);
  };
  const auto sum_of = [](const std::vector<Value>& v) { return std::accumulate(v.begin(), v.end(), Value{0}); };
  using Values = std::vector<Value>;
  switch (step.verb) {
    case Verb::map:
      each_row(source, result, [&](int k, Value v) { out[k].push_back(scaled(v, by)); });
      break;
    case Verb::map_some:
      each_row(source, result, [&](int k, Value v) {
        if (const auto one = some(v, by)) out[k].push_back(*one);
      });
      break;
    case Verb::map_or_throw:
      each_row(source, result, [&](int k, Value v) {
        const Value mapped = or_throw(v, by);
        out[k].push_back(mapped);
      });
      break;
    case Verb::map_reading:
      each_row(source, result, [&](int k, Value v) { out[k].push_back(plus_other(v, read(other, v))); });
      break;
    case Verb::flat_map:
      each_row(source, result, [&](int k, Value v) { emit(re_keyed(k, v, by)); });
      break;
    case Verb::flat_map_many:
      each_row(source, result, [&](int k, Value v) { emit(spread(k, v, by)); });
      break;
    case Verb::flat_map_reading:
      each_row(source, result, [&](int, Value v) { emit(keyed_by_other(v, read(other, v))); });
      break;
    case Verb::filter:
      each_row(source, result, [&](int k, Value v) {
        if (kept(v, by)) out[k].push_back(v);
      });
      break;
    case Verb::filter_reading:
      each_row(source, result, [&](int k, Value v) {
        if (kept_by_other(v, read(other, v))) out[k].push_back(v);
      });
      break;
    case Verb::reduce:
      each_key(source, out, [&](const Values& v) { return folded(v, by); });
      break;
    case Verb::reduce_reading:
      each_key(source, out, [&](const Values& v) -> std::optional<Value> {
        return plus_other(static_cast<Value>(v.size()), read(other, v.front()));
      });
      break;
    case Verb::count:
      each_key(source, out, [](const Values& v) -> std::optional<Value> { return static_cast<Value>(v.size()); });
      break;
    case Verb::sum:
      each_key(source, out, [&](const Values& v) -> std::optional<Value> { return sum_of(v); });
      break;
    case Verb::average:
      each_key(source, out, [&](const Values& v) -> std::optional<Value> {
        return static_cast<Value>(std::floor(static_cast<double>(sum_of(v)) / static_cast<double>(v.size())));
      });
      break;
    case Verb::min:
      each_key(source, out,
               [](const Values& v) -> std::optional<Value> { return *std::min_element(v.begin(), v.end()); });
      break;
    case Verb::max:
      each_key(source, out,
               [](const Values& v) -> std::optional<Value> { return *std::max_element(v.begin(), v.end()); });
      break;
    case Verb::merge:
      for (const Contents* part : {&source, &other}) {
        for (const auto& [key, values] : *part) out[key].insert(out[key].end(), values.begin(), values.end());
      }
      break;
  }
  return result;
}

}  // namespace

bool reads_other(Verb verb) {
  return verb == Verb::map_reading || verb == Verb::flat_map_reading || verb == Verb::filter_reading ||
         verb == Verb::reduce_reading;
}

int read_key_of(std::int64_t value) { return static_cast<int>(wrap(value) % 8); }

std::string to_text(const Step& step) {
  return "verb " + std::to_string(static_cast<int>(step.verb)) + " of " + std::to_string(step.source) + " and " +
         std::to_string(step.other) + " by " + std::to_string(step.argument);
}

std::vector<Step> random_steps(std::mt19937_64& random, std::size_t input_count, std::size_t step_count) {
  std::vector<Step> steps;
  for (std::size_t i = 0; i < step_count; ++i) {
    const std::size_t views = input_count + i;
    steps.push_back({static_cast<Verb>(random() % kVerbCount), random() % views, random() % views,
                     static_cast<int>(random() % 4) + 2});
  }
  return steps;
}

std::vector<Rows> declare(const std::vector<Rows>& inputs, const std::vector<Step>& steps) {
  std::vector<Rows> views = inputs;
  for (const Step& step : steps) views.push_back(declare_step(step, views[step.source], views[step.other]));
  return views;
}

std::vector<Expected> recompute(const std::vector<Contents>& inputs, const std::vector<Step>& steps) {
  std::vector<Expected> views;
  for (const Contents& contents : inputs) views.push_back({contents, {}});
  for (const Step& step : steps) {
    views.push_back(recompute_step(step, views[step.source].contents, views[step.other].contents));
  }
  return views;
}

Contents contents_of(const Rows& rows) {
  Contents contents;
  rows.for_each([&](int key, const Values<std::int64_t>& values) { contents[key] = values.to_vector(); });
  return contents;
}

}  // namespace freshet::testing
