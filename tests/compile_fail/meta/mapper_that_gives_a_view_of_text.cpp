// expect: Freshet: a mapper gives a value of its own, not a pointer, a span or a std::string_view; for text, std::string
// SPDX-License-Identifier: MIT
#include <string_view>

#include "freshet/graph/graph.hpp"
#include "freshet/meta/verbs.hpp"

std::string_view sign_of(int number) { return number < 0 ? "minus" : "plus"; }

void use(const freshet::Collection<int, int>& numbers) { const auto signs = numbers.map(sign_of); }
