// SPDX-License-Identifier: MIT
// expect: Freshet: a getter or setter is a lambda without captures
#include "freshet/model/record.hpp"

struct A : freshet::Record {
  int a = 0;
  void describe(freshet::Describer& d) {
    d.name("a");
    d.field("a", a);
    d.computed("twice", [this](const A&) { return 2 * a; });
  }
};
const freshet::Schema& schema = freshet::schema_of<A>();
