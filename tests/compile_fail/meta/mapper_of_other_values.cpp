// expect: Freshet: the mapper cannot be called as function\(value, args...\) or function\(key, value, args...\)
// SPDX-License-Identifier: MIT
#include <string>

#include "freshet/graph/graph.hpp"
#include "freshet/meta/verbs.hpp"

std::size_t length_of(const std::string& text) { return text.size(); }

void use(const freshet::Collection<int, int>& numbers) { const auto lengths = numbers.map(length_of); }
