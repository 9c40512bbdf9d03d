// expect: Freshet: the function of filter gives a bool or a Result of one
// SPDX-License-Identifier: MIT
#include <optional>

#include "freshet/graph/graph.hpp"
#include "freshet/meta/verbs.hpp"

std::optional<bool> is_wanted(int number) { return number > 0; }

void use(const freshet::Collection<int, int>& numbers) { const auto wanted = numbers.filter(is_wanted); }
