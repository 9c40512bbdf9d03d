// expect: Freshet: an asynchronous view cannot be strict
// SPDX-License-Identifier: MIT
#include "freshet/graph/graph.hpp"
#include "freshet/meta/verbs.hpp"

void ask(int number, freshet::Reply<int> reply) { reply(number); }

void use(const freshet::Collection<int, int>& numbers) { numbers.map_async(ask).strict(); }
