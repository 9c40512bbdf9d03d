// expect: Freshet: map<Mapper>\(\) takes a class that derives publicly from OneToOneMapper, ManyToOneMapper
// SPDX-License-Identifier: MIT
#include "freshet/classic/verbs.hpp"
#include "freshet/graph/graph.hpp"

class Count final : public freshet::Reducer<int, int, int> {
 public:
  void add(int& state, const int&) override { ++state; }
  void remove(int& state, const int&) override { --state; }
  int result(const int& state) override { return state; }
};

void use(const freshet::Collection<int, int>& numbers) { const auto counts = numbers.map<Count>(); }
