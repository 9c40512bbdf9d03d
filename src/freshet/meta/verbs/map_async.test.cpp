// SPDX-License-Identifier: MIT
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/graph/graph.hpp"
#include "freshet/meta/verbs.hpp"

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
  std::size_t waiting() const { return asked_.size(); }

 private:
  std::vector<std::pair<std::string, Reply<Position>>> asked_;
};

Geocoder& geocoder() {
  static Geocoder geocoder;
  return geocoder;
}

// [reply]
/// Asks a service for each address; the answer comes from a thread of that service's.
void locate(const Address& address, Reply<Position> reply) { geocoder().find(address.street, std::move(reply)); }
// [/reply]

// [task]
/// The same as a coroutine, which can wait several times.
Task<Position> locate_both(Address from, std::string to) {
  Later<Position> start;
  geocoder().find(from.street, start.reply());
  const Result<Position> first = co_await start;
  if (!first) throw Failure(first.error());

  Later<Position> end;
  geocoder().find(to, end.reply());
  const Result<Position> second = co_await end;
  if (!second) throw Failure(second.error());
  co_return Position{second->latitude - first->latitude};
}
// [/task]

class MetaMapAsync : public ::testing::Test {
 protected:
  MetaMapAsync() { graph.set_timers(timers); }
  ~MetaMapAsync() override { geocoder().answer(); }

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

TEST_F(MetaMapAsync, shows_answers_when_they_come) {
  // [map_async]
  const auto positions = addresses.map_async(locate, {.concurrent_max = 16, .timeout = 5s, .retries_max = 2});
  const auto waiting = positions.pending();  // which rows have no answer yet, and at which attempt they are
  // [/map_async]
  set(1, "high street");
  EXPECT_TRUE(positions.empty());
  EXPECT_EQ(waiting.get(1)->attempt, 1);
  answer();
  EXPECT_EQ(*positions.get(1), Position{11});
  EXPECT_TRUE(waiting.empty());
  EXPECT_EQ(addresses.map_async(locate, {.concurrent_max = 16, .timeout = 5s, .retries_max = 2}), positions);
}

TEST_F(MetaMapAsync, runs_coroutines_and_destroys_them_where_nobody_waits) {
  const auto distances = addresses.map_async(locate_both, {}, "station road");
  set(1, "high street");
  set(2, "nowhere");
  answer();
  EXPECT_EQ(geocoder().waiting(), 1u) << "one goes on, one has failed";
  answer();
  EXPECT_EQ(*distances.get(1), Position{1});
  EXPECT_EQ(distances.pending().size(), 1u);
  for (int attempt = 0; attempt < 2; ++attempt) {
    timers.advance(1s);
    answer();
  }
  const auto errors = distances.errors();
  EXPECT_THAT(errors.get("2")->message, HasSubstr("no such street"));
  set(1, "a");
  set(1, "ab");  // the first is destroyed where it waits
  EXPECT_EQ(geocoder().waiting(), 2u);
  answer();
  EXPECT_EQ(geocoder().waiting(), 1u);
  answer();
  EXPECT_EQ(*distances.get(1), Position{10});
}

TEST_F(MetaMapAsync, ends_coroutines_whose_time_is_up) {
  const auto distances = addresses.map_async(locate_both, {.timeout = 5s, .retries_max = 0}, "station road");
  set(1, "high street");
  timers.advance(5s);
  graph.run_posted();
  const auto errors = distances.errors();
  EXPECT_THAT(errors.get("1")->message, HasSubstr("no answer in time"));
  answer();
  EXPECT_EQ(geocoder().waiting(), 0u) << "it went no further";
}

TEST_F(MetaMapAsync, keeps_what_a_coroutine_was_called_with) {
  const auto by_reference = [](const int& key, const Address& address, const std::string& more) -> Task<std::string> {
    Later<Position> position;
    geocoder().find("x", position.reply());
    const Result<Position> found = co_await position;
    co_return std::to_string(key) + address.street + more + std::to_string(found.has_value());
  };
  const auto texts = addresses.map_async(by_reference, {}, "!");
  set(1, "a street of a name that is too long to be kept in place");
  ASSERT_TRUE(graph.commit(Transaction().erase(addresses, 1)));
  set(2, "b");
  answer();
  EXPECT_EQ(*texts.get(2), "2b!1");
  EXPECT_EQ(texts.size(), 1u);
}

TEST_F(MetaMapAsync, takes_the_key_arguments_results_and_optionals) {
  const auto named = addresses.map_async(
      [](int key, const Address& address, Reply<std::optional<std::string>> reply, const std::string& more) {
        reply(address.street.empty() ? std::nullopt : std::optional(std::to_string(key) + address.street + more));
      },
      {}, "!");
  const auto checked = addresses.map_async(
      [](Address address) -> Task<Result<std::int64_t>> {
        if (address.street.empty()) co_return fail(ErrorCode::invalid_argument, "no street");
        co_return static_cast<std::int64_t>(address.street.size());
      },
      {.retries_max = 0});
  set(1, "a");
  set(2, "");
  graph.run_posted();
  EXPECT_EQ(*named.get(1), "1a!");
  EXPECT_EQ(named.size(), 1u);
  EXPECT_EQ(*checked.get(1), 1);
  const auto errors = checked.errors();
  EXPECT_THAT(errors.get("2")->message, HasSubstr("no street"));
}

TEST_F(MetaMapAsync, is_a_collection_like_any_other) {
  const auto positions = addresses.map_async(locate);
  const auto latitudes = positions.map(&Position::latitude);
  const auto known = addresses.filter(
      [](int key, const Address&, const Collection<int, Position>& answers) { return answers.get(key) != nullptr; },
      positions);
  set(1, "abc");
  EXPECT_TRUE(known.empty());
  answer();
  EXPECT_EQ(*latitudes.get(1), 3);
  EXPECT_EQ(known.size(), 1u);
}

}  // namespace
}  // namespace freshet
