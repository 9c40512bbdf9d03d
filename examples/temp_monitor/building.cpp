// SPDX-License-Identifier: MIT
#include "building.hpp"

#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

namespace temp_monitor {
namespace {

struct Place {
  std::string_view name;
  int usual_tenths;
  int incident_tenths;  // where the temperature goes when something goes wrong
  double low;
  double high;
  double low_at_night;
};
constexpr std::array kPlaces{
    Place{"office", 225, 150, 20, 25, 17},
    Place{"server_room", 200, 390, 18, 22, 18},
    Place{"warehouse", 190, 300, 10, 26, 10},
};

struct Sensor {
  std::string_view name;
  std::size_t place;
};
constexpr std::array kSensors{
    Sensor{"desk", 0},   Sensor{"window", 0}, Sensor{"rack-1", 1},
    Sensor{"rack-2", 1}, Sensor{"gate", 2},   Sensor{"roof", 2},
};

constexpr std::uint64_t kHalfDayTicks = 20;
constexpr int kIncidentTicks = 12;
constexpr int kTicksBetweenIncidents = 25;  // on average

}  // namespace

freshet::Program program(std::string name, Schedule& schedule) {
  return {.name = std::move(name),
          .about =
              "Watches the temperatures of a simulated building. Clients open temperature_monitor and may write "
              "readings and ranges.",
          .options = {{"--seed", &schedule.seed, "What the temperatures follow from"},
                      {"--interval-ms", &schedule.interval, "Time between two readings of all sensors"},
                      {"--ticks", &schedule.ticks, "Readings to take of each sensor; 0 goes on for ever"}}};
}

Building::Building(const Schedule& schedule)
    : random_(schedule.seed), ticks_max_(schedule.ticks), incident_ticks_left_(kPlaces.size()) {
  for (const Sensor& sensor : kSensors) tenths_.push_back(kPlaces[sensor.place].usual_tenths);
}

Tick Building::next() {
  begin_or_end_incidents();
  Tick tick{.measurements = measure(), .settings = changed_settings()};
  ++tick_count_;
  return tick;
}

void Building::begin_or_end_incidents() {
  for (int& ticks_left : incident_ticks_left_) {
    if (ticks_left > 0) {
      --ticks_left;
    } else if (below(kTicksBetweenIncidents) == 0) {
      ticks_left = kIncidentTicks;
    }
  }
}

std::vector<Measurement> Building::measure() {
  std::vector<Measurement> measurements;
  for (std::size_t i = 0; i < kSensors.size(); ++i) {
    const auto& [name, place] = kSensors[i];
    const auto& at = kPlaces[place];
    const int target = incident_ticks_left_[place] > 0 ? at.incident_tenths : at.usual_tenths;
    tenths_[i] += (target - tenths_[i]) / 4 + below(7) - 3;
    measurements.push_back({std::string(name), std::string(at.name), tenths_[i] / 10.0});
  }
  return measurements;
}

std::vector<Setting> Building::changed_settings() const {
  std::vector<Setting> settings;
  if (tick_count_ % kHalfDayTicks != 0) return settings;
  const bool is_night = tick_count_ / kHalfDayTicks % 2 == 1;
  for (const Place& place : kPlaces) {
    if (tick_count_ > 0 && place.low == place.low_at_night) continue;
    settings.push_back({std::string(place.name), is_night ? place.low_at_night : place.low, place.high});
  }
  return settings;
}

}  // namespace temp_monitor
