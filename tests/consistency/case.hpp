// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "freshet/graph/collection.hpp"

/// Random graphs as plain data: made from a seed, run beside an oracle, shrunk when they fail, printed.
namespace freshet::consistency {

using Rows = Collection<int, std::int64_t>;
/// What a collection should hold: the values of each key, in order.
using Contents = std::map<int, std::vector<std::int64_t>>;

/// What the oracle says about one view.
struct Expected {
  Contents contents;
  std::set<std::string> failing;  // keys, as text
};

/// How often the function of a view may be called in a commit.
enum class Calls {
  uncounted,         // the view is made of several nodes, or calls none of ours
  per_row,           // exactly once per changed row of the source
  per_row_and_read,  // and at most once more per row that read a changed key, see read_key_of()
  per_key            // at most once per changed key
};

/// One verb of the engine: how it is declared, and what it should give.
struct Verb {
  std::string_view name;
  Rows (*declare)(const Rows& source, const Rows& other, int by);
  Expected (*recompute)(const Contents& source, const Contents& other, int by);
  Calls calls = Calls::uncounted;
};
using Verbs = std::vector<Verb>;

Verbs all_verbs();

/// One view of a graph: a verb over earlier views; the inputs are the first ones.
struct Step {
  std::size_t verb;
  std::size_t source;
  std::size_t other;  // what is read, joined or merged
  int by;
};

struct Write {
  std::size_t input;
  int key;
  std::vector<std::int64_t> values;  // none: erased
};

struct Case {
  std::vector<Step> steps;
  std::vector<std::vector<Write>> commits;
  std::size_t commits_before_declaring = 0;
};

inline constexpr std::size_t kInputs = 3;
/// An input's check refuses this value, and a strict view over each input the other one.
inline constexpr std::int64_t kRefusedByCheck = 666;
inline constexpr std::int64_t kRefusedByStrictView = 777;

/// Which key of the other collection a reading function reads for a value.
int read_key_of(std::int64_t value);
/// Keeps values in a small range, so that equal ones are frequent.
std::int64_t wrap(std::int64_t value);

Case random_case(std::uint64_t seed, const Verbs& verbs);
std::string to_text(const Case& what, const Verbs& verbs);
std::string to_text(const Contents& contents);

}  // namespace freshet::consistency
