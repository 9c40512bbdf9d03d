// expect: Freshet: the mapper cannot be called as
// SPDX-License-Identifier: MIT
#include "freshet/graph/graph.hpp"
#include "freshet/meta/verbs.hpp"

int twice(int number) { return 2 * number; }

void use(const freshet::Collection<int, int>& numbers) { const auto sums = numbers.reduce(twice); }
