// SPDX-License-Identifier: MIT
// Workload 7: transfers between accounts that come out of order, and six views of those that were not late. A
// transaction is one transfer.
//
// Source: Jamie Brandon, "Internal consistency in streaming systems", 2021.
#include <algorithm>
#include <numeric>
#include <utility>

#include "engine/bench.hpp"
#include "engine/floor/table.hpp"
#include "freshet/base/assert.hpp"
#include "freshet/graph/graph.hpp"
#include "freshet/meta/verbs.hpp"

namespace freshet::bench {

namespace {

constexpr std::uint64_t kMinuteUs = 60'000'000;
constexpr std::uint64_t kDelayUsMax = 10'000'000;
constexpr std::uint64_t kWatermarkUs = 5'000'000;
enum Outputs : std::uint64_t { kAccepted = 1, kOuterJoin, kCredits, kDebits, kBalances, kTotal };

struct Arrival {
  std::uint64_t id;
  std::uint64_t from;
  std::uint64_t to;
  std::uint64_t at_us;
  /// Whether it is not late, for peers that have no watermark: those who have one find out.
  std::uint64_t accepted;
};
using BankScript = Script<Arrival, Arrival>;

std::uint64_t word(std::int64_t number) { return static_cast<std::uint64_t>(number); }

class BankModel {
 public:
  void apply(const Arrival& arrival) {
    if (arrival.accepted != 0) accepted_.push_back(arrival);
  }
  std::uint64_t state() const {
    struct Account {
      std::int64_t credits{};
      std::int64_t debits{};
    };
    std::vector<Account> accounts;
    std::uint64_t state = 0;
    for (const Arrival& transfer : accepted_) {
      accounts.resize(std::max<std::size_t>(accounts.size(), std::max(transfer.from, transfer.to) + 1));
      ++accounts[transfer.to].credits;
      ++accounts[transfer.from].debits;
      state += row_hash(tagged(kAccepted, transfer.id), 1) + row_hash(tagged(kOuterJoin, transfer.id), 1);
    }
    std::int64_t total = 0;
    bool is_there = false;
    for (std::size_t i = 0; i < accounts.size(); ++i) {
      const auto [credits, debits] = accounts[i];
      if (credits > 0) state += row_hash(tagged(kCredits, i), word(credits));
      if (debits > 0) state += row_hash(tagged(kDebits, i), word(debits));
      if (credits == 0 || debits == 0) continue;
      state += row_hash(tagged(kBalances, i), word(credits - debits));
      total += credits - debits;
      is_there = true;
    }
    return is_there ? state + row_hash(tagged(kTotal, 0), word(total)) : state;
  }

 private:
  std::vector<Arrival> accepted_;
};

/// Keeps the accepted transfers, each with its partner in the outer join, the three figures of each account, and the
/// total. Each transfer is told as a version of its own.
class BankLoop {
 public:
  explicit BankLoop(Fold& fold) : output_(fold) {}

  void load(std::span<const Arrival> arrivals) { flush(arrivals); }
  void flush(std::span<const Arrival> arrivals) {
    const std::uint64_t watermark = newest_us_ < kWatermarkUs ? 0 : newest_us_ - kWatermarkUs;
    apply_prefetched(
        arrivals,
        [&](const Arrival& arrival) {
          newest_us_ = std::max(newest_us_, arrival.at_us);
          if (arrival.at_us >= watermark) accept(arrival);
        },
        [this](const Arrival& arrival) {
          transfers_.prefetch(static_cast<std::uint32_t>(arrival.id));
          accounts_.prefetch(static_cast<std::uint32_t>(arrival.from));
          accounts_.prefetch(static_cast<std::uint32_t>(arrival.to));
        });
    output_.end_of_flush();
  }

 private:
  struct Transfer {
    std::uint32_t from{};
    std::uint32_t to{};
    std::uint64_t at_us{};
  };
  struct Joined {
    Transfer left;
    bool has_right = false;
  };
  struct Account {
    std::int64_t credits{};
    std::int64_t debits{};
    std::int64_t balance{};
    bool has_balance = false;
  };

  void accept(const Arrival& arrival) {
    const auto from = static_cast<std::uint32_t>(arrival.from);
    const auto to = static_cast<std::uint32_t>(arrival.to);
    const auto [joined, is_new] = transfers_.insert(static_cast<std::uint32_t>(arrival.id));
    if (!is_new) return;
    *joined = {{from, to, arrival.at_us}, true};
    output_.appeared(tagged(kAccepted, arrival.id), 1);
    output_.appeared(tagged(kOuterJoin, arrival.id), 1);
    count(kCredits, to, &Account::credits);
    count(kDebits, from, &Account::debits);
    const std::pair<std::int64_t, bool> before{total_, has_total_};
    balance(to);
    if (from != to) balance(from);
    if (!before.second) {
      if (has_total_) output_.appeared(tagged(kTotal, 0), word(total_));
    } else if (before.first != total_) {
      output_.changed(tagged(kTotal, 0), word(before.first), word(total_));
    }
  }
  void count(std::uint64_t output, std::uint32_t account, std::int64_t Account::*figure) {
    std::int64_t& sum = (*accounts_.insert(account).first).*figure;
    ++sum;
    sum == 1 ? output_.appeared(tagged(output, account), 1)
             : output_.changed(tagged(output, account), word(sum - 1), word(sum));
  }
  void balance(std::uint32_t key) {
    Account& account = *accounts_.find(key);
    if (account.credits == 0 || account.debits == 0) return;
    const std::int64_t before = std::exchange(account.balance, account.credits - account.debits);
    const bool was_there = std::exchange(account.has_balance, true);
    total_ += account.balance - before;
    has_total_ = true;
    if (!was_there) {
      output_.appeared(tagged(kBalances, key), word(account.balance));
    } else if (before != account.balance) {
      output_.changed(tagged(kBalances, key), word(before), word(account.balance));
    }
  }

  Table<std::uint32_t, Joined> transfers_;
  Table<std::uint32_t, Account> accounts_;
  std::int64_t total_ = 0;
  bool has_total_ = false;
  std::uint64_t newest_us_ = 0;
  Output output_;
};

struct Transfer {
  std::uint32_t from{};
  std::uint32_t to{};
  std::int64_t amount{};
  Timestamp at{};
  bool operator==(const Transfer&) const = default;
};

class FreshetBank {
 public:
  explicit FreshetBank(Fold& fold) {
    const auto accepted = transfers_.on_time(&Transfer::at, {.delay = std::chrono::microseconds(kWatermarkUs)});
    const auto credits = accepted.key_by(&Transfer::to).reduce(sum<&Transfer::amount>());
    const auto debits = accepted.key_by(&Transfer::from).reduce(sum<&Transfer::amount>());
    const auto balances = credits.join(debits, difference);
    subscribe(fold, accepted, [](std::uint32_t id, const Transfer&) { return row_hash(tagged(kAccepted, id), 1); });
    subscribe(fold, accepted.left_join(accepted, has_partner),
              [](std::uint32_t id, bool has) { return row_hash(tagged(kOuterJoin, id), has ? 1 : 0); });
    subscribe(fold, credits, hash_of_output<kCredits>);
    subscribe(fold, debits, hash_of_output<kDebits>);
    subscribe(fold, balances, hash_of_output<kBalances>);
    subscribe(fold, balances.key_by(everything).reduce(sum<>()), hash_of_output<kTotal>);
  }

  void load(std::span<const Arrival> arrivals) { flush(arrivals); }
  void flush(std::span<const Arrival> arrivals) {
    for (const Arrival& arrival : arrivals)
      transaction_.set(transfers_, static_cast<std::uint32_t>(arrival.id),
                       {static_cast<std::uint32_t>(arrival.from), static_cast<std::uint32_t>(arrival.to), 1,
                        Timestamp(std::chrono::microseconds(arrival.at_us))});
    FRESHET_ASSERT(graph_.commit(transaction_).has_value());
  }

 private:
  static bool has_partner(const Transfer&, const Transfer* right) { return right != nullptr; }
  static std::int64_t difference(const std::int64_t& credits, const std::int64_t& debits) { return credits - debits; }
  static std::uint32_t everything(const std::int64_t&) { return 0; }
  template <std::uint64_t Output> static std::uint64_t hash_of_output(std::uint32_t key, std::int64_t sum) {
    return row_hash(tagged(Output, key), word(sum));
  }
  template <class View, class Hash> void subscribe(Fold& fold, const View& view, Hash hash) {
    subscriptions_.push_back(view.subscribe([&fold, hash](const auto& changes) { fold_changes(fold, changes, hash); }));
  }

  Graph graph_;
  Input<std::uint32_t, Transfer> transfers_ = graph_.input<std::uint32_t, Transfer>("transfers");
  Transaction transaction_;
  std::vector<Subscription> subscriptions_;
};

/// Hands out transfers in the order of their arrival.
class Arrivals {
 public:
  Arrivals(std::uint64_t count, std::uint64_t accounts) : accounts_(accounts), arrives_us_(count), order_(count) {
    for (std::uint64_t id = 0; id < count; ++id) arrives_us_[id] = at_us(id) + random_.below(kDelayUsMax + 1);
    std::iota(order_.begin(), order_.end(), 0U);
    std::stable_sort(order_.begin(), order_.end(),
                     [this](std::uint32_t a, std::uint32_t b) { return arrives_us_[a] < arrives_us_[b]; });
  }
  /// The next transfers, which one flush takes: what is late goes by the watermark that the flushes before left.
  void add_flush(std::vector<Arrival>& arrivals, std::size_t count) {
    const std::uint64_t watermark = newest_us_ < kWatermarkUs ? 0 : newest_us_ - kWatermarkUs;
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t id = order_[next_++];
      newest_us_ = std::max(newest_us_, at_us(id));
      arrivals.push_back(
          {id, random_.below(accounts_), random_.below(accounts_), at_us(id), at_us(id) >= watermark ? 1U : 0U});
    }
  }

 private:
  std::uint64_t at_us(std::uint64_t id) const { return kMinuteUs * id / arrives_us_.size(); }

  std::uint64_t accounts_;
  SplitMix64 random_{7};
  std::vector<std::uint64_t> arrives_us_;
  std::vector<std::uint32_t> order_;
  std::size_t next_ = 0;
  std::uint64_t newest_us_ = 0;
};

BankScript make_script(const std::string& name, const Size& size, std::uint64_t accounts) {
  BankScript script{.name = name, .rows = size.rows, .parameters = {}, .load = {}, .phases = {}, .checkpoints = {}};
  const std::uint64_t loaded = size.rows;
  std::uint64_t count = loaded;
  for (const std::size_t batch : size.batches) count += size.transactions_at(batch);
  Arrivals arrivals(count, accounts);
  for (std::uint64_t i = 0; i < loaded; i += BankScript::kLoadBatch)
    arrivals.add_flush(script.load, std::min<std::uint64_t>(BankScript::kLoadBatch, loaded - i));
  for (const std::size_t batch : size.batches) {
    auto& phase = script.phases.emplace_back();
    phase.workload = name;
    phase.batch = batch;
    for (std::size_t i = 0; i < size.transactions_at(batch) / batch; ++i) arrivals.add_flush(phase.transactions, batch);
  }
  script.check_against(BankModel());
  return script;
}

}  // namespace

void run_bank(Bench& bench) {
  constexpr std::uint64_t kFew = 10;
  for (const Size& size : bench.sizes())
    for (const auto& [name, accounts] : {std::pair("bank", kFew), std::pair("bank, many accounts", size.rows / 10)})
      bench.run(make_script(name, size, accounts),
                {{kFloor, run<BankLoop, BankScript>}, {kFreshet, run<FreshetBank, BankScript>}});
}

}  // namespace freshet::bench
