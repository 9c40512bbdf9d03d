// SPDX-License-Identifier: MIT
// expect: Freshet: JSON has one null only
#include <optional>

#include "freshet/model/describe.hpp"
#include "freshet/model/ref.hpp"

struct A {
  int id;
};
constexpr auto describe(freshet::of<A>) { return freshet::model("a", freshet::key<&A::id>()); }
const freshet::Type& type = freshet::type_of<std::optional<freshet::Ref<A>>>();
