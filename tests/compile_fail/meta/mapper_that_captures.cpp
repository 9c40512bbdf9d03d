// expect: Freshet: a mapper may not capture; pass what it needs as arguments behind it
// SPDX-License-Identifier: MIT
#include "freshet/graph/graph.hpp"
#include "freshet/meta/verbs.hpp"

void use(const freshet::Collection<int, int>& numbers) {
  const int factor = 2;
  const auto multiples = numbers.map([factor](int number) { return number * factor; });
}
