// SPDX-License-Identifier: MIT
// expect: Freshet: subclasses<> lists a struct that is not derived
#include "freshet/model/describe.hpp"

struct B {
  int a;
};
struct A {
  int a;
};
constexpr auto describe(freshet::of<A>) { return freshet::model("a", freshet::subclasses<B>(), freshet::key<&A::a>()); }
const freshet::Schema& schema = freshet::schema_of<A>();
