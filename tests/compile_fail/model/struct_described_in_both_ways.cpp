// SPDX-License-Identifier: MIT
// expect: Freshet: describe a struct in one way
#include "freshet/model/describe.hpp"
#include "freshet/model/record.hpp"

struct A : freshet::Record {
  int a;
  void describe(freshet::Describer& d) {
    d.name("a");
    d.field("a", a);
  }
};
constexpr auto describe(freshet::of<A>) { return freshet::model("a", freshet::field<&A::a>()); }
const freshet::Schema& schema = freshet::schema_of<A>();
