// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>

#include "freshet/base/result.hpp"
#include "freshet/net/http.hpp"
#include "freshet/net/loop.hpp"
#include "freshet/stream/instance.hpp"
#include "freshet/stream/options.hpp"
#include "freshet/stream/resource.hpp"
#include "freshet/stream/session_port.hpp"
#include "freshet/stream/snapshot.hpp"
#include "freshet/stream/snapshot_job.hpp"
#include "freshet/stream/snapshot_turns.hpp"

namespace freshet::stream {

/// All instances of a service: opens, shares, finds and ends them.
///
/// The life of an instance:
/// 1. open() makes it, or finds the one with the same resource and equal parameters; either way that is one opening.
/// 2. close() gives one opening back. With the last one its readers get `event: close` and it ends.
/// 3. It also ends when nobody has used it for the idle time, however many openings are left: a client that went away
///    without closing must not keep it forever. Opening, reading and taking a snapshot are uses; a reader that is
///    connected uses it all the time, so an instance with a reader never ends by itself.
///
/// Where what is shown depends on who asks (access rules, build functions that take a Caller), there is an instance for
/// each caller, and nobody else may use it. Equal callers share one.
///
/// Nobody can end what others opened, other than by giving back openings that are not his own; the id, which is all
/// that takes, is unguessable and only known to those who sent the same parameters.
///
/// Lifetime: graph and loop outlive it. Thread safety: belongs to the loop.
class Instances {
 public:
  Instances(Graph& graph, net::Loop& loop, AccessRules& access, StreamOptions options);
  Instances(const Instances&) = delete;
  Instances& operator=(const Instances&) = delete;
  ~Instances();

  struct Opened {
    std::string instance_id;
    bool reused = false;
  };
  /// Errors: parameters that do not fit, a limit, a build function that threw, forbidden; nothing is left behind.
  Result<Opened> open(const ResourceDefinition& resource, std::string_view params_json, const Caller& caller);

  /// Gives back one opening. Errors: not_found, forbidden.
  Result<void> close(std::string_view instance_id, const Caller& caller);

  /// Notes a use. Errors: not_found, forbidden.
  Result<Instance*> use(std::string_view instance_id, const Caller& caller);

  /// As use(), for a client that is about to read. Errors: not_found, forbidden, limit_exceeded.
  Result<Instance*> admit(std::string_view instance_id, const Caller& caller);

  /// Connects a client that was admitted; if the instance has ended meanwhile, the client is told so. `since` is the id
  /// of the last event that it has, empty for none. When what the caller is known by expires, he is sent `event: close`
  /// with `{"reason":"token_expired"}`, and the end.
  ///
  /// The session ends with its port: when that calls SessionPortListener::on_closed(), or when it is told to finish().
  void join(std::string_view instance_id, std::unique_ptr<SessionPort> port, std::string_view since,
            const Caller& caller);
  /// The same for one answer: what the client missed, or else what happens next (PollPort).
  void poll(std::string_view instance_id, net::ResponseReply reply, std::string_view since, const Caller& caller);

  /// Builds a resource to be looked at once, without an instance. Where an instance has it already, nothing is
  /// computed: equal nodes are one. Errors: what the build function threw, forbidden.
  Result<Readable> view(const ResourceDefinition& resource, const AnyObject& params, const Caller& caller);

  /// The rows of a source now, if they are few enough to be encoded in this turn.
  std::optional<Snapshot> snapshot_now(const Source& source);
  /// The same for any number of rows, in steps; `done` is called in a later turn, unless `cancelled` says before that
  /// nobody waits.
  void snapshot(std::shared_ptr<const Source> source, std::function<bool()> cancelled,
                std::function<void(Snapshot)> done);

  /// Checks the size of a request that carries parameters. Errors: too_large.
  Result<void> check_size(std::string_view request);

  /// Tells every reader to come back later, each at another time, and ends all instances; in waves that are over
  /// `within` that time (StreamOptions::drain_sessions_per_second), the first of them at once. Nothing can be opened or
  /// read any more. Then calls `done`.
  void stop(std::chrono::milliseconds within, std::function<void()> done);

  const StreamStats& stats() const { return stats_; }
  const StreamOptions& options() const { return options_; }

 private:
  Result<Opened> build(const ResourceDefinition& resource, const Parameters& parameters, const Caller& caller);
  Instance* find(const ResourceDefinition& resource, const Parameters& parameters, const Caller& caller) const;
  void end(Instance& instance);
  void sweep();
  void end_idle();
  void send_wave();
  Result<void> check_going() const;
  void heartbeat();
  std::chrono::milliseconds retry_delay();

  Graph& graph_;
  net::Loop& loop_;
  AccessRules& access_;
  const StreamOptions options_;
  StreamStats stats_;
  SnapshotTurns turns_;
  DeliveryTimer deliveries_;
  // Before those whose shares are counted.
  ClientCounts client_sessions_;
  ClientCounts client_instances_;

  std::unordered_map<std::string, std::unique_ptr<Instance>> by_id_;
  std::unordered_map<std::string, Instance*> by_canonical_;  // resource, parameters, and whom it is for

  std::list<std::unique_ptr<SnapshotJob>> snapshots_;

  std::minstd_rand jitter_;
  net::Timer sweep_timer_;
  net::Timer heartbeat_timer_;
  bool stopping_ = false;
  std::size_t wave_sessions_ = 0;
  net::Timer wave_timer_;
  std::function<void()> drained_;
};

}  // namespace freshet::stream
