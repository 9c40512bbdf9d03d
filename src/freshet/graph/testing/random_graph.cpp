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

/// What one row becomes under a verb that works row by row.
Pairs pairs_of(const Step& step, int key, Value value, const Contents& other) {
  const auto one_if = [&](bool there, Value result) { return there ? Pairs{{key, result}} : Pairs{}; };
  const int by = step.argument;
  switch (step.verb) {
    case Verb::map:
      return {{key, scaled(value, by)}};
    case Verb::map_some:
      return one_if(some(value, by).has_value(), some(value, by).value_or(0));
    case Verb::map_or_throw:
      return {{key, or_throw(value, by)}};
    case Verb::map_reading:
      return {{key, plus_other(value, read(other, value))}};
    case Verb::flat_map:
      return re_keyed(key, value, by);
    case Verb::flat_map_many:
      return spread(key, value, by);
    case Verb::flat_map_reading:
      return keyed_by_other(value, read(other, value));
    case Verb::filter:
      return one_if(kept(value, by), value);
    case Verb::filter_reading:
      return one_if(kept_by_other(value, read(other, value)), value);
    default:
      throw std::logic_error("not a verb that works row by row");
  }
}

/// What all values of a key become under a reducing verb.
std::optional<Value> reduced(const Step& step, const std::vector<Value>& values, const Contents& other) {
  const Value total = std::accumulate(values.begin(), values.end(), Value{0});
  const auto size = static_cast<Value>(values.size());
  switch (step.verb) {
    case Verb::reduce:
      return folded(values, step.argument);
    case Verb::reduce_reading:
      return plus_other(size, read(other, values.front()));
    case Verb::count:
      return size;
    case Verb::sum:
      return total;
    case Verb::average:
      return static_cast<Value>(std::floor(static_cast<double>(total) / static_cast<double>(size)));
    case Verb::min:
      return *std::min_element(values.begin(), values.end());
    case Verb::max:
      return *std::max_element(values.begin(), values.end());
    default:
      throw std::logic_error("not a reducing verb");
  }
}

Expected recompute_step(const Step& step, const Contents& source, const Contents& other) {
  Expected result;
  if (step.verb == Verb::merge) {
    result.contents = source;
    for (const auto& [key, values] : other) {
      auto& merged = result.contents[key];
      merged.insert(merged.end(), values.begin(), values.end());
    }
    return result;
  }
  const bool reduces = step.verb >= Verb::reduce;
  for (const auto& [key, values] : source) {
    if (reduces) {
      if (const auto one = reduced(step, values, other)) result.contents[key] = {*one};
      continue;
    }
    for (const Value value : values) {
      try {
        for (const auto& [to, emitted] : pairs_of(step, key, value, other)) result.contents[to].push_back(emitted);
      } catch (const std::runtime_error&) {
        result.failing.insert(std::to_string(key));
      }
    }
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
  views.reserve(inputs.size() + steps.size());
  for (const Step& step : steps) views.push_back(declare_step(step, views[step.source], views[step.other]));
  return views;
}

std::vector<Expected> recompute(const std::vector<Contents>& inputs, const std::vector<Step>& steps) {
  std::vector<Expected> views;
  views.reserve(inputs.size() + steps.size());
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
