// SPDX-License-Identifier: MIT
#include "store/references.hpp"

#include <algorithm>
#include <chrono>
#include <future>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "freshet/meta/verbs.hpp"
#include "freshet/store/live.hpp"
#include "freshet/store/memory/memory_store.hpp"
#include "report.hpp"
#include "store/store_kind.hpp"

namespace freshet::bench {
namespace {

using Steady = std::chrono::steady_clock;

struct Tour {
  std::string id;
  std::vector<std::string> stops;
};
constexpr auto describe(of<Tour>) { return model("tours", key<&Tour::id>(), field<&Tour::stops>()); }

struct Stop {
  std::string tour;
  std::string place;
  bool operator==(const Stop&) const = default;
};
constexpr auto describe(of<Stop>) { return model("stop", field<&Stop::tour>(), field<&Stop::place>()); }

struct Visit {
  std::string tour;
  std::int64_t people = 0;
  bool operator==(const Visit&) const = default;
};
constexpr auto describe(of<Visit>) { return model("visit", field<&Visit::tour>(), field<&Visit::people>()); }

std::vector<std::pair<std::string, Stop>> stops_of(const std::string& id, const Tour& tour) {
  std::vector<std::pair<std::string, Stop>> stops;
  for (const std::string& place : tour.stops) stops.emplace_back(id + "/" + place, Stop{id, place});
  return stops;
}
Visit visit(const Stop& stop, const Place& place) { return {stop.tour, place.people}; }

std::int64_t people_of(const std::string&, const Tour& tour, const Collection<std::string, Place>& places) {
  std::int64_t sum = 0;
  for (const std::string& stop : tour.stops) {
    const Place* const place = places.get(stop);
    sum += place == nullptr ? 0 : place->people;
  }
  return sum;
}

// Which of them changes, and to what.
std::pair<std::uint64_t, std::int64_t> change(std::uint64_t i, std::uint64_t references) {
  return {(i * 7919) % references, static_cast<std::int64_t>(i) + 1};
}

/// A store in memory with one tour, and a graph that follows it.
class World {
 public:
  explicit World(std::uint64_t references) : references_(references) {
    const std::vector<const store::Table*> tables = {&store::table_of<Place>(), &store::table_of<Tour>()};
    if (auto prepared = backend_->prepare(tables); !prepared) throw Failure(prepared.error());
    Tour tour{.id = "grand", .stops = {}};
    for (std::uint64_t i = 0; i < references; ++i) tour.stops.push_back(std::to_string(i));
    const store::Table& table = *tables.back();
    store::Write write{.kind = store::WriteKind::set, .table = &table, .key = {.parent = {}, .id = tour.id}};
    write.obj_type = table.variants.front().name;
    write.cells = store::to_cells(table, table.variants.front(), &tour).value();
    for (std::uint64_t i = 0; i < references; ++i) commit(write_of(i, 0));
    commit(write);
  }

  LiveStore& live() { return live_; }
  void start() {
    auto ready = live_.start();
    if (ready) ready = live_.wait_until_ready();
    if (!ready) throw Failure(ready.error());
  }

  /// Changes one document after the other; the time is that of the graph's commit, without the store's.
  ReferenceCost change_some(std::uint64_t count) {
    const auto [calls, changes] = counters();
    std::vector<double> times;
    for (std::uint64_t i = 0; i < count; ++i) {
      const auto [place, people] = change(i, references_);
      bool is_there = false;
      live_.when_at(commit(write_of(place, people)), [&](Version) { is_there = true; });
      while (!is_there) {
        const auto begun = Steady::now();
        if (graph_.run_posted() > 0) times.push_back(std::chrono::duration<double>(Steady::now() - begun).count());
      }
    }
    const auto [more_calls, more_changes] = counters();
    const auto each = [&](std::uint64_t sum) { return static_cast<double>(sum) / static_cast<double>(count); };
    return {.seconds = median(times), .calls = each(more_calls - calls), .changes = each(more_changes - changes)};
  }

 private:
  store::Position commit(const store::Write& write) {
    std::promise<Result<store::Position>> done;
    backend_->write(
        [&](store::BackendTransaction& transaction) -> Result<void> {
          auto written = transaction.write(write);
          return written ? Result<void>() : fail(std::move(written.error()));
        },
        [&](Result<store::Position> end) { done.set_value(std::move(end)); });
    return done.get_future().get().value();
  }
  std::pair<std::uint64_t, std::uint64_t> counters() const {
    std::pair<std::uint64_t, std::uint64_t> sums;
    for (const auto& node : graph_.explain().nodes) {
      sums.first += node.calls;
      sums.second += node.changes;
    }
    return sums;
  }

  std::uint64_t references_;
  std::shared_ptr<store::Backend> backend_ = store::open_memory();
  Graph graph_;
  LiveStore live_{backend_, graph_};
};

template <class View> ReferenceCost change_one(std::uint64_t references, std::uint64_t count, View&& declare) {
  World world(references);
  const auto view = declare(world.live());
  world.start();
  ReferenceCost cost = world.change_some(count);
  const auto* const sum = view.get("grand");
  if (sum == nullptr) throw std::runtime_error("void: the view has no row");
  cost.checksum = static_cast<std::int64_t>(*sum);
  return cost;
}

}  // namespace

ReferenceCost change_one_joined(std::uint64_t references, std::uint64_t count) {
  return change_one(references, count, [](LiveStore& live) {
    return live.collection<Tour>()
        .flat_map(stops_of)
        .join(live.collection<Place>(), by(&Stop::place), visit)
        .key_by(&Visit::tour)
        .reduce(sum<&Visit::people>());
  });
}

ReferenceCost change_one_read(std::uint64_t references, std::uint64_t count) {
  return change_one(references, count,
                    [](LiveStore& live) { return live.collection<Tour>().map(people_of, live.collection<Place>()); });
}

ReferenceCost change_one_by_hand(std::uint64_t references, std::uint64_t count) {
  std::unordered_map<std::string, Place> places;
  std::unordered_map<std::string, std::vector<std::string>> tours_by_place;
  std::unordered_map<std::string, std::int64_t> sums;
  for (std::uint64_t i = 0; i < references; ++i) {
    const std::string id = std::to_string(i);
    places[id] = Place{.id = id, .name = "Place number " + id, .country = "Canada"};
    tours_by_place[id] = {"grand"};
  }
  std::vector<double> times;
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto [number, people] = change(i, references);
    Place changed = places[std::to_string(number)];
    changed.people = people;
    const auto begun = Steady::now();
    Place& place = places[changed.id];
    for (const std::string& tour : tours_by_place[changed.id]) sums[tour] += changed.people - place.people;
    place = std::move(changed);
    times.push_back(std::chrono::duration<double>(Steady::now() - begun).count());
  }
  return {.seconds = median(times), .calls = 1, .changes = 2, .checksum = sums["grand"]};
}

}  // namespace freshet::bench
