// expect: Freshet: a coroutine reads no collections, whose rows may change while it waits
// SPDX-License-Identifier: MIT
#include "freshet/graph/graph.hpp"
#include "freshet/meta/verbs.hpp"

freshet::Task<int> plus_size(int number, freshet::Collection<int, int> others) {
  co_return number + static_cast<int>(others.size());
}

void use(const freshet::Collection<int, int>& numbers) { (void)numbers.map_async(plus_size, {}, numbers); }
