// SPDX-License-Identifier: MIT
// expect: Freshet: the function of initialised_by<>\(\) gives
#include "freshet/model/describe.hpp"
#include "freshet/model/make.hpp"

struct A {
  int a;
};
constexpr auto describe(freshet::of<A>) {
  return freshet::model("a", freshet::key<&A::a>(freshet::initialised_by<&freshet::random_id>()));
}
