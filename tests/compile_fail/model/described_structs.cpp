// SPDX-License-Identifier: MIT
// expect: compiles
#include <string>

#include "freshet/model/describe.hpp"
#include "freshet/model/record.hpp"

struct Reading {
  std::string sensor;
  double celsius{};
};
constexpr auto describe(freshet::of<Reading>) {
  return freshet::model("readings", freshet::key<&Reading::sensor>(), freshet::field<&Reading::celsius>());
}
const freshet::Schema& reading = freshet::schema_of<Reading>();

struct Alert : freshet::Record {
  std::string sensor;
  void describe(freshet::Describer& d) {
    d.name("alerts");
    d.key("sensor", sensor);
  }
};
const freshet::Schema& alert = freshet::schema_of<Alert>();
