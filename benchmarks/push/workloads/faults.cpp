// SPDX-License-Identifier: MIT
// Everything at once, for as long as is said: writes as fast as they are answered, one client in a hundred stalled, one
// in ten reconnecting each minute, their connections cut in the middle of an event. Nobody may lose an update, or get
// one twice, and the server's memory stays where it is.
#include <algorithm>
#include <random>

#include "push/workload.hpp"

namespace freshet::bench {

namespace {

constexpr std::uint64_t kKeys = 50;
constexpr double kStalledShare = 0.01;
constexpr double kReconnectsPerClientAndSecond = 0.1 / 60;
constexpr std::int64_t kSecond = 1'000'000'000;
/// A connection is cut after up to so many bytes, some of which are a part of an event.
constexpr std::size_t kCutBytesMax = 300;

std::vector<Case> cases(const Scale& scale) {
  std::vector<Case> all;
  for (const Transport transport : {Transport::sse, Transport::websocket})
    all.push_back({.name = "faults " + std::string(to_string(transport)),
                   .setup = {.transport = transport, .keys = kKeys, .width = kKeys},
                   .clients = scale.pick<std::size_t>(9'500, 100),
                   .payload_bytes = 128,
                   .seconds = scale.pick(std::max(scale.seconds, 120.0), 2.0),
                   .rate = 0});
  return all;
}

/// Stalls, cuts and reconnects clients at random times.
class Mischief {
 public:
  Mischief(LoadClient& client, bool is_brief) : client_(client), random_(7), hurry_(is_brief ? 50 : 1) {
    next_cut_ns_ = monotonic_ns();
  }

  void take_turn() {
    const std::int64_t now = monotonic_ns();
    for (; next_cut_ns_ < now; next_cut_ns_ += between_cuts_ns()) cut_one(now);
    while (!away_.empty() && away_.front().second < now) {
      client_.reconnect(away_.front().first);
      away_.erase(away_.begin());
    }
    while (!stalled_.empty() && stalled_.front().second < now) {
      client_.set_stalled(stalled_.front().first, false);
      stalled_.erase(stalled_.begin());
    }
    while (static_cast<double>(stalled_.size()) < kStalledShare * static_cast<double>(client_.size())) stall_one(now);
  }

  /// Everybody is there and reads.
  void end() {
    for (const auto& [index, when] : away_) client_.reconnect(index);
    for (const auto& [index, when] : stalled_) client_.set_stalled(index, false);
    away_.clear();
    stalled_.clear();
  }

  std::size_t cut_count() const { return cuts_; }
  std::size_t stall_count() const { return stalls_; }

 private:
  std::int64_t between_cuts_ns() const {
    const double per_second = kReconnectsPerClientAndSecond * hurry_ * static_cast<double>(client_.size());
    return static_cast<std::int64_t>(1e9 / per_second);
  }

  /// One who is there and reads.
  std::size_t somebody() {
    while (true) {
      const std::size_t index = random_() % client_.size();
      const Subscriber& one = client_.subscriber(index);
      if (one.knowledge.is_ready && !one.is_stalled) return index;
    }
  }

  void cut_one(std::int64_t now) {
    const std::size_t index = somebody();
    client_.cut_after(index, random_() % kCutBytesMax + 1);
    away_.emplace_back(index, now + static_cast<std::int64_t>(random_() % (kSecond / hurry_)));
    std::sort(away_.begin(), away_.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    ++cuts_;
  }

  void stall_one(std::int64_t now) {
    const std::size_t index = somebody();
    client_.set_stalled(index, true);
    stalled_.emplace_back(index, now + 8 * kSecond / hurry_);
    ++stalls_;
  }

  LoadClient& client_;
  std::minstd_rand random_;
  /// How many times more often than is meant to be, where there is little time.
  std::int64_t hurry_;
  std::int64_t next_cut_ns_ = 0;
  std::vector<std::pair<std::size_t, std::int64_t>> away_, stalled_;
  std::size_t cuts_ = 0, stalls_ = 0;
};

/// Writes and makes mischief for so long. Returns the most memory that the server had.
double endure(LoadClient& client, Mischief& mischief, double seconds) {
  Pace pace = one_by_one(kKeys, 0);
  pace.under_way = 0;
  double peak = 0;
  const std::int64_t start = monotonic_ns();
  std::int64_t next_look = start;
  client.run_until(pace, [&] {
    mischief.take_turn();
    const std::int64_t now = monotonic_ns();
    if (now > next_look) {
      peak = std::max(peak, client.server_bytes());
      next_look = now + kSecond;
    }
    return static_cast<double>(now - start) > seconds * 1e9;
  });
  return peak;
}

Figures run(Server& server, const Case& one) {
  LoadClient client(server, one.client_options());
  client.prepare();
  client.add_subscribers(one.clients);
  const double before = client.server_bytes();
  Mischief mischief(client, one.seconds < 10);
  const double grown = endure(client, mischief, one.seconds) - before;
  const Latencies latencies = client.audit().take_latencies();
  mischief.end();
  const std::int64_t ended = monotonic_ns();
  client.wait_until("clients without the last rows",
                    [&] { return client.writer_is_answered() && client.are_all_up_to_date(); });
  const double converged = static_cast<double>(monotonic_ns() - ended) / 1e6;
  require_converged(client);

  const auto delivered = static_cast<double>(client.audit().delivered_count());
  Figures figures{{"commits_per_second", "1/s", static_cast<double>(client.audit().tick_count()) / one.seconds},
                  {"events_per_second", "1/s", delivered / one.seconds},
                  {"conflated_share", "", static_cast<double>(client.audit().faults().skipped) / delivered},
                  {"reconnects", "", static_cast<double>(mischief.cut_count())},
                  {"stalls", "", static_cast<double>(mischief.stall_count())},
                  {"convergence", "ms", converged},
                  {"memory_peak_grown", "kB", grown / 1e3},
                  {"latency_p50", "us", latencies.p50_us},
                  {"latency_p99", "us", latencies.p99_us}};
  for (const Figure& figure : server.own_figures()) figures.push_back(figure);
  return figures;
}

}  // namespace

const Workload kFaults = {"faults", "faults", "stalls, cuts and reconnects under full load", false, true, false,
                          cases,    run};

}  // namespace freshet::bench
