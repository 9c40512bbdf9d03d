// SPDX-License-Identifier: MIT
// Workload 5: the join of workload 3, then sum, count, least and greatest amount of each region, and the twenty regions
// with the largest sums. Of ten transactions nine swap an order and one moves a customer.
#include <algorithm>
#include <map>

#include "engine/bench.hpp"
#include "engine/floor/order_book.hpp"
#include "engine/floor/sorted_bag.hpp"
#include "engine/workloads/orders.hpp"
#include "freshet/base/assert.hpp"
#include "freshet/graph/graph.hpp"
#include "freshet/meta/verbs.hpp"

namespace freshet::bench {

namespace {

constexpr std::size_t kTop = 20;
enum Outputs : std::uint64_t { kSum = 1, kCount, kLeast, kGreatest, kLargest };

class AggregateModel : public OrderTables {
 public:
  std::uint64_t state() const {
    std::map<std::uint64_t, std::vector<std::uint64_t>> amounts;
    for_each_joined(
        [&](std::uint64_t, std::uint64_t region, std::uint64_t amount) { amounts[region].push_back(amount); });
    std::uint64_t state = 0;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> ranked;  // (2^64 - sum, region): the largest first
    for (const auto& [region, values] : amounts) {
      std::uint64_t sum = 0;
      for (const std::uint64_t value : values) sum += value;
      state += row_hash(tagged(kSum, region), sum) + row_hash(tagged(kCount, region), values.size());
      state += row_hash(tagged(kLeast, region), *std::min_element(values.begin(), values.end()));
      state += row_hash(tagged(kGreatest, region), *std::max_element(values.begin(), values.end()));
      ranked.emplace_back(~sum, region);
    }
    std::sort(ranked.begin(), ranked.end());
    for (std::size_t i = 0; i < std::min(kTop, ranked.size()); ++i)
      state += row_hash(tagged(kLargest, ranked[i].second), ~ranked[i].first);
    return state;
  }
};

/// The regions by their sums, and what the first twenty of them were when last told.
class Ranking {
 public:
  void set(std::uint32_t region, std::uint64_t sum, bool is_there) {
    if (region >= places_.size()) places_.resize(region + 1);
    Place& place = places_[region];
    if (!is_there) {
      if (place.is_ranked) remove(place.position);
      return;
    }
    if (!place.is_ranked) {
      place = {.sum = sum, .position = order_.size(), .is_ranked = true};
      order_.push_back(region);
    }
    place.sum = sum;
    while (place.position > 0 && before(region, order_[place.position - 1])) move_back(place.position - 1);
    while (place.position + 1 < order_.size() && before(order_[place.position + 1], region)) move_back(place.position);
  }
  void tell(Output& output) {
    now_.clear();
    for (std::size_t i = 0; i < std::min(kTop, order_.size()); ++i) now_.push_back({order_[i], places_[order_[i]].sum});
    if (now_ == told_) return;
    for (const Row& row : told_)
      if (!is_among(now_, row)) output.vanished(tagged(kLargest, row.region), row.sum);
    for (const Row& row : now_)
      if (!is_among(told_, row)) output.appeared(tagged(kLargest, row.region), row.sum);
    told_.swap(now_);
  }

 private:
  struct Place {
    std::uint64_t sum{};
    std::size_t position{};
    bool is_ranked = false;
  };
  struct Row {
    std::uint32_t region{};
    std::uint64_t sum{};
    bool operator==(const Row&) const = default;
  };

  static bool is_among(const std::vector<Row>& rows, const Row& row) {
    return std::find(rows.begin(), rows.end(), row) != rows.end();
  }
  bool before(std::uint32_t a, std::uint32_t b) const {
    return places_[a].sum != places_[b].sum ? places_[a].sum > places_[b].sum : a < b;
  }
  /// Exchanges the regions at `position` and behind it.
  void move_back(std::size_t position) {
    std::swap(order_[position], order_[position + 1]);
    places_[order_[position]].position = position;
    places_[order_[position + 1]].position = position + 1;
  }
  void remove(std::size_t position) {
    for (; position + 1 < order_.size(); ++position) move_back(position);
    places_[order_.back()].is_ranked = false;
    order_.pop_back();
  }

  std::vector<Place> places_;
  std::vector<std::uint32_t> order_;
  std::vector<Row> told_;
  std::vector<Row> now_;
};

/// Keeps the tables of OrderBook, the amounts of each region in order, the four figures of each, and the ranking.
class AggregateLoop {
 public:
  explicit AggregateLoop(Fold& fold) : output_(fold) {}

  void load(std::span<const OrderRow> rows) {
    book_.load(rows);
    end_of_flush();
  }
  void flush(std::span<const OrderChange> changes) {
    book_.flush(changes);
    end_of_flush();
  }

  void appeared(std::uint32_t, std::uint32_t region, std::uint32_t amount) {
    Region& at = touch(region);
    at.amounts.insert(amount);
    at.now.sum += amount;
    ++at.now.count;
  }
  void vanished(std::uint32_t, std::uint32_t region, std::uint32_t amount) {
    Region& at = touch(region);
    at.amounts.erase(amount);
    at.now.sum -= amount;
    --at.now.count;
  }
  void moved(std::uint32_t id, std::uint32_t before, std::uint32_t after, std::uint32_t amount) {
    vanished(id, before, amount);
    appeared(id, after, amount);
  }

 private:
  struct Figures {
    std::uint64_t sum{};
    std::uint64_t count{};
    std::uint64_t least{};
    std::uint64_t greatest{};
  };
  struct Region {
    Figures now;
    Figures told;
    SortedBag<std::uint32_t> amounts;
    bool touched = false;
  };

  Region& touch(std::uint32_t region) {
    if (region >= regions_.size()) regions_.resize(region + 1);
    Region& at = regions_[region];
    if (!at.touched) touched_.push_back(region);
    at.touched = true;
    return at;
  }
  void end_of_flush() {
    for (const std::uint32_t region : touched_) {
      Region& at = regions_[region];
      at.touched = false;
      if (at.now.count > 0) {
        at.now.least = at.amounts.smallest();
        at.now.greatest = at.amounts.largest();
      }
      tell(region, at);
      ranking_.set(region, at.now.sum, at.now.count > 0);
      at.told = at.now;
    }
    touched_.clear();
    ranking_.tell(output_);
    output_.end_of_flush();
  }
  void tell(std::uint32_t region, const Region& at) {
    const auto one = [&](std::uint64_t output, std::uint64_t before, std::uint64_t after) {
      const std::uint64_t key = tagged(output, region);
      if (at.told.count == 0) {
        if (at.now.count > 0) output_.appeared(key, after);
      } else if (at.now.count == 0) {
        output_.vanished(key, before);
      } else if (before != after) {
        output_.changed(key, before, after);
      }
    };
    one(kSum, at.told.sum, at.now.sum);
    one(kCount, at.told.count, at.now.count);
    one(kLeast, at.told.least, at.now.least);
    one(kGreatest, at.told.greatest, at.now.greatest);
  }

  Output output_;
  OrderBook<AggregateLoop> book_{*this};
  std::vector<Region> regions_;
  std::vector<std::uint32_t> touched_;
  Ranking ranking_;
};

struct RegionSum {
  std::uint32_t region{};
  std::uint64_t sum{};
  bool operator==(const RegionSum&) const = default;
};

class FreshetAggregate {
 public:
  explicit FreshetAggregate(Fold& fold) {
    subscribe(fold, sums_, kSum);
    subscribe(fold, by_region_.reduce(count()), kCount);
    subscribe(fold, by_region_.reduce(min<&Placed::amount>()), kLeast);
    subscribe(fold, by_region_.reduce(max<&Placed::amount>()), kGreatest);
    const auto largest = sums_.map(with_region).key_by(everything).top(kTop, rank);
    subscriptions_.push_back(largest.subscribe([&fold](const auto& changes) {
      fold_changes(fold, changes,
                   [](bool, const RegionSum& at) { return row_hash(tagged(kLargest, at.region), at.sum); });
    }));
  }

  void load(std::span<const OrderRow> rows) { write(rows); }
  void flush(std::span<const OrderChange> changes) { write(changes); }

 private:
  static std::uint32_t region_of(const Placed& placed) { return placed.region; }
  static RegionSum with_region(const std::uint32_t& region, const std::uint64_t& sum) { return {region, sum}; }
  static bool everything(const RegionSum&) { return true; }
  /// By the sum; of equal sums the region with the smaller number first.
  static std::uint64_t rank(const RegionSum& at) { return (at.sum << 24U) - at.region; }

  template <class View> void subscribe(Fold& fold, const View& view, std::uint64_t output) {
    subscriptions_.push_back(view.subscribe([&fold, output](const auto& changes) {
      fold_changes(fold, changes, [output](std::uint32_t region, const auto& figure) {
        return row_hash(tagged(output, region), static_cast<std::uint64_t>(figure));
      });
    }));
  }
  template <class Rows> void write(Rows rows) {
    add_writes(transaction_, orders_, customers_, rows);
    FRESHET_ASSERT(graph_.commit(transaction_).has_value());
  }

  Graph graph_;
  Input<std::uint32_t, Customer> customers_ = graph_.input<std::uint32_t, Customer>("customers");
  Input<std::uint32_t, Order> orders_ = graph_.input<std::uint32_t, Order>("orders");
  Collection<std::uint32_t, Placed> by_region_ =
      orders_.join(customers_, by(&Order::customer), place).key_by(region_of);
  Collection<std::uint32_t, std::uint64_t> sums_ = by_region_.reduce(sum<&Placed::amount>());
  Transaction transaction_;
  std::vector<Subscription> subscriptions_;
};

OrderScript make_script(const Size& size) {
  constexpr std::uint64_t kOrderTenths = 9;
  OrderScripts scripts("aggregate", size, {});
  for (const std::size_t batch : size.batches)
    scripts.add_phase("join + aggregates", batch, size.transactions_at(batch), kOrderTenths);
  OrderScript script = scripts.take();
  script.check_against(AggregateModel());
  return script;
}

}  // namespace

void run_aggregate(Bench& bench) {
  for (const Size& size : bench.sizes())
    bench.run(make_script(size),
              {{kFloor, run<AggregateLoop, OrderScript>}, {kFreshet, run<FreshetAggregate, OrderScript>}});
}

}  // namespace freshet::bench
