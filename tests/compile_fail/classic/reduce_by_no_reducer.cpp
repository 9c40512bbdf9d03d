// expect: Freshet: reduce<Mapper>\(\) takes a class that derives publicly from ManyToOneMapper or Reducer
// SPDX-License-Identifier: MIT
#include "freshet/classic/verbs.hpp"
#include "freshet/graph/graph.hpp"

class Count {
 public:
  void add(int& state, const int&) { ++state; }
  int result(const int& state) { return state; }
};

void use(const freshet::Collection<int, int>& numbers) { const auto counts = numbers.reduce<Count>(); }
