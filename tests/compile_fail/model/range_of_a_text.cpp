// SPDX-License-Identifier: MIT
// expect: Freshet: range\(\), at_least\(\) and at_most\(\) check numbers
#include <string>

#include "freshet/model/describe.hpp"

struct A {
  std::string a;
};
constexpr auto describe(freshet::of<A>) { return freshet::model("a", freshet::field<&A::a>(freshet::range(0, 1))); }
