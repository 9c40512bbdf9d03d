// expect: Freshet: the function of iterate gives what follows from a row: a std::pair\(key, value\)
// SPDX-License-Identifier: MIT
#include <string>
#include <utility>

#include "freshet/graph/graph.hpp"
#include "freshet/meta/verbs.hpp"

std::pair<std::string, int> next(int number) { return {"next", number}; }

void use(const freshet::Collection<int, int>& numbers) { const auto reached = numbers.iterate(next); }
