// expect: Freshet: the function of map_async cannot be called as function\(value, reply, args...\) or function\(key
// SPDX-License-Identifier: MIT
#include <string>

#include "freshet/graph/graph.hpp"
#include "freshet/meta/verbs.hpp"

void use(const freshet::Collection<int, int>& numbers) {
  (void)numbers.map_async([](const std::string&, freshet::Reply<int> reply) { reply(1); });
}
