// expect: Freshet: the build function of a resource takes one argument, the struct of its parameters, or none
// SPDX-License-Identifier: MIT
#include "freshet/graph/graph.hpp"
#include "freshet/meta/resource.hpp"

void use(freshet::Service& service, const freshet::Collection<int, int>& numbers) {
  service.resource<"numbers">([=](int, double) { return numbers; });
}
