// expect: Freshet: the Reducer class does not override add, remove and result
// SPDX-License-Identifier: MIT
#include "freshet/classic/verbs.hpp"
#include "freshet/graph/graph.hpp"

class Count : public freshet::Reducer<int, int, int> {
 public:
  void add(int& state, const int&) override { ++state; }
  int result(const int& state) override { return state; }
};

void use(const freshet::Collection<int, int>& numbers) { const auto counts = numbers.reduce<Count>(); }
