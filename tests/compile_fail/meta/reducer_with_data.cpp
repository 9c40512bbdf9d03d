// expect: Freshet: a reducer has no data of its own; what it needs is in its State, one for each key
// SPDX-License-Identifier: MIT
#include "freshet/graph/graph.hpp"
#include "freshet/meta/verbs.hpp"

struct CountAbove {
  using State = int;
  int least = 0;
  static void add(State& state, int) { ++state; }
  static void remove(State& state, int) { --state; }
  static int result(const State& state) { return state; }
};

void use(const freshet::Collection<int, int>& numbers) { const auto counts = numbers.reduce(CountAbove{3}); }
