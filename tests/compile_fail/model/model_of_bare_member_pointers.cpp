// SPDX-License-Identifier: MIT
// expect: Freshet: model\(\) takes a name
#include "freshet/model/describe.hpp"

struct A {
  int a;
};
constexpr auto describe(freshet::of<A>) { return freshet::model("a", &A::a); }
const freshet::Schema& schema = freshet::schema_of<A>();
