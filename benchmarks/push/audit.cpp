// SPDX-License-Identifier: MIT
#include "push/audit.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "report.hpp"

namespace freshet::bench {

namespace {

constexpr std::string_view kNumberField = "\"number\":";

/// The number of the write that `data` carries, 0 for none (the empty state).
std::uint64_t number_in(std::string_view data) {
  const auto at = data.find(kNumberField);
  if (at == std::string_view::npos) return 0;
  std::uint64_t number = 0;
  std::from_chars(data.data() + at + kNumberField.size(), data.data() + data.size(), number);
  return number;
}

}  // namespace

void Audit::written(std::uint64_t number, std::int64_t due_ns, std::string body) {
  writes_.resize(number);
  writes_.back() = {.due_ns = due_ns, .body = std::move(body), .latencies_us_tenths = {}};
  writes_.back().latencies_us_tenths.reserve(subscriber_count_);
}

void Audit::delivered(Subscriber& subscriber, std::string_view type, std::string_view data, std::int64_t now_ns) {
  const std::uint64_t number = number_in(data);
  if (!subscriber.is_ready && type == "init") {
    subscriber.is_ready = true;
    subscriber.next_number = number + 1;
    return;
  }
  const bool is_expected = type == "update" && number == subscriber.next_number && number <= writes_.size();
  subscriber.next_number = number + 1;
  if (!is_expected || writes_[number - 1].body != data) {
    ++faults_;
    return;
  }
  Write& write = writes_[number - 1];
  write.latencies_us_tenths.push_back(static_cast<std::int32_t>((now_ns - write.due_ns) / 100));
  ++delivered_;
  while (complete_ < writes_.size() && writes_[complete_].latencies_us_tenths.size() == subscriber_count_)
    writes_[complete_++].body = std::string();
}

Deliveries Audit::deliveries_of(std::uint64_t after, std::uint64_t up_to) const {
  std::vector<double> all, firsts, lasts;
  for (std::uint64_t i = after; i < up_to; ++i) {
    const auto& latencies = writes_[i].latencies_us_tenths;
    if (latencies.empty()) continue;
    for (const std::int32_t latency : latencies) all.push_back(latency / 10.0);
    firsts.push_back(*std::min_element(latencies.begin(), latencies.end()) / 10.0);
    lasts.push_back(*std::max_element(latencies.begin(), latencies.end()) / 10.0);
  }
  if (all.empty()) return {};
  return {.count = all.size(),
          .p50_us = percentile(all, 0.50),
          .p99_us = percentile(all, 0.99),
          .p999_us = percentile(all, 0.999),
          .first_us = median(firsts),
          .last_us = median(lasts)};
}

std::int64_t monotonic_ns() {
  // GCC's steady clock is CLOCK_MONOTONIC, the same for every process of the machine.
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace freshet::bench
