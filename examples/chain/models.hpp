// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>

#include "freshet/model/describe.hpp"

/// What the weather stations of a country measure, and what becomes of it one server further.
namespace chain {

struct Measurement {
  std::string region;
  double celsius = 0;
};
constexpr auto describe(freshet::of<Measurement>) {
  return freshet::model("measurement", freshet::field<&Measurement::region>(freshet::length(1, 100)),
                        freshet::field<&Measurement::celsius>(freshet::range(-100, 70)));
}

/// A region, from all of its stations.
struct Region {
  std::int64_t stations = 0;
  double lowest = 0;
  double highest = 0;
};
constexpr auto describe(freshet::of<Region>) {
  return freshet::model("region", freshet::field<&Region::stations>(), freshet::field<&Region::lowest>(),
                        freshet::field<&Region::highest>());
}

inline Region region_of(std::span<const Measurement> measurements) {
  const auto [lowest, highest] = std::ranges::minmax(measurements, {}, &Measurement::celsius);
  return {static_cast<std::int64_t>(measurements.size()), lowest.celsius, highest.celsius};
}

}  // namespace chain
