// expect: Freshet: a quantile is a part of the whole: 95 of 100, 999 of 1000
// SPDX-License-Identifier: MIT
#include "freshet/graph/graph.hpp"
#include "freshet/meta/verbs.hpp"

void use(const freshet::Collection<int, int>& numbers) {
  const auto most = numbers.reduce(freshet::quantile<nullptr, 101>());
}
