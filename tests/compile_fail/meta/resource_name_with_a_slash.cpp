// expect: Freshet: a resource's name is made of letters, digits, '_', '-' and '.', since it stands in a path
// SPDX-License-Identifier: MIT
#include "freshet/graph/graph.hpp"
#include "freshet/meta/resource.hpp"

void use(freshet::Service& service, const freshet::Collection<int, int>& numbers) {
  service.resource<"numbers/all">([=] { return numbers; });
}
