// expect: Freshet: the parameters of a resource are a described struct; give it a constexpr describe
// SPDX-License-Identifier: MIT
#include "freshet/graph/graph.hpp"
#include "freshet/meta/resource.hpp"

struct Params {
  int least = 0;
};

void use(freshet::Service& service, const freshet::Collection<int, int>& numbers) {
  service.resource<"numbers">([=](const Params&) { return numbers; });
}
