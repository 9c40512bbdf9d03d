// expect: Freshet: an argument of a mapper may not be a pointer, a reference or a span
// SPDX-License-Identifier: MIT
#include <functional>

#include "freshet/graph/graph.hpp"
#include "freshet/meta/verbs.hpp"

int times(int number, const int& factor) { return number * factor; }

void use(const freshet::Collection<int, int>& numbers, const int& factor) {
  const auto multiples = numbers.map(times, std::cref(factor));
}
