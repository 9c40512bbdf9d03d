// SPDX-License-Identifier: MIT
#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <unistd.h>

#include "engine/bench.hpp"
#include "freshet/codec/json.hpp"

namespace freshet::bench {

/// What a peer prints, as one JSON object. Numbers of 64 bits are texts, since JavaScript's own do not hold them.
struct PeerPhase {
  double ns_per_transaction{};
  double deltas_per_transaction{};
  std::optional<double> allocations_per_transaction;
  std::vector<double> latencies_ns;
};
struct PeerAnswer {
  std::optional<std::string> cannot_express;
  double load_ns_per_row{};
  double bytes_per_row{};
  double load_peak{};
  std::vector<PeerPhase> phases;
  std::vector<std::string> states;
  std::string checksum;
};

constexpr auto describe(freshet::of<PeerPhase>) {
  return freshet::model(
      "phase", freshet::field<&PeerPhase::ns_per_transaction>(), freshet::field<&PeerPhase::deltas_per_transaction>(),
      freshet::field<&PeerPhase::allocations_per_transaction>(), freshet::field<&PeerPhase::latencies_ns>());
}
constexpr auto describe(freshet::of<PeerAnswer>) {
  return freshet::model("answer", freshet::field<&PeerAnswer::cannot_express>(),
                        freshet::field<&PeerAnswer::load_ns_per_row>(), freshet::field<&PeerAnswer::bytes_per_row>(),
                        freshet::field<&PeerAnswer::load_peak>(), freshet::field<&PeerAnswer::phases>(),
                        freshet::field<&PeerAnswer::states>(), freshet::field<&PeerAnswer::checksum>());
}

namespace {

/// What the program prints; throws unless it ends well.
std::string output_of(const std::string& command) {
  std::FILE* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("cannot start " + command);
  std::string text;
  std::array<char, 65536> block;
  while (const std::size_t size = std::fread(block.data(), 1, block.size(), pipe)) text.append(block.data(), size);
  if (pclose(pipe) != 0) throw std::runtime_error("failed: " + command);
  return text;
}

std::uint64_t number(const std::string& text) { return std::strtoull(text.c_str(), nullptr, 10); }

}  // namespace

RunCost run_peer(const std::string& peer, const std::string& folder, const std::string& script_path) {
  const std::string program = folder + "/" + peer + "/run";
  const auto answer = freshet::from_json<PeerAnswer>(output_of("'" + program + "' '" + script_path + "'"));
  if (!answer) throw std::runtime_error("cannot read what " + program + " says: " + answer.error().primary);
  if (answer->cannot_express) throw CannotExpress(*answer->cannot_express);
  RunCost cost;
  cost.load_ns_per_row = answer->load_ns_per_row;
  cost.bytes_per_row = answer->bytes_per_row;
  cost.load_peak = answer->load_peak;
  for (const PeerPhase& phase : answer->phases) {
    PhaseCost& mine = cost.phases.emplace_back();
    mine.ns_per_transaction = phase.ns_per_transaction;
    mine.deltas_per_transaction = phase.deltas_per_transaction;
    mine.allocations_per_transaction = phase.allocations_per_transaction;
    std::vector<double> latencies = phase.latencies_ns;
    detail::take_percentiles(latencies, mine);
  }
  for (const std::string& state : answer->states) cost.states.push_back(number(state));
  cost.checksum = number(answer->checksum);
  return cost;
}

ScriptFile::ScriptFile() {
  const char* folder = std::getenv("TMPDIR");
  path_ = std::string(folder != nullptr ? folder : "/tmp") + "/freshet_script_XXXXXX";
  const int file = mkstemp(path_.data());
  if (file < 0) throw std::runtime_error("cannot make " + path_);
  close(file);
}

ScriptFile::~ScriptFile() { unlink(path_.c_str()); }

}  // namespace freshet::bench
