// expect: Freshet: the build function of a resource takes its parameters by value or by const reference
// SPDX-License-Identifier: MIT
#include "freshet/graph/graph.hpp"
#include "freshet/meta/resource.hpp"

struct Params {
  int least = 0;
};
constexpr auto describe(freshet::of<Params>) { return freshet::model("params", freshet::field<&Params::least>()); }

void use(freshet::Service& service, const freshet::Collection<int, int>& numbers) {
  service.resource<"numbers">([=](Params& params) { return ++params.least, numbers; });
}
