// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/bench.hpp"

namespace freshet::bench {

/// The load: customers (id, region), then orders (id, customer, amount).
struct OrderRow {
  std::uint64_t is_order;
  std::uint64_t id;
  std::uint64_t region_or_customer;
  std::uint64_t amount;
};

/// A new order comes and the oldest one goes, or a customer moves to another region.
struct OrderChange {
  std::uint64_t is_order;
  std::uint64_t id;
  std::uint64_t region_or_customer;
  std::uint64_t amount;
  std::uint64_t gone;
};

using OrderScript = Script<OrderRow, OrderChange>;

/// Makes scripts of orders: ten for each customer, all over the key space.
class OrderScripts {
 public:
  struct Options {
    /// Of ten orders, how many belong to customer 0.
    std::uint64_t hot_tenths = 0;
  };

  OrderScripts(const std::string& name, const Size& size, Options options);

  /// Adds a phase; of ten transactions `order_tenths` are about orders, the rest about customers.
  void add_phase(const std::string& workload, std::size_t batch, std::size_t transactions, std::uint64_t order_tenths);
  /// A phase in which customer 0 moves each time.
  void add_hot_phase(const std::string& workload, std::size_t transactions);

  OrderScript take() { return std::move(script_); }

 private:
  std::uint64_t some_customer();
  std::uint64_t other_region(std::uint64_t customer);

  OrderScript script_;
  Options options_;
  SplitMix64 random_;
  std::uint64_t regions_;
  std::vector<std::uint64_t> region_of_;
  std::uint64_t oldest_ = 0;
  std::uint64_t next_ = 0;
};

/// The tables of the script as they are after a prefix of it.
class OrderTables {
 public:
  struct Order {
    std::uint64_t customer{};
    std::uint64_t amount{};
    bool is_there = false;
  };

  void apply(const OrderRow& row) {
    row.is_order != 0 ? put(row.id, row.region_or_customer, row.amount) : move(row.id, row.region_or_customer);
  }
  void apply(const OrderChange& change) {
    if (change.is_order == 0) return move(change.id, change.region_or_customer);
    put(change.id, change.region_or_customer, change.amount);
    orders_[change.gone].is_there = false;
  }
  /// Calls `visit(id, region, amount)` for each order.
  template <class Visit> void for_each_joined(Visit visit) const {
    for (std::size_t id = 0; id < orders_.size(); ++id)
      if (orders_[id].is_there) visit(id, region_of_[orders_[id].customer], orders_[id].amount);
  }

 private:
  void put(std::uint64_t id, std::uint64_t customer, std::uint64_t amount) {
    if (id >= orders_.size()) orders_.resize(id + 1);
    orders_[id] = {customer, amount, true};
  }
  void move(std::uint64_t customer, std::uint64_t region) {
    if (customer >= region_of_.size()) region_of_.resize(customer + 1);
    region_of_[customer] = region;
  }

  std::vector<Order> orders_;
  std::vector<std::uint64_t> region_of_;
};

// The rows as Freshet has them.
struct Customer {
  std::uint32_t region{};
  bool operator==(const Customer&) const = default;
};
struct Order {
  std::uint32_t customer{};
  std::uint32_t amount{};
  bool operator==(const Order&) const = default;
};
struct Placed {
  std::uint32_t region{};
  std::uint32_t amount{};
  bool operator==(const Placed&) const = default;
};

/// Adds the writes that `rows` (OrderRow or OrderChange) stand for to a transaction of Freshet.
template <class Transaction, class Orders, class Customers, class Rows>
void add_writes(Transaction& transaction, const Orders& orders, const Customers& customers, const Rows& rows) {
  for (const auto& row : rows) {
    const auto id = static_cast<std::uint32_t>(row.id);
    const auto other = static_cast<std::uint32_t>(row.region_or_customer);
    if (row.is_order == 0) {
      transaction.set(customers, id, {other});
      continue;
    }
    transaction.set(orders, id, {other, static_cast<std::uint32_t>(row.amount)});
    if constexpr (requires { row.gone; }) transaction.erase(orders, static_cast<std::uint32_t>(row.gone));
  }
}

inline Placed place(const Order& order, const Customer& customer) { return {customer.region, order.amount}; }

}  // namespace freshet::bench
