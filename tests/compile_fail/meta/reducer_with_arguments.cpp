// expect: Freshet: an incremental reducer takes no arguments
// SPDX-License-Identifier: MIT
#include "freshet/graph/graph.hpp"
#include "freshet/meta/verbs.hpp"

void use(const freshet::Collection<int, int>& numbers) { const auto sums = numbers.reduce(freshet::sum(), 2); }
