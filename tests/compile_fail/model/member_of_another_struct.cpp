// SPDX-License-Identifier: MIT
// expect: Freshet: describe\(of<T>\) lists a member of another struct
#include "freshet/model/describe.hpp"

struct A {
  int a;
};
struct B {
  int b;
};
constexpr auto describe(freshet::of<A>) { return freshet::model("a", freshet::field<&B::b>()); }
const freshet::Schema& schema = freshet::schema_of<A>();
