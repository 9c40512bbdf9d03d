// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/allocations.hpp"
#include "engine/fold.hpp"
#include "engine/script.hpp"
#include "report.hpp"

namespace freshet::bench {

/// What one run of one phase cost. The flushes are timed together, but for the last quarter, which is timed one by one.
///
/// Times are CPU time of the one thread that works, so that a busy machine does not count for a slow contender; only
/// the times of single flushes are by the clock on the wall, which is cheap enough to be read for each.
struct PhaseCost {
  double ns_per_transaction{};
  double deltas_per_transaction{};
  std::optional<double> allocations_per_transaction;
  /// Percentiles only where enough flushes were timed for the word to mean anything.
  std::optional<double> flush_p50_ns;
  std::optional<double> flush_p99_ns;
  double flush_max_ns{};
};

/// What one run of a contender over a whole script cost, and what it told.
struct RunCost {
  double load_ns_per_row{};
  double bytes_per_row{};
  /// The most that was held while loading, over what is held afterwards.
  double load_peak{};
  std::vector<PhaseCost> phases;
  /// The states at the checkpoints of the script, and the fold over all flushes.
  std::vector<std::uint64_t> states;
  std::uint64_t checksum{};
};

namespace detail {

inline double cpu_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

/// Flushes with what belongs to each: its end, and the state where the script asks for it.
template <class Contender, class Script> class Runner {
 public:
  Runner(const Script& script, RunCost& cost) : script_(script), cost_(cost), contender_(fold_) {}

  void load() {
    const auto rows = std::span(script_.load);
    for (std::size_t i = 0; i < rows.size(); i += Script::kLoadBatch)
      contender_.load(rows.subspan(i, std::min(Script::kLoadBatch, rows.size() - i)));
    if constexpr (requires { contender_.end_load(); }) contender_.end_load();
    note_state();
  }
  void flush(std::span<const typename Script::Transaction> transactions) {
    contender_.flush(transactions);
    fold_.end_of_flush();
    ++flushes_;
    note_state();
  }
  const Fold& fold() const { return fold_; }

 private:
  void note_state() {
    if (flushes_ != next_check_) return;
    cost_.states.push_back(fold_.state());
    const auto& checkpoints = script_.checkpoints;
    next_check_ = cost_.states.size() < checkpoints.size() ? checkpoints[cost_.states.size()].flushes : ~0ULL;
  }

  const Script& script_;
  RunCost& cost_;
  Fold fold_;
  Contender contender_;
  std::uint64_t flushes_ = 0;
  std::uint64_t next_check_ = 0;  // the first checkpoint is the load
};

inline void take_percentiles(std::span<double> latencies, PhaseCost& cost) {
  constexpr std::size_t kFlushesForPercentiles = 100;
  cost.flush_max_ns = *std::max_element(latencies.begin(), latencies.end());
  if (latencies.size() < kFlushesForPercentiles) return;
  cost.flush_p50_ns = percentile(latencies, 0.50);
  cost.flush_p99_ns = percentile(latencies, 0.99);
}

template <class Runner, class Transaction> PhaseCost run_phase(Runner& runner, const Phase<Transaction>& phase) {
  const std::size_t together = phase.flushes() - (phase.flushes() + 3) / 4;
  const std::uint64_t allocations = heap().allocations;
  const std::uint64_t deltas = runner.fold().deltas();
  const double start = cpu_ns();
  for (std::size_t i = 0; i < together; ++i) runner.flush(phase.flush(i));
  const double end = cpu_ns();

  const auto transactions = static_cast<double>(together * phase.batch);
  PhaseCost cost;
  cost.ns_per_transaction = (end - start) / transactions;
  cost.deltas_per_transaction = static_cast<double>(runner.fold().deltas() - deltas) / transactions;
  cost.allocations_per_transaction = static_cast<double>(heap().allocations - allocations) / transactions;
  std::vector<double> latencies;
  latencies.reserve(phase.flushes() - together);
  auto last = std::chrono::steady_clock::now();
  for (std::size_t i = together; i < phase.flushes(); ++i) {
    runner.flush(phase.flush(i));
    const auto now = std::chrono::steady_clock::now();
    latencies.push_back(std::chrono::duration<double, std::nano>(now - last).count());
    last = now;
  }
  take_percentiles(latencies, cost);
  return cost;
}

}  // namespace detail

/// Runs one contender over the script. A Contender is made with a Fold&, which it feeds, and has load(rows) and
/// flush(transactions); what they change is in the Fold when they return, or after end_load(), where it has that.
template <class Contender, class Script> RunCost run(const Script& script) {
  RunCost cost;
  restart_peak();
  const Heap before = heap();
  const double start = detail::cpu_ns();
  detail::Runner<Contender, Script> runner(script, cost);
  runner.load();
  const auto rows = static_cast<double>(script.rows);
  cost.load_ns_per_row = (detail::cpu_ns() - start) / rows;
  const auto held = static_cast<double>(heap().live_bytes - before.live_bytes);
  cost.bytes_per_row = held / rows;
  cost.load_peak = held > 0 ? static_cast<double>(heap().peak_bytes - before.live_bytes) / held : 1;

  for (const auto& phase : script.phases) cost.phases.push_back(detail::run_phase(runner, phase));
  cost.checksum = runner.fold().checksum();
  return cost;
}

}  // namespace freshet::bench
