// SPDX-License-Identifier: MIT
// expect: Freshet: the options of a field are
#include "freshet/model/describe.hpp"

struct A {
  int a;
};
constexpr auto describe(freshet::of<A>) { return freshet::model("a", freshet::field<&A::a>(5)); }
