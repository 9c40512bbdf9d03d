// expect: Freshet: the function of flat_map gives a std::pair\(key, value\), an optional or a container of them
// SPDX-License-Identifier: MIT
#include <vector>

#include "freshet/graph/graph.hpp"
#include "freshet/meta/verbs.hpp"

std::vector<int> twice(int number) { return {number, number}; }

void use(const freshet::Collection<int, int>& numbers) { const auto more = numbers.flat_map(twice); }
