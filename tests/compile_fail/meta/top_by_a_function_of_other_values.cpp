// expect: Freshet: the mapper cannot be called as function\(value, args...\) or function\(key, value, args...\)
// SPDX-License-Identifier: MIT
#include <string>

#include "freshet/graph/graph.hpp"
#include "freshet/meta/verbs.hpp"

double length_of(const std::string& text) { return static_cast<double>(text.size()); }

void use(const freshet::Collection<int, int>& numbers) { const auto longest = numbers.top(10, length_of); }
