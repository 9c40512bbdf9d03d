// SPDX-License-Identifier: MIT
// expect: Freshet: this type cannot be part of a model
#include "freshet/model/describe.hpp"

struct B {
  int b;
};
struct A {
  B a;
};
constexpr auto describe(freshet::of<A>) { return freshet::model("a", freshet::field<&A::a>()); }
const freshet::Schema& schema = freshet::schema_of<A>();
