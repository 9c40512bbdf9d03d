// SPDX-License-Identifier: MIT
// expect: Freshet: a described struct needs a default constructor
#include "freshet/model/describe.hpp"

struct A {
  explicit A(int);
  int a;
};
constexpr auto describe(freshet::of<A>) { return freshet::model("a", freshet::field<&A::a>()); }
const freshet::Schema& schema = freshet::schema_of<A>();
