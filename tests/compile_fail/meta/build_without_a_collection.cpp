// expect: Freshet: the build function of a resource returns a Collection
// SPDX-License-Identifier: MIT
#include "freshet/graph/graph.hpp"
#include "freshet/meta/resource.hpp"

struct Params {
  int least = 0;
};
constexpr auto describe(freshet::of<Params>) { return freshet::model("params", freshet::field<&Params::least>()); }

void use(freshet::Service& service) {
  service.resource<"numbers">([](const Params& params) { return params.least; });
}
