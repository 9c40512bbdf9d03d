// SPDX-License-Identifier: MIT
// expect: or extends what is no base of it
#include "freshet/model/describe.hpp"

struct A {
  int a;
};
constexpr auto describe(freshet::of<A>) { return freshet::model("a", freshet::key<&A::a>()); }
struct B {
  int b;
};
constexpr auto describe(freshet::of<B>) { return freshet::model("b", freshet::extends<A>(), freshet::field<&B::b>()); }
const freshet::Schema& schema = freshet::schema_of<B>();
