// expect: Freshet: the function of lazy\(\) returns a Collection
// SPDX-License-Identifier: MIT
#include <cstddef>

#include "freshet/graph/graph.hpp"
#include "freshet/graph/lazy.hpp"

std::size_t size_of(const freshet::Collection<int, int>& numbers) { return numbers.size(); }

void use(const freshet::Collection<int, int>& numbers) { const auto view = freshet::lazy(size_of, numbers); }
