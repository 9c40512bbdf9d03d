// expect: Freshet: slice_prefix\(\) is for keys of std::string; use slice\(from, to\) for others
// SPDX-License-Identifier: MIT
#include "freshet/graph/graph.hpp"

void use(const freshet::Collection<int, int>& numbers) { const auto some = numbers.slice_prefix("1"); }
