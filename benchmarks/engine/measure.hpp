// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/allocations.hpp"
#include "engine/workload.hpp"
#include "report.hpp"

namespace freshet::bench {

/// What one run of one phase cost. The commits are timed together, but for the last quarter, which is timed one by one.
///
/// Times are CPU time of the one thread that works, so that a busy machine does not count for a slow contender; only
/// the times of single commits are by the clock on the wall, which is cheap enough to be read for each.
struct PhaseCost {
  double ns_per_change{};
  double allocations_per_change{};
  /// Only where enough commits were timed for the word percentile to mean anything.
  std::optional<double> commit_p50_ns;
  std::optional<double> commit_p99_ns;
};

/// What one run of a contender over a whole workload cost.
struct RunCost {
  double load_ns_per_row{};
  double bytes_per_row{};
  std::vector<PhaseCost> phases;
  /// What it told its subscriber, commit by commit.
  std::uint64_t checksum{};
};

/// Thrown when a contender's answer is not the right one: its figures are void.
struct WrongAnswer : std::runtime_error {
  using std::runtime_error::runtime_error;
};

namespace detail {

inline double ns_between(std::chrono::steady_clock::time_point from, std::chrono::steady_clock::time_point to) {
  return std::chrono::duration<double, std::nano>(to - from).count();
}

inline double cpu_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

template <class Contender, class Amount> PhaseCost run_phase(Contender& contender, const Phase<Amount>& phase) {
  constexpr std::size_t kCommitsForPercentiles = 100;
  const std::size_t together = phase.commits() - phase.commits() / 4;
  const std::uint64_t allocations = allocation_count();
  const double start = cpu_ns();
  for (std::size_t i = 0; i < together; ++i) contender.commit(phase.commit(i));
  const double end = cpu_ns();

  const auto changes = static_cast<double>(together * phase.batch);
  PhaseCost cost{.ns_per_change = (end - start) / changes,
                 .allocations_per_change = static_cast<double>(allocation_count() - allocations) / changes,
                 .commit_p50_ns = {},
                 .commit_p99_ns = {}};
  std::vector<double> latencies;
  latencies.reserve(phase.commits() - together);
  auto last = std::chrono::steady_clock::now();
  for (std::size_t i = together; i < phase.commits(); ++i) {
    contender.commit(phase.commit(i));
    const auto now = std::chrono::steady_clock::now();
    latencies.push_back(ns_between(last, now));
    last = now;
  }
  if (latencies.size() >= kCommitsForPercentiles) {
    cost.commit_p50_ns = percentile(latencies, 0.50);
    cost.commit_p99_ns = percentile(latencies, 0.99);
  }
  return cost;
}

}  // namespace detail

/// Runs one contender over the workload and checks its answer after the load and after every phase.
///
/// Errors: WrongAnswer.
template <class Contender, class Amount> RunCost run(const Workload<Amount>& workload) {
  Fold<Amount> fold(workload.groups());
  RunCost cost;
  const auto check = [&](std::size_t phases) {
    if (fold.sums() != workload.sums_after(phases))
      throw WrongAnswer("the sums after phase " + std::to_string(phases) + " are not those computed from scratch");
  };

  const std::int64_t heap_before = heap_bytes();
  const double start = detail::cpu_ns();
  Contender contender([&](std::span<const Delta<Amount>> deltas) {
    for (const auto& delta : deltas) fold.add(delta);
    fold.end_of_commit();
  });
  // The last transaction of the load may be a short one.
  const auto& load = workload.load();
  for (std::size_t i = 0; i < load.writes.size(); i += load.batch)
    contender.commit(std::span(load.writes).subspan(i, std::min(load.batch, load.writes.size() - i)));
  const auto rows = static_cast<double>(workload.rows());
  cost.load_ns_per_row = (detail::cpu_ns() - start) / rows;
  cost.bytes_per_row = static_cast<double>(heap_bytes() - heap_before) / rows;
  check(0);

  for (std::size_t i = 0; i < workload.phases().size(); ++i) {
    cost.phases.push_back(detail::run_phase(contender, workload.phases()[i]));
    check(i + 1);
  }
  cost.checksum = fold.checksum();
  return cost;
}

}  // namespace freshet::bench
