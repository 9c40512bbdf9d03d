// expect: Freshet: a mapper gives a value, an optional or a Result; this one gives nothing
// SPDX-License-Identifier: MIT
#include "freshet/graph/graph.hpp"
#include "freshet/meta/verbs.hpp"

void look_at(int) {}

void use(const freshet::Collection<int, int>& numbers) { const auto looks = numbers.map(look_at); }
