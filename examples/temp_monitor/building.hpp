// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "freshet/service/command_line.hpp"

/// What both temperature monitors watch: a building that exists only here.
namespace temp_monitor {

/// How the simulation goes; set on the command line.
struct Schedule {
  std::uint64_t seed = 1;
  std::chrono::milliseconds interval{1000};
  std::uint64_t ticks = 0;  ///< after so many nothing happens any more; 0: it never ends
};

/// The options --seed, --interval-ms and --ticks, for the program of that name.
freshet::Program program(std::string name, Schedule& schedule);

/// What a thermometer says.
struct Measurement {
  std::string sensor, place;
  double celsius = 0;
};

/// What shall be normal in a place from now on.
struct Setting {
  std::string place;
  double low = 0;
  double high = 0;
};

/// What happens between one look at the building and the next.
struct Tick {
  std::vector<Measurement> measurements;  ///< one of each sensor
  std::vector<Setting> settings;          ///< of places whose normal range changes; at first of all
};

/// Two thermometers in each of three places. Now and then something goes wrong in a place: a window stays open, the
/// cooling fails. At night the office may be colder than by day.
///
/// Equal seeds give equal buildings, on any machine: temperatures are counted in whole tenths of a degree.
class Building {
 public:
  explicit Building(const Schedule& schedule);

  Tick next();
  bool is_over() const { return tick_count_ == ticks_max_; }

 private:
  void begin_or_end_incidents();
  std::vector<Measurement> measure();
  std::vector<Setting> changed_settings() const;
  int below(int bound) { return static_cast<int>(random_() % static_cast<std::uint64_t>(bound)); }

  std::mt19937_64 random_;  // the standard says what it gives, unlike its distributions
  std::uint64_t ticks_max_;
  std::uint64_t tick_count_ = 0;
  std::vector<int> incident_ticks_left_;  // by place
  std::vector<int> tenths_;               // by sensor
};

}  // namespace temp_monitor
