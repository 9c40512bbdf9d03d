// SPDX-License-Identifier: MIT
// What a commit costs: rows -> map -> sum by group, in Freshet and beside it in hand-written loops that do the same.
#include <algorithm>
#include <iostream>
#include <map>

#include <CLI/CLI.hpp>

#include "engine/contender.hpp"
#include "engine/floor.hpp"
#include "engine/fused_loop.hpp"
#include "engine/measure.hpp"
#include "machine.hpp"
#include "report.hpp"

namespace {

using namespace freshet::bench;

constexpr std::string_view kFused = "fused_loop";
constexpr std::string_view kContenders[] = {kFloor, kFreshet, kFused};

struct Options {
  std::vector<std::uint64_t> rows{10'000, 100'000, 1'000'000};
  std::vector<std::size_t> batches{1, 10, 100, 1'000, 10'000};
  std::size_t changes = 400'000;
  int repetitions = 3;
  int cpu = 1;
  bool quick = false;
  /// Empty: all, against each other. One alone is for profilers.
  std::string only;
  std::string json;
};

Options parse(int argc, char** argv, CLI::App& app) {
  Options options;
  app.add_option("--rows", options.rows, "Sizes of the input")->delimiter(',');
  app.add_option("--batches", options.batches, "Rows per transaction")->delimiter(',');
  app.add_option("--changes", options.changes, "Changes per figure");
  app.add_option("--repetitions", options.repetitions, "Runs of each contender, by turns; the median counts")
      ->check(CLI::Range(1, 100));
  app.add_option("--cpu", options.cpu, "The processor to stay on; -1 for any");
  app.add_option("--only", options.only, "Run one contender alone")
      ->check(CLI::IsMember({std::string(kFloor), std::string(kFreshet), std::string(kFused)}));
  app.add_flag("--quick", options.quick, "Small sizes: to see that it works");
  app.add_option("--json", options.json, "Write the figures to this file");
  app.parse(argc, argv);
  if (options.quick) {
    options.rows = {1'000};
    options.batches = {1, 10, 100};
    options.changes = 2'000;
    options.repetitions = 1;
  }
  return options;
}

using Runs = std::vector<RunCost>;

template <class Amount> RunCost run_contender(std::string_view name, const Workload<Amount>& workload) {
  if (name == kFloor) return run<Floor<Amount>>(workload);
  if (name == kFused) return run<FusedLoop<Amount>>(workload);
  return run<FreshetContender<Amount>>(workload);
}

template <class Figure> std::optional<double> median_of(const Runs& runs, Figure figure) {
  std::vector<double> values;
  for (const RunCost& run : runs)
    if (const std::optional<double> value = figure(run)) values.push_back(*value);
  if (values.empty()) return std::nullopt;
  return median(std::move(values));
}

/// Runs the contenders by turns, so that whatever else the machine does meets both.
template <class Amount> std::map<std::string, Runs> run_all(const Workload<Amount>& workload, const Options& options) {
  std::map<std::string, Runs> runs;
  for (int i = 0; i < options.repetitions; ++i)
    for (std::size_t turn = 0; turn < std::size(kContenders); ++turn) {
      // Each in turn goes first.
      const std::string_view name = kContenders[(turn + static_cast<std::size_t>(i)) % std::size(kContenders)];
      if (options.only.empty() || options.only == name)
        runs[std::string(name)].push_back(run_contender(name, workload));
    }
  const std::uint64_t expected = runs.begin()->second.front().checksum;
  for (const auto& [name, costs] : runs)
    for (const RunCost& cost : costs)
      if (cost.checksum != expected)
        throw WrongAnswer(name + " told its subscriber something else than the others did");
  return runs;
}

const char* workload_name(Change change, bool is_double) {
  if (change == Change::amount) return is_double ? "sum by group, double" : "sum by group";
  return is_double ? "sum by group, double, rows move" : "sum by group, rows move";
}

template <class Amount>
void report_runs(const Workload<Amount>& workload, const std::string& contender, const Runs& runs, Report& report) {
  constexpr bool kIsDouble = std::is_same_v<Amount, double>;
  const auto add = [&](const char* name, std::size_t batch, const char* metric, const char* unit, const auto& figure) {
    if (const auto value = median_of(runs, figure))
      report.add({.bench = {},
                  .workload = name,
                  .n = workload.rows(),
                  .batch = batch,
                  .contender = contender,
                  .metric = metric,
                  .unit = unit,
                  .value = *value,
                  .ratio_to_floor = {}});
  };
  for (std::size_t i = 0; i < workload.phases().size(); ++i) {
    const auto& phase = workload.phases()[i];
    const char* name = workload_name(phase.change, kIsDouble);
    add(name, phase.batch, "time_per_change", "ns",
        [i](const RunCost& run) { return std::optional(run.phases[i].ns_per_change); });
    add(name, phase.batch, "commit_p50", "ns", [i](const RunCost& run) { return run.phases[i].commit_p50_ns; });
    add(name, phase.batch, "commit_p99", "ns", [i](const RunCost& run) { return run.phases[i].commit_p99_ns; });
    add(name, phase.batch, "allocations_per_change", "1",
        [i](const RunCost& run) { return std::optional(run.phases[i].allocations_per_change); });
  }
  const char* name = workload_name(Change::amount, kIsDouble);
  add(name, workload.load().batch, "load_time_per_row", "ns",
      [](const RunCost& run) { return std::optional(run.load_ns_per_row); });
  add(name, workload.load().batch, "heap_per_row", "B",
      [](const RunCost& run) { return std::optional(run.bytes_per_row); });
}

template <class Amount> void bench(const WorkloadOptions& shape, const Options& options, Report& report) {
  const Workload<Amount> workload(shape);
  for (const auto& [contender, runs] : run_all(workload, options)) report_runs(workload, contender, runs, report);
}

void run_bench(const Options& options, Report& report) {
  for (const std::uint64_t rows : options.rows)
    bench<std::int64_t>({.rows = rows,
                         .batches = options.batches,
                         .changes = {Change::amount, Change::group},
                         .changes_per_phase = options.changes},
                        options, report);
  // Floating-point sums may be kept in another way than whole ones: one size of them as well.
  bench<double>({.rows = options.rows.front(),
                 .batches = {100},
                 .changes = {Change::amount},
                 .changes_per_phase = options.changes},
                options, report);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Measures what a commit costs, beside a hand-written loop that does the same");
  try {
    const Options options = parse(argc, argv, app);
    if (options.cpu >= 0 && !pin_to_cpu(options.cpu)) std::cerr << "cannot stay on processor " << options.cpu << '\n';
    Report report("engine", "rows", "batch");
    run_bench(options, report);
    std::cout << report.table(command_line(argc, argv));
    if (!options.json.empty() && !report.write_json(options.json)) {
      std::cerr << "cannot write " << options.json << '\n';
      return 1;
    }
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  } catch (const WrongAnswer& error) {
    std::cerr << "void: " << error.what() << '\n';
    return 1;
  }
}
