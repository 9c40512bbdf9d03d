// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "freshet/base/result.hpp"
#include "freshet/codec/sse_parser.hpp"
#include "freshet/model/describe.hpp"

namespace temp_monitor {

enum class Level { normal, low, high, critical };
constexpr auto describe(freshet::of<Level>) {
  using enum Level;
  return freshet::enumeration<normal, low, high, critical>("level");
}

struct NormalRange {
  double low = 0;
  double high = 0;
};
constexpr auto describe(freshet::of<NormalRange>) {
  return freshet::model("range", freshet::field<&NormalRange::low>(), freshet::field<&NormalRange::high>());
}

/// A row of `temperature_monitor` as a client sees it.
struct SensorAlert {
  std::string place;
  double celsius = 0;
  Level level = Level::normal;
  NormalRange normal;
};
constexpr auto describe(freshet::of<SensorAlert>) {
  using freshet::field;
  return freshet::model("alert", field<&SensorAlert::place>(), field<&SensorAlert::celsius>(),
                        field<&SensorAlert::level>(), field<&SensorAlert::normal>());
}

/// Says in lines of text what the events of a `temperature_monitor` stream change: green is normal, blue low, yellow
/// high, red critical.
///
/// Invariant: after each event `alerts_` is what the service had at the event's version.
class AlertLog {
 public:
  using Lines = std::vector<std::string>;

  explicit AlertLog(bool is_coloured) : is_coloured_(is_coloured) {}

  /// A line for each sensor whose alert is not what it was. An init makes all earlier rows void, but those that come
  /// back the same need no line. Events of other kinds than init, update and error give none.
  ///
  /// Errors: the data are not rows of a temperature_monitor; nothing is taken then.
  freshet::Result<Lines> take(const freshet::codec::SseEvent& event);

  /// The same from all rows, as a snapshot gives them.
  freshet::Result<Lines> take_all(std::string_view rows);

 private:
  using Alerts = std::map<std::string, SensorAlert, std::less<>>;

  Lines replace_with(Alerts alerts);
  std::string line_of(const std::string& sensor, const SensorAlert& alert) const;

  bool is_coloured_;
  Alerts alerts_;  // by sensor
};

}  // namespace temp_monitor
