// SPDX-License-Identifier: MIT
#include "engine/workloads/orders.hpp"

#include <algorithm>

namespace freshet::bench {

namespace {

constexpr std::uint64_t kOrdersPerCustomer = 10;
constexpr std::uint64_t kRegionsMax = 1'000;
constexpr std::uint64_t kAmountMax = 1'000;

}  // namespace

OrderScripts::OrderScripts(const std::string& name, const Size& size, Options options)
    : script_{.name = name, .rows = size.rows, .parameters = {}, .load = {}, .phases = {}, .checkpoints = {}},
      options_(options),
      random_(4),
      regions_(std::clamp<std::uint64_t>(size.rows / 1'000, 30, kRegionsMax)),
      region_of_(size.rows / kOrdersPerCustomer) {
  for (std::uint64_t customer = 0; customer < region_of_.size(); ++customer) {
    region_of_[customer] = random_.below(regions_);
    script_.load.push_back({0, customer, region_of_[customer], 0});
  }
  for (; next_ < size.rows; ++next_) script_.load.push_back({1, next_, some_customer(), random_.below(kAmountMax)});
}

void OrderScripts::add_phase(const std::string& workload, std::size_t batch, std::size_t transactions,
                             std::uint64_t order_tenths) {
  auto& phase = script_.phases.emplace_back();
  phase.workload = workload;
  phase.batch = batch;
  phase.fans_out = order_tenths == 0;
  for (std::size_t i = 0; i < transactions; ++i) {
    if (random_.below(10) < order_tenths) {
      phase.transactions.push_back({1, next_++, some_customer(), random_.below(kAmountMax), oldest_++});
    } else {
      const std::uint64_t customer = random_.below(region_of_.size());
      phase.transactions.push_back({0, customer, other_region(customer), 0, 0});
    }
  }
}

void OrderScripts::add_hot_phase(const std::string& workload, std::size_t transactions) {
  auto& phase = script_.phases.emplace_back();
  phase.workload = workload;
  phase.fans_out = true;
  for (std::size_t i = 0; i < transactions; ++i) phase.transactions.push_back({0, 0, other_region(0), 0, 0});
}

std::uint64_t OrderScripts::some_customer() {
  if (options_.hot_tenths > 0 && random_.below(10) < options_.hot_tenths) return 0;
  return random_.below(region_of_.size());
}

std::uint64_t OrderScripts::other_region(std::uint64_t customer) {
  return region_of_[customer] = (region_of_[customer] + 1 + random_.below(regions_ - 1)) % regions_;
}

}  // namespace freshet::bench
