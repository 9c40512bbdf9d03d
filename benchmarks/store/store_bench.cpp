// SPDX-License-Identifier: MIT
// What stores do in a second and how soon a feed sees a write, beside bare loops over the same statements with the same
// durable commits.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <iostream>
#include <map>
#include <tuple>

#include <CLI/CLI.hpp>

#include "machine.hpp"
#include "report.hpp"
#include "store/references.hpp"
#include "store/store_kind.hpp"
#include "store/subscriber.hpp"
#include "store/workloads.hpp"

namespace {

using namespace freshet::bench;

struct Options {
  std::vector<std::string> only{"writes", "feed", "subscriber", "snapshot", "references"};
  std::vector<std::uint64_t> writers{1, 8, 64};
  std::uint64_t batch = 100;
  std::uint64_t documents = 10'000;
  std::uint64_t snapshot_documents = 100'000;
  std::uint64_t samples = 1'000;
  std::vector<std::uint64_t> references{10, 1'000};
  double rate = 25;
  double seconds = 2;
  int rounds = 3;
  std::string folder = ".";
  bool quick = false;
  std::vector<std::string> stores{"sqlite"};
  std::string json;
};

using MakeKind = std::function<std::unique_ptr<StoreKind>()>;

/// Figures of several rounds, by contender and metric; the median of each goes into the report.
class Rounds {
 public:
  Rounds(Report& report, std::string workload, std::uint64_t n, std::uint64_t batch)
      : report_(report), workload_(std::move(workload)), n_(n), batch_(batch) {}

  void add(std::string_view contender, const std::string& metric, const std::string& unit, double value) {
    values_[{std::string(contender), metric, unit}].push_back(value);
  }
  void finish() {
    for (const auto& [key, values] : values_) {
      const auto& [contender, metric, unit] = key;
      report_.add({.bench = {},
                   .workload = workload_,
                   .n = n_,
                   .batch = batch_,
                   .contender = contender,
                   .metric = metric,
                   .unit = unit,
                   .value = median(values),
                   .ratio_to_floor = {}});
    }
  }

 private:
  Report& report_;
  const std::string workload_;
  const std::uint64_t n_;
  const std::uint64_t batch_;
  std::map<std::tuple<std::string, std::string, std::string>, std::vector<double>> values_;
};

std::unique_ptr<StoreKind> filled(const MakeKind& make, std::uint64_t documents) {
  auto kind = make();
  fill(*kind->open(), documents);
  return kind;
}

void bench_writes(const MakeKind& make, const Options& options, Load load, Report& report) {
  auto kind = filled(make, load.documents);
  Rounds rounds(report, std::string(kind->name()) + " writes", load.group, load.writes);
  const auto add = [&](std::string_view contender, double value) {
    rounds.add(contender, "writes_per_second", "1/s", value);
  };
  for (int round = 0; round < options.rounds; ++round) {
    // Taking turns at going first, so that whatever else the machine does meets both.
    for (const bool is_floor : {round % 2 == 0, round % 2 != 0}) {
      if (is_floor) {
        add(kFloor, kind->floor()->writes_per_second(load, true));
      } else {
        add(kFreshet, writes_per_second(*kind->open(), load));
      }
    }
    // Dropping the change log spoils a store, so this has one of its own.
    add(kBare, filled(make, load.documents)->floor()->writes_per_second(load, false));
  }
  rounds.finish();
}

void add_latencies(Rounds& rounds, std::string_view contender, const std::string& name, std::vector<double> seconds) {
  for (double& value : seconds) value *= 1e6;
  rounds.add(contender, name + "_p50", "us", percentile(seconds, 0.5));
  rounds.add(contender, name + "_p99", "us", percentile(seconds, 0.99));
}

void bench_feed(const MakeKind& make, const Options& options, Report& report) {
  auto kind = filled(make, options.documents);
  Rounds rounds(report, std::string(kind->name()) + " write to feed", 1, 1);
  for (int round = 0; round < options.rounds; ++round) {
    add_latencies(rounds, kFreshet, "write_to_feed", write_to_feed(*kind->open(), options.documents, options.samples));
    const auto floor = kind->floor();
    std::vector<double> times;
    for (std::uint64_t i = 0; i < options.samples; ++i) {
      const auto begun = std::chrono::steady_clock::now();
      const auto seen = floor->write_and_see((i * 7919) % options.documents, -static_cast<std::int64_t>(i) - 1);
      times.push_back(std::chrono::duration<double>(seen.seen_at - begun).count());
    }
    add_latencies(rounds, kFloor, "write_to_feed", std::move(times));
  }
  rounds.finish();
}

void bench_subscriber(const MakeKind& make, const Options& options, Report& report) {
  auto kind = filled(make, options.documents);
  Rounds rounds(report, std::string(kind->name()) + " write to subscriber", 1, 1);
  const Pace pace{.documents = options.documents, .count = options.samples, .per_second = options.rate};
  const auto add = [&](std::string_view contender, const Delays& delays) {
    add_latencies(rounds, contender, "call_to_subscriber", delays.since_call);
    add_latencies(rounds, contender, "commit_to_subscriber", delays.since_commit);
  };
  for (int round = 0; round < options.rounds; ++round) {
    add(kFreshet, write_to_subscriber(*kind->open(), pace));
    add(kFloor, write_to_socket(*kind->floor(), pace));
  }
  rounds.finish();
}

void bench_references(const Options& options, Report& report) {
  using Measure = ReferenceCost (*)(std::uint64_t, std::uint64_t);
  const std::vector<std::pair<std::string, Measure>> views = {{"joined", change_one_joined},
                                                              {"read by one mapper", change_one_read}};
  for (const auto& [name, measure] : views) {
    for (const std::uint64_t references : options.references) {
      Rounds rounds(report, "change one reference, " + name, references, 1);
      for (int round = 0; round < options.rounds; ++round) {
        const ReferenceCost ours = measure(references, options.samples);
        const ReferenceCost floor = change_one_by_hand(references, options.samples);
        if (ours.checksum != floor.checksum) throw std::runtime_error("void: the sums differ");
        for (const auto& [contender, cost] : {std::pair(kFreshet, ours), std::pair(kFloor, floor)}) {
          rounds.add(contender, "time_per_change", "us", cost.seconds * 1e6);
          rounds.add(contender, "calls_per_change", "", cost.calls);
          rounds.add(contender, "changed_rows_per_change", "", cost.changes);
        }
      }
      rounds.finish();
    }
  }
}

void bench_snapshot(const MakeKind& make, const Options& options, Report& report) {
  auto kind = filled(make, options.snapshot_documents);
  Rounds rounds(report, std::string(kind->name()) + " cold start", options.snapshot_documents, 1);
  for (int round = 0; round < options.rounds; ++round) {
    rounds.add(kFreshet, "snapshot_rows_per_second", "1/s",
               snapshot_rows_per_second(*kind->open(), options.snapshot_documents));
    rounds.add(kFloor, "snapshot_rows_per_second", "1/s", kind->floor()->rows_per_second());
  }
  rounds.finish();
}

bool is_among(const std::vector<std::string>& names, const char* name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void bench(const MakeKind& make, const Options& options, Report& report) {
  const auto wants = [&](const char* name) { return is_among(options.only, name); };
  const Load load{.documents = options.documents, .group = 1, .writes = 1, .seconds = options.seconds};
  for (const std::uint64_t writers : options.writers) {
    Load several = load;
    several.group = writers;
    if (wants("writes")) bench_writes(make, options, several, report);
  }
  Load batch = load;
  batch.writes = options.batch;
  if (wants("writes")) bench_writes(make, options, batch, report);
  if (wants("feed")) bench_feed(make, options, report);
  if (wants("subscriber")) bench_subscriber(make, options, report);
  if (wants("snapshot")) bench_snapshot(make, options, report);
}

Options parse(int argc, char** argv, CLI::App& app) {
  Options options;
  app.add_option("--only", options.only, "What to measure")
      ->delimiter(',')
      ->check(CLI::IsMember({"writes", "feed", "subscriber", "snapshot", "references"}));
  app.add_option("--writers", options.writers, "Writers that wait at once")->delimiter(',')->check(CLI::PositiveNumber);
  app.add_option("--batch", options.batch, "Writes of one transaction, for the batch")->check(CLI::PositiveNumber);
  app.add_option("--documents", options.documents, "Documents that are written to")->check(CLI::PositiveNumber);
  app.add_option("--snapshot-documents", options.snapshot_documents, "Documents of the cold start")
      ->check(CLI::PositiveNumber);
  app.add_option("--samples", options.samples, "Writes that are timed one by one")->check(CLI::PositiveNumber);
  app.add_option("--rate", options.rate, "Writes a second that a subscriber waits for")->check(CLI::PositiveNumber);
  app.add_option("--references", options.references, "Documents that the one row of a view is made of")
      ->delimiter(',')
      ->check(CLI::PositiveNumber);
  app.add_option("--seconds", options.seconds, "Length of each run")->check(CLI::PositiveNumber);
  app.add_option("--rounds", options.rounds, "Runs of each contender, by turns; the median counts")
      ->check(CLI::Range(1, 100));
  app.add_option("--folder", options.folder, "Where the files lie: the disk is what is measured");
  if (std::filesystem::exists("/usr/lib/postgresql/15/bin/postgres")) options.stores.emplace_back("postgres");
  app.add_option("--stores", options.stores, "Which; all that are installed, PostgreSQL on a private server")
      ->delimiter(',')
      ->check(CLI::IsMember({"sqlite", "postgres"}));
  app.add_flag("--quick", options.quick, "Few documents, briefly: to see that it works");
  app.add_option("--json", options.json, "Write the figures to this file");
  app.parse(argc, argv);
  if (options.quick) {
    options.writers = {1, 8};
    options.documents = 200;
    options.snapshot_documents = 1'000;
    options.samples = 20;
    options.references = {10, 100};
    options.seconds = 0.2;
    options.rounds = 1;
  }
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Measures what stores do in a second, beside bare loops over the same statements");
  try {
    const Options options = parse(argc, argv, app);
    Report report("store", "writers", "batch");
    if (is_among(options.stores, "sqlite")) {
      bench([&] { return make_sqlite_kind(options.folder); }, options, report);
    }
    if (is_among(options.stores, "postgres")) bench([] { return make_postgres_kind(); }, options, report);
    if (is_among(options.only, "references")) bench_references(options, report);
    std::cout << report.table(command_line(argc, argv));
    if (!options.json.empty() && !report.write_json(options.json)) {
      std::cerr << "cannot write " << options.json << '\n';
      return 1;
    }
    return 0;
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
