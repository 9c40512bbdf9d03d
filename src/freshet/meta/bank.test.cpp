// SPDX-License-Identifier: MIT
#include "freshet/graph/testing/bank.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/graph/graph.hpp"
#include "freshet/meta/verbs.hpp"

// The internal-consistency test: after every version each view shows what a batch over the transfers accepted so far
// would. See graph/testing/bank.hpp for where it is from.
namespace freshet::testing {
namespace {

using namespace std::chrono_literals;

using Sums = Collection<Account, std::int64_t>;

// [bank]
struct BankViews {
  explicit BankViews(const Collection<std::int64_t, Transfer>& transfers)
      : accepted(transfers.on_time(&Transfer::at, {.delay = 5s})),
        outer_join(accepted.left_join(accepted,
                                      [](const Transfer& left, const Transfer* right) {
                                        return std::pair(left.id, right != nullptr ? right->id : -1);
                                      })),
        credits(accepted.key_by(&Transfer::to).reduce(sum<&Transfer::amount>())),
        debits(accepted.key_by(&Transfer::from).reduce(sum<&Transfer::amount>())),
        balance(credits.join(debits, [](std::int64_t credit, std::int64_t debit) { return credit - debit; })),
        total(balance.key_by([](std::int64_t) { return 0; }).reduce(sum())) {}

  Timely<std::int64_t, Transfer> accepted;
  Collection<std::int64_t, std::pair<std::int64_t, std::int64_t>> outer_join;
  Sums credits, debits, balance;
  Collection<int, std::int64_t> total;
};
// [/bank]

/// Runs transfers through the views, and counts what they show or tell that is wrong.
class BankRun {
 public:
  BankRun(std::int64_t count, Account accounts, std::uint64_t seed, bool check_invariants = false)
      : graph_({.check_invariants = check_invariants}), transfers_(make_transfers(count, accounts, seed)) {
    listen(views_.credits, told_credits_);
    listen(views_.debits, told_debits_);
    listen(views_.balance, told_balance_);
    subscriptions_.push_back(views_.outer_join.subscribe([this](const auto& changes) {
      changes.for_each_row([&](std::int64_t id, const auto*, const auto* after) {
        if (after == nullptr || after->second != id) ++wrong_;
      });
    }));
  }

  void run(std::size_t batch) {
    std::size_t versions = 0;
    const std::size_t full_check_every = std::max<std::size_t>(1, transfers_.size() / batch / 25);
    for (std::size_t begin = 0; begin < transfers_.size(); begin += batch) {
      const auto some = std::span(transfers_).subspan(begin, std::min(batch, transfers_.size() - begin));
      Transaction transaction;
      for (const Transfer& transfer : some) transaction.set(input_, transfer.id, transfer);
      ASSERT_TRUE(graph_.commit(transaction));
      bank_.apply(some);
      check(some);
      if (++versions % full_check_every == 0) check_all();
      ASSERT_EQ(wrong_, 0U) << "after version " << graph_.version();
    }
    check_all();
    EXPECT_EQ(wrong_, 0U);
    EXPECT_EQ(graph_.version(), versions);
    EXPECT_GT(bank_.late(), transfers_.size() / 100) << "the test needs late transfers";
  }

 private:
  using Told = std::map<Account, std::int64_t>;

  void listen(const Sums& view, Told& told) {
    subscriptions_.push_back(view.subscribe([&told](const auto& changes) {
      for (const auto change : changes) {
        change.values().empty() ? void(told.erase(change.key())) : void(told[change.key()] = change.values().front());
      }
    }));
  }

  void expect(bool right) { wrong_ += static_cast<std::size_t>(!right); }
  static std::optional<std::int64_t> shown(const Sums& view, Account account) {
    const std::int64_t* value = view.get(account);
    return value != nullptr ? std::optional(*value) : std::nullopt;
  }
  template <class Map> static std::optional<std::int64_t> found(const Map& map, Account account) {
    const auto at = map.find(account);
    return at != map.end() ? std::optional(at->second) : std::nullopt;
  }

  /// What the transaction touched, and how much there is of everything.
  void check(std::span<const Transfer> transfers) {
    for (const Transfer& transfer : transfers) {
      for (const Account account : {transfer.from, transfer.to}) check_account(account);
      const bool in_join = views_.outer_join.get(transfer.id) != nullptr;
      expect((views_.accepted.get(transfer.id) != nullptr) == in_join);
      if (in_join) expect(*views_.outer_join.get(transfer.id) == std::pair(transfer.id, transfer.id));
    }
    expect(views_.accepted.size() == bank_.accepted().size());
    expect(views_.accepted.late_count() == bank_.late());
    expect(views_.outer_join.size() == bank_.accepted().size());
    expect(views_.credits.size() == bank_.credits().size() && told_credits_.size() == bank_.credits().size());
    expect(views_.debits.size() == bank_.debits().size() && told_debits_.size() == bank_.debits().size());
    expect(views_.balance.size() == bank_.balance_count() && told_balance_.size() == bank_.balance_count());
    const std::int64_t* total = views_.total.get(0);
    expect(total != nullptr ? bank_.total() == *total : !bank_.total());
  }
  void check_account(Account account) {
    const auto credit = found(bank_.credits(), account);
    const auto debit = found(bank_.debits(), account);
    const auto balance = bank_.balance(account);
    expect(shown(views_.credits, account) == credit && found(told_credits_, account) == credit);
    expect(shown(views_.debits, account) == debit && found(told_debits_, account) == debit);
    expect(shown(views_.balance, account) == balance && found(told_balance_, account) == balance);
  }
  void check_all() {
    ASSERT_TRUE(bank_.is_what_recomputing_gives());
    for (const auto& [account, sum] : bank_.credits()) check_account(account);
    for (const auto& [account, sum] : bank_.debits()) check_account(account);
    for (const Transfer& transfer : bank_.accepted()) {
      const Transfer* shown = views_.accepted.get(transfer.id);
      expect(shown != nullptr && *shown == transfer);
    }
  }

  Graph graph_;
  Input<std::int64_t, Transfer> input_ = graph_.input<std::int64_t, Transfer>("transfers");
  BankViews views_{input_};
  const std::vector<Transfer> transfers_;
  Bank bank_{5s};
  Told told_credits_, told_debits_, told_balance_;
  std::size_t wrong_ = 0;
  std::vector<Subscription> subscriptions_;
};

TEST(Bank, keeps_the_invariants_of_its_nodes) { BankRun(1500, 10, 5, true).run(1); }

TEST(Bank, shows_no_wrong_output_with_ten_accounts_and_each_transfer_a_version) { BankRun(60'000, 10, 1).run(1); }

TEST(Bank, shows_no_wrong_output_with_many_accounts_and_each_transfer_a_version) { BankRun(40'000, 100'000, 2).run(1); }

TEST(Bank, shows_no_wrong_output_with_ten_accounts_and_many_transfers_a_version) { BankRun(50'000, 10, 3).run(1000); }

TEST(Bank, shows_no_wrong_output_with_many_accounts_and_many_transfers_a_version) {
  BankRun(50'000, 100'000, 4).run(1000);
}

}  // namespace
}  // namespace freshet::testing
