// SPDX-License-Identifier: MIT
// Workloads 3 and 4: orders joined with their customers. Orders come and go; customers move, one of them with a tenth
// of all orders.
#include "engine/bench.hpp"
#include "engine/floor/order_book.hpp"
#include "engine/workloads/orders.hpp"
#include "freshet/base/assert.hpp"
#include "freshet/graph/graph.hpp"
#include "freshet/meta/verbs.hpp"

namespace freshet::bench {

namespace {

class JoinModel : public OrderTables {
 public:
  std::uint64_t state() const {
    std::uint64_t state = 0;
    for_each_joined([&](std::uint64_t id, std::uint64_t region, std::uint64_t amount) {
      state += row_hash(id, packed(region, amount));
    });
    return state;
  }
};

class JoinLoop {
 public:
  explicit JoinLoop(Fold& fold) : output_(fold) {}

  void load(std::span<const OrderRow> rows) {
    book_.load(rows);
    output_.end_of_flush();
  }
  void flush(std::span<const OrderChange> changes) {
    book_.flush(changes);
    output_.end_of_flush();
  }

  void appeared(std::uint32_t id, std::uint32_t region, std::uint32_t amount) {
    output_.appeared(id, packed(region, amount));
  }
  void moved(std::uint32_t id, std::uint32_t before, std::uint32_t after, std::uint32_t amount) {
    output_.changed(id, packed(before, amount), packed(after, amount));
  }
  void vanished(std::uint32_t id, std::uint32_t region, std::uint32_t amount) {
    output_.vanished(id, packed(region, amount));
  }

 private:
  Output output_;
  OrderBook<JoinLoop> book_{*this};
};

class FreshetJoin {
 public:
  explicit FreshetJoin(Fold& fold) {
    subscription_ = placed_.subscribe([&fold](const Changes<std::uint32_t, Placed>& changes) {
      fold_changes(fold, changes, [](std::uint32_t id, const Placed& placed) {
        return row_hash(id, packed(placed.region, placed.amount));
      });
    });
  }

  void load(std::span<const OrderRow> rows) { write(rows); }
  void flush(std::span<const OrderChange> changes) { write(changes); }

 private:
  template <class Rows> void write(Rows rows) {
    add_writes(transaction_, orders_, customers_, rows);
    FRESHET_ASSERT(graph_.commit(transaction_).has_value());
  }

  Graph graph_;
  Input<std::uint32_t, Customer> customers_ = graph_.input<std::uint32_t, Customer>("customers");
  Input<std::uint32_t, Order> orders_ = graph_.input<std::uint32_t, Order>("orders");
  Collection<std::uint32_t, Placed> placed_ = orders_.join(customers_, by(&Order::customer), place);
  Transaction transaction_;
  Subscription subscription_;
};

OrderScript make_script(const Size& size) {
  constexpr std::size_t kFanOut = 10;
  OrderScripts scripts("join", size, {});
  for (const std::size_t batch : size.batches)
    scripts.add_phase("join, fact side", batch, size.transactions_at(batch), 10);
  for (const std::size_t batch : size.batches) {
    // Each of them moves ten orders.
    const std::size_t transactions = std::max(size.transactions_at(batch) / kFanOut, batch * 4);
    if (transactions * 2 <= size.rows) scripts.add_phase("join, dimension side", batch, transactions, 0);
  }
  OrderScript script = scripts.take();
  script.check_against(JoinModel());
  return script;
}

OrderScript make_hot_script(const Size& size) {
  constexpr std::size_t kMoves = 40;
  OrderScripts scripts("join, hot customer", size, {.hot_tenths = 1});
  scripts.add_hot_phase("join, hot customer", kMoves);
  OrderScript script = scripts.take();
  script.check_against(JoinModel());
  return script;
}

}  // namespace

void run_join(Bench& bench) {
  for (const Size& size : bench.sizes())
    for (const OrderScript& script : {make_script(size), make_hot_script(size)})
      bench.run(script, {{kFloor, run<JoinLoop, OrderScript>}, {kFreshet, run<FreshetJoin, OrderScript>}});
}

}  // namespace freshet::bench
