// SPDX-License-Identifier: MIT
// expect: Freshet: length\(\) checks strings, lists and maps
#include "freshet/model/describe.hpp"

struct A {
  int a;
};
constexpr auto describe(freshet::of<A>) { return freshet::model("a", freshet::field<&A::a>(freshet::length(0, 1))); }
