// expect: Freshet: the build function of a resource names the type of its parameters
// SPDX-License-Identifier: MIT
#include "freshet/graph/graph.hpp"
#include "freshet/meta/resource.hpp"

void use(freshet::Service& service, const freshet::Collection<int, int>& numbers) {
  service.resource<"numbers">([=](const auto&) { return numbers; });
}
