// expect: Freshet: a mapper may not capture; pass what it needs as arguments behind it
// SPDX-License-Identifier: MIT
#include "freshet/graph/graph.hpp"
#include "freshet/meta/verbs.hpp"

void use(const freshet::Collection<int, int>& numbers, int middle) {
  const auto sorted = numbers.order_by([middle](int number) { return number - middle; }, {.limit = 10});
}
