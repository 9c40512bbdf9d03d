// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "engine/measure.hpp"
#include "engine/script.hpp"
#include "report.hpp"

namespace freshet::bench {

/// What is said on the command line.
struct EngineOptions {
  /// Rows of the input. 0: as `scale` says.
  std::uint64_t rows = 0;
  std::string scale = "medium";
  std::vector<std::size_t> batches{1, 10, 100, 1'000, 10'000};
  /// Transactions per figure. 0: as `scale` says.
  std::size_t transactions = 0;
  int repetitions = 3;
  /// Empty: all.
  std::vector<std::string> workloads;
  /// Empty: all, against each other. One alone is for profilers.
  std::string contender;
  bool peers = false;
  /// Where ./dev bench builds the peers.
  std::string peers_folder = "build/peers";
};

/// How large one round of the workloads is.
struct Size {
  std::uint64_t rows{};
  std::size_t transactions{};
  std::vector<std::size_t> batches;

  /// Transactions of a phase of that batch: enough flushes to time some of them alone.
  std::size_t transactions_at(std::size_t batch) const { return std::max(transactions, batch * 4); }
};

template <class Script> struct Contender {
  std::string_view name;
  RunCost (*run)(const Script& script);
};

/// Runs the contenders of one script after another, compares what they told, and reports what it cost them.
class Bench {
 public:
  /// Lifetime: keeps references to both.
  Bench(const EngineOptions& options, Report& report) : options_(options), report_(report) {}

  /// The sizes that the scale asks for; with peers there is a small one more, which all of them can bear.
  std::vector<Size> sizes() const;
  /// Whether the strings and wide rows of the full scale are asked for.
  bool is_full() const { return options_.scale == "full"; }

  /// Runs all `contenders`, and the peers if there are to be any, by turns.
  template <class Script> void run(const Script& script, const std::vector<Contender<Script>>& contenders);
  /// As run(), for work that no peer has a program for.
  template <class Script>
  void run_without_peers(const Script& script, const std::vector<Contender<Script>>& contenders);

  /// Adds a figure that follows from others, such as the difference of two runs.
  void add(const std::string& workload, std::uint64_t n, std::size_t batch, const std::string& contender,
           const std::string& metric, const std::string& unit, double value);
  /// A figure that is in the report.
  std::optional<double> find(const std::string& workload, std::uint64_t n, std::size_t batch,
                             const std::string& contender, const std::string& metric) const;

  /// Why cells are missing: wrong answers, and what peers cannot express.
  const std::vector<std::string>& notes() const { return notes_; }
  bool has_wrong_answers() const { return has_wrong_answers_; }

 private:
  struct Line {
    std::string workload;
    std::size_t batch{};
    bool fans_out{};
  };
  /// A script without its types.
  struct Plan {
    std::string name;
    std::uint64_t rows{};
    std::vector<Line> phases;
    std::vector<Checkpoint> checkpoints;
  };
  struct Runner {
    std::string name;
    std::function<RunCost()> run;
  };

  template <class Script> static Plan plan_of(const Script& script);
  template <class Script>
  std::vector<Runner> runners_of(const Script& script, const std::vector<Contender<Script>>& contenders) const;
  std::vector<std::string> peers_for(std::uint64_t rows) const;
  void run_by_turns(const Plan& plan, std::vector<Runner> runners);
  void report_runs(const Plan& plan, const std::string& contender, const std::vector<RunCost>& runs);
  void report_phase(const Plan& plan, std::size_t phase, const std::string& contender,
                    const std::vector<RunCost>& runs);

  const EngineOptions& options_;
  Report& report_;
  std::vector<std::string> notes_;
  bool has_wrong_answers_ = false;
};

/// Runs a peer's program over a script that was written to a file.
///
/// Errors: throws CannotExpress where the peer says so, std::runtime_error where it fails.
RunCost run_peer(const std::string& peer, const std::string& folder, const std::string& script_path);

/// A file for a script, which goes with the object.
class ScriptFile {
 public:
  ScriptFile();
  ~ScriptFile();
  ScriptFile(const ScriptFile&) = delete;
  ScriptFile& operator=(const ScriptFile&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// What a peer has no means for: a legal cell.
struct CannotExpress : std::runtime_error {
  using std::runtime_error::runtime_error;
};

template <class Script> Bench::Plan Bench::plan_of(const Script& script) {
  Plan plan{.name = script.name, .rows = script.rows, .phases = {}, .checkpoints = script.checkpoints};
  for (const auto& phase : script.phases) plan.phases.push_back({phase.workload, phase.batch, phase.fans_out});
  return plan;
}

template <class Script>
std::vector<Bench::Runner> Bench::runners_of(const Script& script,
                                             const std::vector<Contender<Script>>& contenders) const {
  std::vector<Runner> runners;
  for (const auto& contender : contenders)
    if (options_.contender.empty() || options_.contender == contender.name)
      runners.push_back({std::string(contender.name), [&script, run = contender.run] { return run(script); }});
  return runners;
}

template <class Script>
void Bench::run_without_peers(const Script& script, const std::vector<Contender<Script>>& contenders) {
  run_by_turns(plan_of(script), runners_of(script, contenders));
}

template <class Script> void Bench::run(const Script& script, const std::vector<Contender<Script>>& contenders) {
  std::vector<Runner> runners = runners_of(script, contenders);
  const ScriptFile file;
  for (const std::string& peer : peers_for(script.rows))
    runners.push_back({peer, [&, peer] { return run_peer(peer, options_.peers_folder, file.path()); }});
  if (options_.peers && !script.write(file.path())) throw std::runtime_error("cannot write " + file.path());
  run_by_turns(plan_of(script), std::move(runners));
}

// The workloads, each in its own file. Each runs itself at all sizes of the bench.
void run_group_sum(Bench& bench);
void run_count(Bench& bench);
void run_count_rows(Bench& bench);
void run_mappers(Bench& bench);
void run_join(Bench& bench);
void run_aggregate(Bench& bench);
void run_top(Bench& bench);
void run_bank(Bench& bench);
void run_recursion(Bench& bench);

}  // namespace freshet::bench
