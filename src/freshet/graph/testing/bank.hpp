// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <numeric>
#include <optional>
#include <random>
#include <span>
#include <utility>
#include <vector>

#include "freshet/base/clock.hpp"

/// The input of the internal-consistency test (Jamie Brandon, "Internal consistency in streaming systems"), and what
/// its views should show, in plain code. Not installed.
namespace freshet::testing {

using Account = std::int32_t;

struct Transfer {
  std::int64_t id{};
  Account from{}, to{};
  std::int64_t amount{};
  Timestamp at{};
  bool operator==(const Transfer&) const = default;
};

/// `count` transfers of one minute between `accounts` accounts, in the order of their arrival: each up to ten seconds
/// after its time.
inline std::vector<Transfer> make_transfers(std::int64_t count, Account accounts, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::uniform_int_distribution<Account> account(0, accounts - 1);
  std::uniform_int_distribution<std::int64_t> delay_us(0, 10'000'000);
  std::vector<std::pair<Timestamp, Transfer>> arriving;
  for (std::int64_t id = 0; id < count; ++id) {
    // Named, because the order of evaluation would choose the numbers otherwise.
    const Account from = account(random);
    const Account to = account(random);
    const Timestamp at{std::chrono::microseconds(60'000'000 * id / count)};
    arriving.push_back({at + std::chrono::microseconds(delay_us(random)), {id, from, to, 1, at}});
  }
  std::stable_sort(arriving.begin(), arriving.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<Transfer> transfers;
  transfers.reserve(arriving.size());
  for (const auto& [arrival, transfer] : arriving) transfers.push_back(transfer);
  return transfers;
}

/// The batch answer over the accepted transfers so far.
class Bank {
 public:
  using Sums = std::map<Account, std::int64_t>;

  explicit Bank(std::chrono::microseconds delay) : delay_(delay) {}

  /// Takes the transfers of one transaction: each is judged by the watermark before it.
  void apply(std::span<const Transfer> transfers) {
    const Timestamp watermark = watermark_;
    for (const Transfer& transfer : transfers) {
      if (transfer.at < watermark) {
        ++late_;
        continue;
      }
      watermark_ = std::max(watermark_, transfer.at - delay_);
      accepted_.push_back(transfer);
      add(credits_, transfer.to, transfer.amount);
      add(debits_, transfer.from, transfer.amount);
    }
  }

  const std::vector<Transfer>& accepted() const { return accepted_; }
  std::size_t late() const { return late_; }
  const Sums& credits() const { return credits_; }
  const Sums& debits() const { return debits_; }
  std::size_t balance_count() const { return balance_count_; }
  std::optional<std::int64_t> balance(Account account) const {
    const auto credit = credits_.find(account);
    const auto debit = debits_.find(account);
    if (credit == credits_.end() || debit == debits_.end()) return std::nullopt;
    return credit->second - debit->second;
  }
  std::optional<std::int64_t> total() const { return balance_count_ == 0 ? std::nullopt : std::optional(total_); }

  /// Whether what was kept up to date above is what recomputing gives.
  bool is_what_recomputing_gives() const {
    Sums credits, debits;
    for (const Transfer& transfer : accepted_) {
      credits[transfer.to] += transfer.amount;
      debits[transfer.from] += transfer.amount;
    }
    std::int64_t total = 0;
    std::size_t count = 0;
    for (const auto& [account, credit] : credits) {
      const auto debit = debits.find(account);
      if (debit == debits.end()) continue;
      total += credit - debit->second;
      ++count;
    }
    return credits == credits_ && debits == debits_ && count == balance_count_ && total == total_;
  }

 private:
  void add(Sums& sums, Account account, std::int64_t amount) {
    const std::optional<std::int64_t> before = balance(account);
    sums[account] += amount;
    const std::optional<std::int64_t> after = balance(account);
    balance_count_ += static_cast<std::size_t>(after.has_value() && !before.has_value());
    total_ += after.value_or(0) - before.value_or(0);
  }

  const std::chrono::microseconds delay_;
  Timestamp watermark_ = Timestamp::min();
  std::vector<Transfer> accepted_;
  std::size_t late_ = 0;
  Sums credits_, debits_;
  std::size_t balance_count_ = 0;
  std::int64_t total_ = 0;
};

}  // namespace freshet::testing
