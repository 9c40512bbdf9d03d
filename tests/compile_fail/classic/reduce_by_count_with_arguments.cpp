// expect: Freshet: an incremental reducer takes no arguments
// SPDX-License-Identifier: MIT
#include "freshet/classic/verbs.hpp"
#include "freshet/graph/graph.hpp"

void use(const freshet::Collection<int, int>& numbers) { const auto counts = numbers.reduce<freshet::Count>(3); }
