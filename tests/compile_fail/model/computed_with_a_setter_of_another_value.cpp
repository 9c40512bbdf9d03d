// SPDX-License-Identifier: MIT
// expect: Freshet: the setter of computed<> takes a value as its getter gives
#include <string>

#include "freshet/model/describe.hpp"

struct A {
  int a;
  int twice() const { return 2 * a; }
  void set_twice(const std::string& text);
};
constexpr auto describe(freshet::of<A>) {
  return freshet::model("a", freshet::field<&A::a>(), freshet::computed<&A::twice, &A::set_twice>());
}
