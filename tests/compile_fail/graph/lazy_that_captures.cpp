// expect: Freshet: the function of lazy\(\) may not capture; pass what it needs as arguments behind it
// SPDX-License-Identifier: MIT
#include "freshet/graph/graph.hpp"
#include "freshet/graph/lazy.hpp"

void use(const freshet::Collection<int, int>& numbers) {
  const auto view = freshet::lazy([=] { return numbers; });
}
