// SPDX-License-Identifier: MIT
// expect: Freshet: computed<> takes a const member function
#include "freshet/model/describe.hpp"

struct A {
  int a;
};
constexpr auto describe(freshet::of<A>) { return freshet::model("a", freshet::computed<&A::a>()); }
