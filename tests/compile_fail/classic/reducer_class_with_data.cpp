// expect: Freshet: a Reducer class has no data of its own; what it needs is in its State, one for each key
// SPDX-License-Identifier: MIT
#include "freshet/classic/verbs.hpp"
#include "freshet/graph/graph.hpp"

class Count final : public freshet::Reducer<int, int, int> {
 public:
  void add(int&, const int&) override { ++count_; }
  void remove(int&, const int&) override { --count_; }
  int result(const int&) override { return count_; }

 private:
  int count_ = 0;
};

void use(const freshet::Collection<int, int>& numbers) { const auto counts = numbers.reduce<Count>(); }
