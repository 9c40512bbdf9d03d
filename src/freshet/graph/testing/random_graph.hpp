// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "freshet/graph/graph.hpp"

/// Random graphs beside an oracle that recomputes everything, naively, from the same description. Not installed.
namespace freshet::testing {

using Rows = Collection<int, std::int64_t>;
/// What a collection should hold: the values of each key, in order.
using Contents = std::map<int, std::vector<std::int64_t>>;

enum class Verb {
  map,
  map_some,      // optional
  map_or_throw,  // contained errors
  map_reading,   // tracked reads of a second collection
  flat_map,
  flat_map_many,  // zero to three pairs
  flat_map_reading,
  filter,
  filter_reading,
  reduce,  // plain; its result shows the order of the values
  reduce_reading,
  count,
  sum,
  average,
  min,
  max,
  merge,
};
inline constexpr int kVerbCount = static_cast<int>(Verb::merge) + 1;

/// One view of a random graph: a verb over earlier views.
struct Step {
  Verb verb;
  std::size_t source;
  std::size_t other;  // what is read, or merged with
  int argument;
};

/// What the oracle says about one view.
struct Expected {
  Contents contents;
  std::set<std::string> failing;  // keys, as text
};

std::vector<Step> random_steps(std::mt19937_64& random, std::size_t input_count, std::size_t step_count);

/// Declares the views; the first ones are the inputs.
std::vector<Rows> declare(const std::vector<Rows>& inputs, const std::vector<Step>& steps);

/// Recomputes all views from the inputs' contents.
std::vector<Expected> recompute(const std::vector<Contents>& inputs, const std::vector<Step>& steps);

/// Whether the verb reads a second collection inside its function, key by key.
bool reads_other(Verb verb);
/// Which key of the other collection the function reads for a value.
int read_key_of(std::int64_t value);

std::string to_text(const Step& step);
Contents contents_of(const Rows& rows);

}  // namespace freshet::testing
