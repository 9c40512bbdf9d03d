// SPDX-License-Identifier: MIT
#include "freshet/classic/verbs/event_time.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "freshet/classic/verbs.hpp"
#include "freshet/graph/graph.hpp"

namespace freshet {
namespace {

using namespace std::chrono_literals;

struct Reading {
  std::string sensor, place;
  double celsius{};
  Timestamp at{};
  bool operator==(const Reading&) const = default;
};

// [windows]
class ByPlace final : public KeyMapper<Windowed<int>, Reading, Windowed<std::string>> {
 public:
  std::optional<Windowed<std::string>> map_value(const Reading& reading) override { return key().with(reading.place); }
};

/// The greatest temperature of each place in each minute, with readings that come up to five seconds out of order.
Collection<Windowed<std::string>, double> hottest(const Collection<int, Reading>& readings) {
  auto timely = readings.on_time(&Reading::at, {.delay = 5s});
  auto minutes = timely.window(tumbling(1min), {.keep = 10min});
  return minutes.key_by<ByPlace>().reduce<MaxOf<&Reading::celsius>>();
}
// [/windows]

struct Tick {
  std::int64_t at_ms{};
  bool operator==(const Tick&) const = default;
};
// [projection]
class TimeOfTick final : public EventTimeMapper<Tick> {
 public:
  Timestamp time_of(const Tick& tick) override { return Timestamp(std::chrono::milliseconds(tick.at_ms)); }
};
// [/projection]

TEST(ClassicEventTime, aggregates_per_window) {
  Graph graph;
  const auto readings = graph.input<int, Reading>("readings");
  const auto view = hottest(readings);
  const auto set = [&](int id, double celsius, std::int64_t seconds) {
    Reading reading{"sensor", "hall", celsius, Timestamp(std::chrono::seconds(seconds))};
    ASSERT_TRUE(graph.commit(Transaction().set(readings, id, std::move(reading))));
  };
  set(1, 20, 10);
  set(2, 25, 70);
  set(3, 22, 66);
  set(4, 99, 64);  // late: the watermark is 65
  const auto minute = [](int n) { return Timestamp(std::chrono::minutes(n)); };
  EXPECT_EQ(*view.get({minute(0), minute(1), "hall"}), 20);
  EXPECT_EQ(*view.get({minute(1), minute(2), "hall"}), 25);
  EXPECT_EQ(view.size(), 2U);
}

TEST(ClassicEventTime, takes_times_from_a_mapper_class) {
  Graph graph;
  const auto ticks = graph.input<int, Tick>("ticks");
  const auto timely = ticks.on_time<TimeOfTick>({.delay = 1s});
  const auto kept = ticks.keep_for<TimeOfTick>(1s);
  ASSERT_TRUE(graph.commit(Transaction().set(ticks, 1, {5500})));
  EXPECT_EQ(timely.watermark(), Timestamp(4500ms));
  EXPECT_EQ(kept.size(), 1U);
  EXPECT_EQ(ticks.on_time<TimeOfTick>({.delay = 1s}), timely);
}

}  // namespace
}  // namespace freshet
