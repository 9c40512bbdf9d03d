// SPDX-License-Identifier: MIT
// expect: Freshet: describe\(of<T>\) lists a member or a name twice
#include "freshet/model/describe.hpp"

struct A {
  int a;
};
constexpr auto describe(freshet::of<A>) {
  return freshet::model("a", freshet::field<&A::a>(), freshet::field<&A::a>());
}
const freshet::Schema& schema = freshet::schema_of<A>();
