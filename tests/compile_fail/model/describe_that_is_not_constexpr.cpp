// SPDX-License-Identifier: MIT
// expect: Freshet: describe\(of<T>\) must be a constexpr function
#include "freshet/model/describe.hpp"

struct A {
  int a;
};
inline auto describe(freshet::of<A>) { return freshet::model("a", freshet::field<&A::a>()); }
const freshet::Schema& schema = freshet::schema_of<A>();
