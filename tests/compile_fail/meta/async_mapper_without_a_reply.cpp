// expect: Freshet: the function of map_async takes a Reply<Out>, by its type, or is a coroutine that gives a Task<Out>
// SPDX-License-Identifier: MIT
#include "freshet/graph/graph.hpp"
#include "freshet/meta/verbs.hpp"

void use(const freshet::Collection<int, int>& numbers) {
  (void)numbers.map_async([](int number) { return number; });
}
