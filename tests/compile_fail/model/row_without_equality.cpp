// SPDX-License-Identifier: MIT
// expect: Freshet: rows and keys must be comparable
#include "freshet/model/describe.hpp"

struct A {
  int a;
};
bool f(const A& a) { return freshet::equal(a, a); }
