// SPDX-License-Identifier: MIT
#include "freshet/classic/verbs/map_async.hpp"

#include <chrono>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/classic/verbs.hpp"
#include "freshet/graph/graph.hpp"

namespace freshet {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

struct Address {
  std::string street;
  bool operator==(const Address&) const = default;
};

struct Position {
  double latitude = 0;
  bool operator==(const Position&) const = default;
};

/// A service far away: keeps what it is asked until the test lets it answer, from a thread of its own.
class Geocoder {
 public:
  void find(std::string street, Reply<Position> reply) { asked_.emplace_back(std::move(street), std::move(reply)); }

  void answer() {
    std::jthread([this] {
      for (auto& [street, reply] : std::exchange(asked_, {})) {
        if (street == "nowhere") {
          reply.fail({.code = ErrorCode::not_found, .primary = "no such street"});
        } else {
          reply(Position{static_cast<double>(street.size())});
        }
      }
    }).join();
  }

 private:
  std::vector<std::pair<std::string, Reply<Position>>> asked_;
};

Geocoder& geocoder() {
  static Geocoder geocoder;
  return geocoder;
}

// [reply]
/// Asks a service for each address; the answer comes from a thread of that service's.
class LocateMapper final : public AsyncMapper<int, Address, Position> {
 public:
  void map_value(const Address& address, Reply<Position> reply) override {
    geocoder().find(address.street, std::move(reply));
  }
};
// [/reply]

// [task]
/// The same as a coroutine, which can wait several times.
class LocateBothMapper final : public TaskMapper<int, Address, Position> {
 public:
  explicit LocateBothMapper(std::string to) : to_(std::move(to)) {}

  Task<Position> map_value(const int& /*key*/, const Address& from) override {
    Later<Position> start;
    geocoder().find(from.street, start.reply());
    const Result<Position> first = co_await start;
    if (!first) throw Failure(first.error());

    Later<Position> end;
    geocoder().find(to_, end.reply());
    const Result<Position> second = co_await end;
    if (!second) throw Failure(second.error());
    co_return Position{second->latitude - first->latitude};
  }

 private:
  std::string to_;
};
// [/task]

class ClassicMapAsync : public ::testing::Test {
 protected:
  ClassicMapAsync() { graph.set_timers(timers); }
  ~ClassicMapAsync() override { geocoder().answer(); }

  void set(int key, std::string street) {
    ASSERT_TRUE(graph.commit(Transaction().set(addresses, key, Address{std::move(street)})));
  }
  void answer() {
    geocoder().answer();
    graph.run_posted();
  }

  SimulatedClock clock;
  SimulatedTimers timers{clock};
  Graph graph;
  Input<int, Address> addresses = graph.input<int, Address>("addresses");
};

TEST_F(ClassicMapAsync, shows_answers_when_they_come) {
  const AsyncOptions options{.concurrent_max = 16, .timeout = 5s, .retries_max = 2};
  const auto positions = addresses.map_async<LocateMapper>(options);
  const auto waiting = positions.pending();
  set(1, "high street");
  EXPECT_TRUE(positions.empty());
  EXPECT_EQ(waiting.get(1)->attempt, 1);
  answer();
  EXPECT_EQ(*positions.get(1), Position{11});
  EXPECT_TRUE(waiting.empty());
  EXPECT_EQ(addresses.map_async<LocateMapper>(options), positions);
}

TEST_F(ClassicMapAsync, runs_coroutines) {
  const auto distances = addresses.map_async<LocateBothMapper>({.retries_max = 0}, "station road");
  set(1, "high street");
  set(2, "nowhere");
  answer();
  answer();
  EXPECT_EQ(*distances.get(1), Position{1});
  const auto errors = distances.errors();
  EXPECT_THAT(errors.get("2")->message, HasSubstr("no such street"));
  set(1, "a");
  EXPECT_TRUE(distances.empty());
}

class KeyedMapper final : public AsyncMapper<int, Address, std::string> {
 public:
  explicit KeyedMapper(Collection<int, Address> others) : others_(std::move(others)) {}
  void map_value(const Address& address, Reply<std::string> reply) override {
    const Address* next = others_.get(key() + 1);
    reply(address.street + (next == nullptr ? "" : next->street));
  }

 private:
  Collection<int, Address> others_;
};

TEST_F(ClassicMapAsync, reads_collections_tracked_by_key) {
  const auto pairs = addresses.map_async<KeyedMapper>({}, addresses);
  set(1, "a");
  graph.run_posted();
  EXPECT_EQ(*pairs.get(1), "a");
  set(2, "b");
  graph.run_posted();
  EXPECT_EQ(*pairs.get(1), "ab");
}

}  // namespace
}  // namespace freshet
