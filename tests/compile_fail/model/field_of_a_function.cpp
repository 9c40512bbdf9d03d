// SPDX-License-Identifier: MIT
// expect: Freshet: key<> and field<> take a pointer to a data member
#include "freshet/model/describe.hpp"

struct A {
  int a();
};
constexpr auto describe(freshet::of<A>) { return freshet::model("a", freshet::field<&A::a>()); }
