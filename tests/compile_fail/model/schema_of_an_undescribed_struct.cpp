// SPDX-License-Identifier: MIT
// expect: Freshet: .*describe
#include "freshet/model/describe.hpp"

struct A {
  int a;
};
const freshet::Schema& schema = freshet::schema_of<A>();
