// SPDX-License-Identifier: MIT
// What a transaction costs: the workloads of docs/benchmarks.md in Freshet, beside hand-written loops and other engines
// that do the same.
#include <algorithm>
#include <iostream>

#include <CLI/CLI.hpp>

#include "engine/bench.hpp"
#include "machine.hpp"
#include "report.hpp"

namespace {

using namespace freshet::bench;

struct Workload {
  const char* name;
  void (*run)(Bench&);
};
constexpr Workload kWorkloads[] = {
    {"sum", run_group_sum},   {"count", run_count}, {"count", run_count_rows},
    {"mappers", run_mappers}, {"join", run_join},   {"aggregate", run_aggregate},
    {"top", run_top},         {"bank", run_bank},   {"recursion", run_recursion},
};

struct Options {
  EngineOptions engine;
  int cpu = 1;
  bool quick = false;
  std::string json;
};

Options parse(int argc, char** argv, CLI::App& app) {
  Options options;
  EngineOptions& engine = options.engine;
  std::vector<std::string> names;
  for (const Workload& workload : kWorkloads) names.emplace_back(workload.name);
  app.add_option("--scale", engine.scale, "small: 100 k rows; medium: 1 M; full: 10 M")
      ->check(CLI::IsMember({"quick", "small", "medium", "full"}));
  app.add_option("--only", engine.workloads, "Workloads to run; all unless named")
      ->delimiter(',')
      ->check(CLI::IsMember(names));
  app.add_option("--rows", engine.rows, "Rows of the input, instead of what the scale says");
  app.add_option("--transactions", engine.transactions, "Transactions per figure, instead of what the scale says");
  app.add_option("--batches", engine.batches, "Transactions per flush")->delimiter(',')->check(CLI::PositiveNumber);
  app.add_option("--repetitions", engine.repetitions, "Runs of each contender, by turns; the median counts")
      ->check(CLI::Range(1, 100));
  app.add_option("--contender", engine.contender, "Run one contender alone, for a profiler")
      ->check(CLI::IsMember({"floor", "freshet", "bare", "differential", "skip"}));
  app.add_flag("--peers", engine.peers, "Run differential-dataflow and Skip as well");
  app.add_option("--peers-folder", engine.peers_folder, "Where ./dev bench built them");
  app.add_option("--cpu", options.cpu, "The processor to stay on; -1 for any");
  app.add_flag("--quick", options.quick, "Tiny sizes: to see that it works");
  app.add_option("--json", options.json, "Write the figures to this file");
  app.parse(argc, argv);
  if (options.quick) {
    engine.scale = "quick";
    engine.repetitions = 1;
  }
  return options;
}

void run_workloads(const EngineOptions& options, Bench& bench) {
  const auto& wanted = options.workloads;
  for (const Workload& workload : kWorkloads)
    if (wanted.empty() || std::find(wanted.begin(), wanted.end(), workload.name) != wanted.end()) workload.run(bench);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Measures what a transaction costs, beside hand-written loops and other engines that do the same");
  try {
    const Options options = parse(argc, argv, app);
    if (options.cpu >= 0 && !pin_to_cpu(options.cpu)) std::cerr << "cannot stay on processor " << options.cpu << '\n';
    Report report("engine", "rows", "batch");
    Bench bench(options.engine, report);
    run_workloads(options.engine, bench);
    std::cout << report.table(command_line(argc, argv));
    for (const std::string& note : bench.notes()) std::cout << '\n' << note;
    if (!bench.notes().empty()) std::cout << '\n';
    if (!options.json.empty() && !report.write_json(options.json)) {
      std::cerr << "cannot write " << options.json << '\n';
      return 1;
    }
    return bench.has_wrong_answers() ? 1 : 0;
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
