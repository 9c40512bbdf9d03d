// expect: Freshet: a mapper may not capture
// SPDX-License-Identifier: MIT
#include <functional>

#include "freshet/graph/graph.hpp"
#include "freshet/meta/verbs.hpp"

void use(const freshet::Collection<int, int>& numbers, const std::function<bool(int)>& wanted) {
  const auto some = numbers.filter(wanted);
}
