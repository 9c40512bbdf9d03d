// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "engine/floor/table.hpp"
#include "engine/workloads/orders.hpp"

namespace freshet::bench {

/// The join of orders and customers by hand. `Emit` is told of each row of it that changes: appeared(id, region,
/// amount), moved(id, region before, region after, amount), vanished(id, region, amount).
///
/// Keeps customers, orders by their id, and the joined rows; these stand with their customer, each customer's in one
/// piece, so that a change of the customer runs over them without a look-up. Takes customers before their orders.
template <class Emit> class OrderBook {
 public:
  explicit OrderBook(Emit& emit) : emit_(emit) {}

  void load(std::span<const OrderRow> rows) {
    for (const OrderRow& row : rows) {
      const auto id = static_cast<std::uint32_t>(row.id);
      const auto other = static_cast<std::uint32_t>(row.region_or_customer);
      row.is_order != 0 ? add(id, other, static_cast<std::uint32_t>(row.amount)) : move(id, other);
    }
  }
  void flush(std::span<const OrderChange> changes) {
    apply_prefetched(
        changes, [this](const OrderChange& change) { apply(change); },
        [this](const OrderChange& change) {
          if (change.is_order == 0) return customers_.prefetch(static_cast<std::uint32_t>(change.id));
          customers_.prefetch(static_cast<std::uint32_t>(change.region_or_customer));
          orders_.prefetch(static_cast<std::uint32_t>(change.id));
          orders_.prefetch(static_cast<std::uint32_t>(change.gone));
        },
        [this](const OrderChange& change) {
          prefetch_joined(static_cast<std::uint32_t>(change.is_order == 0 ? change.id : change.region_or_customer));
          if (const Place* place = place_of_gone(change)) customers_.prefetch(place->customer);
        },
        [this](const OrderChange& change) {
          const Place* place = place_of_gone(change);
          if (place == nullptr) return;
          prefetch_joined(place->customer);
          __builtin_prefetch(customers_.find(place->customer)->joined.data() + place->position, 1);
        },
        [this](const OrderChange& change) {
          // The last one takes the place of the one that goes.
          const Place* place = place_of_gone(change);
          if (place != nullptr) orders_.prefetch(customers_.find(place->customer)->joined.back().id);
        });
  }

 private:
  struct Joined {
    std::uint32_t id{};
    std::uint32_t amount{};
    std::uint32_t region{};
  };
  struct Owner {
    std::uint32_t region{};
    std::vector<Joined> joined;
  };
  struct Place {
    std::uint32_t customer{};
    std::uint32_t position{};
  };

  void apply(const OrderChange& change) {
    const auto id = static_cast<std::uint32_t>(change.id);
    const auto other = static_cast<std::uint32_t>(change.region_or_customer);
    if (change.is_order == 0) return move(id, other);
    add(id, other, static_cast<std::uint32_t>(change.amount));
    remove(static_cast<std::uint32_t>(change.gone));
  }
  const Place* place_of_gone(const OrderChange& change) {
    return change.is_order == 0 ? nullptr : orders_.find(static_cast<std::uint32_t>(change.gone));
  }
  void prefetch_joined(std::uint32_t customer) {
    const Owner* owner = customers_.find(customer);
    if (owner != nullptr && !owner->joined.empty()) __builtin_prefetch(&owner->joined.back(), 1);
  }
  void add(std::uint32_t id, std::uint32_t customer, std::uint32_t amount) {
    Owner& owner = *customers_.find(customer);
    *orders_.insert(id).first = {customer, static_cast<std::uint32_t>(owner.joined.size())};
    owner.joined.push_back({id, amount, owner.region});
    emit_.appeared(id, owner.region, amount);
  }
  void remove(std::uint32_t id) {
    const Place place = *orders_.find(id);
    orders_.erase(id);
    auto& joined = customers_.find(place.customer)->joined;
    const Joined gone = std::exchange(joined[place.position], joined.back());
    if (place.position + 1 < joined.size()) orders_.find(joined[place.position].id)->position = place.position;
    joined.pop_back();
    emit_.vanished(id, gone.region, gone.amount);
  }
  void move(std::uint32_t customer, std::uint32_t region) {
    Owner& owner = *customers_.insert(customer).first;
    if (owner.region == region) return;
    owner.region = region;
    for (Joined& joined : owner.joined)
      emit_.moved(joined.id, std::exchange(joined.region, region), region, joined.amount);
  }

  Table<std::uint32_t, Owner> customers_;
  Table<std::uint32_t, Place> orders_;
  Emit& emit_;
};

}  // namespace freshet::bench
