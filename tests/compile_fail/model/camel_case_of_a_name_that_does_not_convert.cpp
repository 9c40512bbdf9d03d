// SPDX-License-Identifier: MIT
// expect: Freshet: camel_case: the name of a field would not convert back
#include "freshet/model/describe.hpp"

struct A {
  int line_1;
};
constexpr auto describe(freshet::of<A>) {
  return freshet::model("a", freshet::camel_case, freshet::field<&A::line_1>());
}
const freshet::Schema& schema = freshet::schema_of<A>();
