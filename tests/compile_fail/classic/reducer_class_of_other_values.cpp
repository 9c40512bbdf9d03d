// expect: Freshet: the value type of the Reducer class is not that of the collection it is applied to
// SPDX-License-Identifier: MIT
#include <string>

#include "freshet/classic/verbs.hpp"
#include "freshet/graph/graph.hpp"

class Count final : public freshet::Reducer<int, int, int> {
 public:
  void add(int& state, const int&) override { ++state; }
  void remove(int& state, const int&) override { --state; }
  int result(const int& state) override { return state; }
};

void use(const freshet::Collection<int, std::string>& texts) { const auto counts = texts.reduce<Count>(); }
