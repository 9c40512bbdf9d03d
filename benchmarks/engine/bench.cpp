// SPDX-License-Identifier: MIT
#include "engine/bench.hpp"

#include <algorithm>
#include <iostream>
#include <map>
#include <stdexcept>

namespace freshet::bench {

namespace {

/// The largest input that Skip takes in reasonable time.
constexpr std::uint64_t kSkipRowsMax = 10'000;

template <class Figure> std::optional<double> median_of(const std::vector<RunCost>& runs, Figure figure) {
  std::vector<double> values;
  for (const RunCost& run : runs)
    if (const std::optional<double> value = figure(run)) values.push_back(*value);
  if (values.empty()) return std::nullopt;
  return median(std::move(values));
}

/// What is wrong with the answers of a run, if anything.
std::optional<std::string> objection(const RunCost& run, const std::vector<Checkpoint>& checkpoints,
                                     const std::optional<std::uint64_t>& checksum) {
  if (run.states.size() != checkpoints.size()) return "it did not reach every checkpoint";
  for (std::size_t i = 0; i < checkpoints.size(); ++i)
    if (run.states[i] != checkpoints[i].state)
      return "its state after flush " + std::to_string(checkpoints[i].flushes) +
             " is not the one computed from scratch";
  if (checksum && run.checksum != *checksum) return "it told something else than the others did";
  return std::nullopt;
}

}  // namespace

std::vector<Size> Bench::sizes() const {
  static const std::map<std::string, Size> kScales = {{"quick", {1'000, 400, {}}},
                                                      {"small", {100'000, 40'000, {}}},
                                                      {"medium", {1'000'000, 80'000, {}}},
                                                      {"full", {10'000'000, 400'000, {}}}};
  Size size = kScales.at(options_.scale);
  if (options_.rows != 0) size.rows = options_.rows;
  if (options_.transactions != 0) size.transactions = options_.transactions;
  for (const std::size_t batch : options_.batches)
    if (batch * 4 <= size.rows) size.batches.push_back(batch);
  std::vector<Size> sizes;
  if (options_.peers && size.rows > kSkipRowsMax) sizes.push_back({kSkipRowsMax, 1'000, {1, 100}});
  sizes.push_back(size);
  return sizes;
}

std::vector<std::string> Bench::peers_for(std::uint64_t rows) const {
  if (!options_.peers) return {};
  std::vector<std::string> peers;
  for (const char* peer : {"differential", "skip"})
    if ((options_.contender.empty() || options_.contender == peer) &&
        (rows <= kSkipRowsMax || peer != std::string("skip")))
      peers.emplace_back(peer);
  return peers;
}

void Bench::run_by_turns(const Plan& plan, std::vector<Runner> runners) {
  std::map<std::string, std::vector<RunCost>> runs;
  std::map<std::string, std::string> excused;
  std::optional<std::uint64_t> checksum;
  for (int turn = 0; turn < options_.repetitions; ++turn) {
    for (const Runner& runner : runners) {
      if (excused.count(runner.name) != 0) continue;
      std::cerr << plan.name << ", " << plan.rows << " rows, " << turn + 1 << '/' << options_.repetitions << ": "
                << runner.name << std::endl;
      try {
        RunCost cost = runner.run();
        if (const auto wrong = objection(cost, plan.checkpoints, checksum)) throw std::runtime_error(*wrong);
        checksum = cost.checksum;
        runs[runner.name].push_back(std::move(cost));
      } catch (const CannotExpress& reason) {
        excused[runner.name] = "cannot express: " + std::string(reason.what());
      } catch (const std::exception& error) {
        has_wrong_answers_ = true;
        excused[runner.name] = "void: " + std::string(error.what());
      }
    }
    // Another one goes first.
    std::rotate(runners.begin(), runners.begin() + (runners.empty() ? 0 : 1), runners.end());
  }
  for (const auto& [name, reason] : excused) {
    notes_.push_back(plan.name + ", " + std::to_string(plan.rows) + " rows, " + name + ": " + reason);
    std::cerr << notes_.back() << std::endl;
    runs.erase(name);
  }
  // The floor first: its column is the first.
  for (const auto name : {kFloor, kFreshet})
    if (const auto found = runs.find(std::string(name)); found != runs.end()) {
      report_runs(plan, found->first, found->second);
      runs.erase(found);
    }
  for (const auto& [name, costs] : runs) report_runs(plan, name, costs);
}

void Bench::report_runs(const Plan& plan, const std::string& contender, const std::vector<RunCost>& runs) {
  for (std::size_t phase = 0; phase < plan.phases.size(); ++phase) report_phase(plan, phase, contender, runs);
  const auto load = [&](const char* metric, const char* unit, double RunCost::*figure) {
    const auto value = median_of(runs, [figure](const RunCost& run) { return std::optional(run.*figure); });
    if (value) add(plan.name, plan.rows, 0, contender, metric, unit, *value);
  };
  load("bytes_per_row", "B", &RunCost::bytes_per_row);
  load("load_peak", "x steady", &RunCost::load_peak);
  load("load_time_per_row", "ns", &RunCost::load_ns_per_row);
}

void Bench::report_phase(const Plan& plan, std::size_t phase, const std::string& contender,
                         const std::vector<RunCost>& runs) {
  const Line& line = plan.phases[phase];
  const auto add_median = [&](const char* metric, const char* unit, auto figure) {
    const auto value = median_of(runs, [&](const RunCost& run) { return figure(run.phases[phase]); });
    if (value) add(line.workload, plan.rows, line.batch, contender, metric, unit, *value);
    return value;
  };
  using Figure = std::optional<double>;
  add_median("time_per_transaction", "ns", [](const PhaseCost& cost) { return Figure(cost.ns_per_transaction); });
  if (line.fans_out)
    add_median("time_per_delta", "ns", [](const PhaseCost& cost) {
      return cost.deltas_per_transaction > 0 ? Figure(cost.ns_per_transaction / cost.deltas_per_transaction)
                                             : std::nullopt;
    });
  add_median("flush_p50", "ns", [](const PhaseCost& cost) { return cost.flush_p50_ns; });
  add_median("flush_p99", "ns", [](const PhaseCost& cost) { return cost.flush_p99_ns; });
  add_median("flush_max", "ns", [](const PhaseCost& cost) { return Figure(cost.flush_max_ns); });
  add_median("allocations_per_transaction", "1",
             [](const PhaseCost& cost) { return cost.allocations_per_transaction; });
}

void Bench::add(const std::string& workload, std::uint64_t n, std::size_t batch, const std::string& contender,
                const std::string& metric, const std::string& unit, double value) {
  report_.add({.bench = {},
               .workload = workload,
               .n = n,
               .batch = batch,
               .contender = contender,
               .metric = metric,
               .unit = unit,
               .value = value,
               .ratio_to_floor = {}});
}

std::optional<double> Bench::find(const std::string& workload, std::uint64_t n, std::size_t batch,
                                  const std::string& contender, const std::string& metric) const {
  for (const Row& row : report_.rows())
    if (row.workload == workload && row.n == n && row.batch == batch && row.contender == contender &&
        row.metric == metric)
      return row.value;
  return std::nullopt;
}

}  // namespace freshet::bench
