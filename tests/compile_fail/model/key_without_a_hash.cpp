// SPDX-License-Identifier: MIT
// expect: Freshet: rows and keys must be hashable
#include "freshet/model/describe.hpp"

struct A {
  int a;
  bool operator==(const A&) const = default;
};
auto f(const A& a) { return freshet::hash_of(a); }
