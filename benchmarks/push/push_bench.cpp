// SPDX-License-Identifier: MIT
// What it costs to push to many clients, and whether all arrives: Freshet beside a bare epoll loop and, if asked for,
// other push servers. Servers and load clients are processes of their own, each on its processor, started and ended
// here.
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <sstream>
#include <stdexcept>

#include <CLI/CLI.hpp>

#include "machine.hpp"
#include "push/workload.hpp"
#include "report.hpp"

namespace {

using namespace freshet::bench;

struct Options {
  Scale scale;
  Placement placement;
  std::vector<std::string> workloads;
  std::vector<std::string> contenders;
  /// Of names of cases.
  std::string part;
  bool peers = false;
  int rounds = 3;
  std::string json;
};

/// A certificate for the runs with TLS, gone with the object.
class Certificate {
 public:
  Certificate() : folder_(std::filesystem::temp_directory_path() / "freshet_push_XXXXXX") {
    if (mkdtemp(folder_.data()) == nullptr) throw std::runtime_error("cannot make " + folder_);
    const std::string command =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
        "-subj /CN=localhost -out '" +
        certificate_file() + "' -keyout '" + key_file() + "' >/dev/null 2>&1";
    if (std::system(command.c_str()) != 0) throw std::runtime_error("cannot make a certificate with openssl");
  }
  ~Certificate() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  Certificate(const Certificate&) = delete;
  Certificate& operator=(const Certificate&) = delete;

  std::string certificate_file() const { return folder_ + "/certificate.pem"; }
  std::string key_file() const { return folder_ + "/key.pem"; }

 private:
  std::string folder_;
};

int work_and_print(const Workload& workload, Server& server, const Case& one, int output) {
  std::ostringstream text;
  try {
    for (const Figure& figure : workload.run(server, one))
      text << figure.metric << '\t' << figure.unit << '\t' << figure.value << '\n';
  } catch (const std::exception& error) {
    text << "failed\t" << error.what() << '\n';
  }
  const std::string lines = text.str();
  return write(output, lines.data(), lines.size()) == static_cast<ssize_t>(lines.size()) ? 0 : 1;
}

/// What one round of one contender gave. Errors: std::runtime_error.
Figures run_once(const Workload& workload, const Contender& contender, const Case& one, const Placement& placement) {
  const auto server = contender.start(one.setup, placement);
  Child client([&](int output) { return work_and_print(workload, *server, one, output); },
               {.cpu = placement.client_cpu, .niceness = placement.niceness, .files_max = 0});
  const std::chrono::seconds patience(120 + static_cast<int>(one.seconds * 5));
  Figures figures;
  while (const auto line = client.read_line(patience)) {
    std::istringstream words(*line);
    std::string metric, unit, value;
    std::getline(words, metric, '\t') && std::getline(words, unit, '\t');
    if (metric == "failed") throw std::runtime_error(unit);
    std::getline(words, value);
    figures.push_back({metric, unit, std::stod(value)});
  }
  if (!client.wait(patience) || figures.empty()) throw std::runtime_error("the load client came to no end");
  constexpr std::chrono::seconds kPatience(10);
  Child& process = server->process();
  if (contender.name == kFreshet && !(workload.ends_server ? process.wait(kPatience) : process.stop()))
    throw std::runtime_error("the server did not end as it was asked to");
  return figures;
}

class Runner {
 public:
  Runner(const Options& options, Report& report) : options_(options), report_(report) {}

  void run(const Workload& workload) {
    for (const Case& one : workload.cases(options_.scale))
      if (one.name.find(options_.part) != std::string::npos) run(workload, one);
  }

  /// What could not be measured.
  const std::vector<std::string>& notes() const { return notes_; }
  /// Whether the floor or Freshet failed.
  bool has_failed() const { return has_failed_; }

 private:
  void run(const Workload& workload, const Case& one) {
    std::vector<const Contender*> taking_part;
    for (const Contender& contender : contenders())
      if (takes_part(workload, contender, one)) taking_part.push_back(&contender);
    std::map<std::string_view, std::vector<Figures>> rounds;
    for (int round = 0; round < options_.rounds; ++round) {
      for (const Contender* contender : taking_part) try_once(workload, *contender, one, rounds[contender->name]);
      // Each goes first in its turn, so that whatever else the machine does meets all of them.
      std::rotate(taking_part.begin(), taking_part.begin() + (taking_part.empty() ? 0 : 1), taking_part.end());
    }
    for (const Contender& contender : contenders()) report(one, contender.name, rounds[contender.name]);
  }

  bool takes_part(const Workload& workload, const Contender& contender, const Case& one) const {
    if (workload.without_floor && contender.name != kFreshet) return false;
    if (contender.is_peer && !options_.peers) return false;
    const auto& wanted = options_.contenders;
    const bool is_wanted = wanted.empty() || std::find(wanted.begin(), wanted.end(), contender.name) != wanted.end();
    return is_wanted && contender.can(one.setup);
  }

  void try_once(const Workload& workload, const Contender& contender, const Case& one, std::vector<Figures>& rounds) {
    try {
      std::cerr << one.name << ", " << one.clients << " x " << one.payload_bytes << " B: " << contender.name << '\n';
      rounds.push_back(run_once(workload, contender, one, options_.placement));
    } catch (const std::exception& error) {
      notes_.push_back("void: " + one.name + ", " + std::string(contender.name) + ": " + error.what());
      std::cerr << notes_.back() << '\n';
      has_failed_ = has_failed_ || !contender.is_peer;
    }
  }

  void report(const Case& one, std::string_view contender, const std::vector<Figures>& rounds) {
    if (rounds.empty()) return;
    for (std::size_t at = 0; at < rounds.front().size(); ++at) {
      std::vector<double> values;
      for (const Figures& figures : rounds) values.push_back(figures.at(at).value);
      const auto [low, high] = std::minmax_element(values.begin(), values.end());
      report_.add({.bench = {},
                   .workload = one.name,
                   .n = one.clients,
                   .batch = one.payload_bytes,
                   .contender = std::string(contender),
                   .metric = rounds.front()[at].metric,
                   .unit = rounds.front()[at].unit,
                   .value = median(values),
                   .ratio_to_floor = {},
                   .low = *low,
                   .high = *high});
    }
  }

  const Options& options_;
  Report& report_;
  std::vector<std::string> notes_;
  bool has_failed_ = false;
};

std::vector<std::string> names_of_workloads() {
  std::vector<std::string> names;
  for (const Workload* workload : workloads()) {
    names.emplace_back(workload->name);
    if (workload->number != workload->name) names.emplace_back(workload->number);
  }
  return names;
}

std::string list_of_workloads() {
  std::string text = "Workloads:\n";
  for (const Workload* workload : workloads())
    text.append("  ")
        .append(workload->name)
        .append(" (")
        .append(workload->number)
        .append("): ")
        .append(workload->about)
        .append(workload->by_default ? "\n" : "; only if named\n");
  return text;
}

Options parse(int argc, char** argv, CLI::App& app) {
  Options options;
  app.footer(list_of_workloads());
  app.add_option("workloads", options.workloads, "Workloads to run; the usual ones unless named")
      ->check(CLI::IsMember(names_of_workloads()));
  app.add_option("--case", options.part, "Only the cases whose names contain this");
  app.add_flag("--peers", options.peers, "Run uWebSockets, ws and Nchan as well");
  app.add_option("--peers-folder", options.placement.peers_folder, "Where ./dev bench put them");
  app.add_option("--contenders", options.contenders, "Only these")->delimiter(',');
  app.add_option("--rounds", options.rounds, "Runs of each contender, by turns; the median counts")
      ->check(CLI::Range(1, 100));
  app.add_option("--seconds", options.scale.seconds, "Length of what is measured")->check(CLI::PositiveNumber);
  app.add_option("--server-cpu", options.placement.server_cpu, "The processor of the server; -1 for any");
  app.add_option("--client-cpu", options.placement.client_cpu, "The processor of the load client; -1 for any");
  app.add_option("--io-loops", options.placement.io_loops, "Threads that Freshet sends with; let --server-cpu be -1");
  app.add_option("--nice", options.placement.niceness, "Niceness of both");
  app.add_flag("--quick", options.scale.quick, "Few clients, briefly: to see that it works");
  app.add_option("--json", options.json, "Write the figures to this file");
  app.parse(argc, argv);
  if (options.scale.quick) {
    options.scale.seconds = 0.2;
    options.rounds = 1;
  }
  return options;
}

bool is_wanted(const Workload& workload, const Options& options) {
  const auto& wanted = options.workloads;
  // The smoke test is to see all of them.
  if (wanted.empty()) return workload.by_default || options.scale.quick;
  return std::any_of(wanted.begin(), wanted.end(),
                     [&](const std::string& name) { return name == workload.name || name == workload.number; });
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Measures what it costs to push to many clients, beside a bare epoll loop");
  try {
    Options options = parse(argc, argv, app);
    raise_file_limit();
    // TLS writes without asking for silence where a server has gone.
    signal(SIGPIPE, SIG_IGN);
    const Certificate certificate;
    options.placement.certificate_file = certificate.certificate_file();
    options.placement.key_file = certificate.key_file();
    Report report("push", "clients", "bytes");
    Runner runner(options, report);
    for (const Workload* workload : workloads())
      if (is_wanted(*workload, options)) runner.run(*workload);
    std::cout << report.table(command_line(argc, argv));
    for (const std::string& note : runner.notes()) std::cout << '\n' << note;
    if (!runner.notes().empty()) std::cout << '\n';
    if (!options.json.empty() && !report.write_json(options.json))
      throw std::runtime_error("cannot write " + options.json);
    return runner.has_failed() ? 1 : 0;
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  } catch (const std::exception& error) {
    std::cerr << "push_bench: " << error.what() << '\n';
    return 1;
  }
}
