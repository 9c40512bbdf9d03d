// SPDX-License-Identifier: MIT
// Uses each layer a little: a described struct, a view of it, a resource in either face, and JSON.
#include <cstdio>
#include <memory>
#include <string>
#include <utility>

#include "freshet/classic/resource.hpp"
#include "freshet/codec/json.hpp"
#include "freshet/meta/resource.hpp"
#include "freshet/meta/verbs.hpp"
#include "freshet/model/describe.hpp"

struct Reading {
  std::string sensor;
  double celsius{};
  bool operator==(const Reading&) const = default;
};
constexpr auto describe(freshet::of<Reading>) {
  return freshet::model("readings", freshet::key<&Reading::sensor>(), freshet::field<&Reading::celsius>());
}

Reading doubled(const Reading& reading) { return {reading.sensor, reading.celsius * 2}; }

class Readings final : public freshet::Resource<freshet::NoParams, std::string, Reading> {
 public:
  explicit Readings(freshet::Collection<std::string, Reading> readings) : readings_(std::move(readings)) {}
  freshet::Collection<std::string, Reading> build(const freshet::NoParams&) override { return readings_; }

 private:
  freshet::Collection<std::string, Reading> readings_;
};

int main() {
  freshet::Service service;
  auto readings = service.graph().input<std::string, Reading>("readings");
  auto twice = readings.map(doubled);
  service.resource<"twice">([=] { return twice; });
  service.resource("readings", std::make_unique<Readings>(readings));

  freshet::Transaction transaction;
  transaction.set(readings, "roof", Reading{"roof", 10.5});
  if (!service.graph().commit(std::move(transaction))) return 1;
  auto json = freshet::to_json(*twice.get("roof"));
  if (!json) return 1;
  std::puts(json->c_str());
  return *json == R"({"sensor":"roof","celsius":21})" ? 0 : 1;
}
