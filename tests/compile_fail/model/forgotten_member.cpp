// SPDX-License-Identifier: MIT
// expect: Freshet: describe\(of<T>\) forgets a member
#include <string>

#include "freshet/model/describe.hpp"

struct Reading {
  std::string sensor;
  double celsius{};
};
constexpr auto describe(freshet::of<Reading>) { return freshet::model("readings", freshet::key<&Reading::sensor>()); }
const freshet::Schema& schema = freshet::schema_of<Reading>();
