// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "push/load_client.hpp"
#include "push/server.hpp"

namespace freshet::bench {

/// What is said on the command line of how large and how long.
struct Scale {
  bool quick = false;
  double seconds = 4;

  /// One of two, as `quick` says.
  template <class T> T pick(T full, T small) const { return quick ? small : full; }
};

/// One line of the report: a workload in one variant and size.
struct Case {
  std::string name;
  Setup setup = {};
  std::size_t clients = 0;
  std::size_t payload_bytes = 128;
  double seconds = 4;
  /// Ticks, or connections, per second; 0 for as fast as it goes.
  double rate = 0;

  ClientOptions client_options() const {
    return {.keys = setup.keys,
            .width = setup.width,
            .payload_bytes = payload_bytes,
            .transport = setup.transport,
            .tls = setup.tls,
            .survives_end = false};
  }
};

/// Something to be done to a server, and what is measured of it. It runs in a process of its own.
struct Workload {
  std::string_view name;
  /// As shared/reference/push.md numbers them.
  std::string_view number;
  std::string_view about;
  /// Whether it runs unless it is named.
  bool by_default;
  /// Whether it is about Freshet alone.
  bool without_floor;
  /// Whether it asks the server to end.
  bool ends_server;
  std::vector<Case> (*cases)(const Scale& scale);
  /// Errors: std::exception, also when what was delivered is not what was written.
  Figures (*run)(Server& server, const Case& one);
};

extern const Workload kIdle, kFanOut, kRooms, kTicks, kSlow, kResume, kChurn, kPropagation, kJoin, kFaults, kFiles,
    kEnd;

std::span<const Workload* const> workloads();

std::string_view to_string(Transport transport);
/// Every client got each write once, unchanged. Errors: std::runtime_error that says what is wrong.
void require_flawless(const LoadClient& client);
/// The same where clients may be owed the newest rows only: `skips_allowed`.
void require_converged(const LoadClient& client);
/// What all workloads with deliveries report.
void add_delivery_figures(const Run& run, Figures& figures);
/// Subscribes all clients, writes at this pace and measures what arrives, after a tenth of the time to warm up. Errors:
/// those of require_flawless().
Figures deliver(Server& server, const Case& one, const Pace& pace);
/// Changes all keys in turn, one per tick.
Pace one_by_one(std::uint64_t keys, double ticks_per_second);

}  // namespace freshet::bench
