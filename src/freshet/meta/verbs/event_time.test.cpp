// SPDX-License-Identifier: MIT
#include "freshet/meta/verbs/event_time.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/codec/json.hpp"
#include "freshet/graph/graph.hpp"
#include "freshet/meta/verbs.hpp"

namespace freshet {
namespace {

using namespace std::chrono_literals;

// [readings]
struct Reading {
  std::string sensor, place;
  double celsius{};
  Timestamp at{};
};
constexpr auto describe(of<Reading>) {
  return model("readings", key<&Reading::sensor>(), field<&Reading::place>(), field<&Reading::celsius>(),
               field<&Reading::at>());
}
// [/readings]

// [windows]
/// The greatest temperature of each place in each minute, with readings that come up to five seconds out of order.
Collection<Windowed<std::string>, double> hottest(const Collection<int, Reading>& readings) {
  auto timely = readings.on_time(&Reading::at, {.delay = 5s});
  auto minutes = timely.window(tumbling(1min), {.keep = 10min});  // the minutes of each reading
  return minutes.key_by([](const Windowed<int>& minute, const Reading& reading) { return minute.with(reading.place); })
      .reduce(max<&Reading::celsius>());
}
// [/windows]

// [sessions]
/// How many readings each place sent in one go, without a pause of ten seconds.
Collection<SessionOf<std::string>, std::int64_t> bursts(const Collection<int, Reading>& readings) {
  return readings.key_by(&Reading::place).on_time(&Reading::at, {.delay = 5s}).session(10s).reduce(count());
}
// [/sessions]

// [keep_for]
/// The readings of the last hour, by the time of the graph.
Collection<int, Reading> recent(const Collection<int, Reading>& readings) {
  return readings.keep_for(1h, &Reading::at);
}
// [/keep_for]

/// Times that are kept otherwise.
struct Tick {
  std::int64_t at_ms{};
  bool operator==(const Tick&) const = default;
};
// [projection]
Timestamp time_of(const Tick& tick) { return Timestamp(std::chrono::milliseconds(tick.at_ms)); }
// [/projection]

class MetaEventTime : public ::testing::Test {
 protected:
  void set(int id, const std::string& place, double celsius, std::int64_t seconds) {
    Reading reading{"sensor", place, celsius, Timestamp(std::chrono::seconds(seconds))};
    ASSERT_TRUE(graph.commit(Transaction().set(readings, id, std::move(reading))));
  }

  Graph graph;
  Input<int, Reading> readings = graph.input<int, Reading>("readings");
};

TEST_F(MetaEventTime, aggregates_per_window) {
  const auto view = hottest(readings);
  set(1, "hall", 20, 10);
  set(2, "hall", 25, 70);
  set(3, "hall", 22, 66);
  set(4, "hall", 99, 64);  // late: the watermark is 65
  const auto minute = [](int n) { return Timestamp(std::chrono::minutes(n)); };
  std::map<Windowed<std::string>, double> found;
  view.for_each([&](const auto& key, const auto& values) { found[key] = values.front(); });
  EXPECT_EQ(found, (std::map<Windowed<std::string>, double>{{{minute(0), minute(1), "hall"}, 20},
                                                            {{minute(1), minute(2), "hall"}, 25}}));
  EXPECT_EQ(*to_json(found.begin()->first),
            R"({"start":"1970-01-01T00:00:00.000000Z","end":"1970-01-01T00:01:00.000000Z","key":"hall"})");
}

TEST_F(MetaEventTime, counts_per_session) {
  const auto view = bursts(readings);
  set(1, "hall", 20, 10);
  set(2, "hall", 21, 19);
  set(3, "hall", 22, 31);
  EXPECT_EQ(*view.get({Timestamp(10s), "hall"}), 2);
  EXPECT_EQ(*view.get({Timestamp(31s), "hall"}), 1);
  set(4, "hall", 22, 26);
  EXPECT_EQ(*view.get({Timestamp(10s), "hall"}), 4);
}

TEST_F(MetaEventTime, keeps_rows_for_a_while) {
  const auto view = recent(readings);
  set(1, "hall", 20, 10);
  ASSERT_TRUE(graph.advance_to(Timestamp(1h)));
  EXPECT_EQ(view.size(), 1U);
  ASSERT_TRUE(graph.advance_to(Timestamp(1h + 10s)));
  EXPECT_EQ(view.size(), 0U);
}

TEST_F(MetaEventTime, can_be_read_by_mappers_as_an_argument) {
  const auto timely = readings.on_time(&Reading::at, {.delay = 5s});
  const auto accepted = readings.map(
      [](int id, const Reading&, const Collection<int, Reading>& rows,
         const Collection<std::string, Timestamp>& marks) {
        return rows.get(id) != nullptr && *marks.get("watermark") >= Timestamp(5s);
      },
      timely, timely.watermarks());
  set(1, "hall", 20, 10);
  EXPECT_TRUE(*accepted.get(1));
  set(2, "hall", 20, 4);
  EXPECT_FALSE(*accepted.get(2));
}

TEST_F(MetaEventTime, takes_times_from_functions) {
  const auto ticks = graph.input<int, Tick>("ticks");
  const auto timely = ticks.on_time(time_of, {.delay = 1s});
  const auto by_lambda =
      ticks.on_time([](const Tick& tick) { return std::chrono::sys_seconds(std::chrono::seconds(tick.at_ms / 1000)); });
  const auto kept = ticks.keep_for(1s, time_of);
  ASSERT_TRUE(graph.commit(Transaction().set(ticks, 1, {5500})));
  EXPECT_EQ(timely.watermark(), Timestamp(4500ms));
  EXPECT_EQ(by_lambda.watermark(), Timestamp(5s));
  EXPECT_EQ(kept.size(), 1U);
  EXPECT_EQ(ticks.on_time(time_of, {.delay = 1s}), timely);
}

}  // namespace
}  // namespace freshet
