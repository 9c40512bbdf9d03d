// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "freshet/base/clock.hpp"
#include "freshet/base/result.hpp"
#include "freshet/graph/graph.hpp"
#include "freshet/net/loop.hpp"
#include "freshet/net/router.hpp"
#include "freshet/service/access.hpp"
#include "freshet/service/options.hpp"
#include "freshet/service/resource_name.hpp"
#include "freshet/service/static_files.hpp"
#include "freshet/stream/input_port.hpp"
#include "freshet/stream/options.hpp"
#include "freshet/stream/resource.hpp"

namespace freshet {

namespace service {
class Exposition;
class ServiceCore;
}  // namespace service

/// Something that works beside a service while that serves, on threads of its own: mediators, for example.
struct Companion {
  /// Called by Service::listen(), before clients can come. Errors: the service does not listen then.
  std::function<Result<void>()> start;
  /// Called by Service::stop(), on the loop: has what is in hand come to its end, without waiting for it here, and
  /// calls `done` when it has, from any thread and once.
  std::function<void(std::function<void()> done)> stop;
};

/// A program's whole back end: a graph, the loop it lives on, and the HTTP server that clients come in by.
///
/// A program makes one, declares inputs, views and resources, and runs it:
///
///     freshet::Service service(options);
///     auto readings = service.graph().input<std::string, Reading>("readings");
///     service.resource<"monitor">([=](const Params& p) { return readings.map(alert, p.threshold); });
///     service.writable(readings);
///     return service.run();
///
/// The way of a change: PATCH (service/internal/input_routes.cpp) -> Graph::commit -> the callback of each instance
/// that it touches, where it becomes bytes once (stream/instance.cpp) -> the sessions' output streams
/// (stream/session.cpp) -> one write per client at the end of the loop's turn (net).
///
/// Lifetime: collections of the graph may be kept by the program but not be used after the service.
/// Thread safety: belongs to one thread, from declaring to run(); only Graph::post() may be called from others.
/// Errors: wrong declarations (a name that is taken or cannot stand in a path) throw Failure.
/// Example: examples/temp_monitor/meta.cpp, examples/temp_monitor/classic.cpp
class Service {
 public:
  explicit Service(ServiceOptions options = {});
  /// Runs on another clock than the machine's. Requires: `clock` outlives the service.
  Service(ServiceOptions options, const Clock& clock);
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;
  ~Service();

  Graph& graph();
  net::Loop& loop();
  const ServiceOptions& options() const;

  // What clients may open. Parameters are a described struct; the collection is built for each set of parameters that
  // somebody opens, and shared by all who open it with equal ones. What a build function throws goes to the one who
  // asked. Include the face that you write in: freshet/meta/resource.hpp or freshet/classic/resource.hpp.

  /// `build(const Params&)`, or `build()` where there are no parameters, gives the Collection. Where it depends on who
  /// asks, a `const Caller&` comes first; there is then one collection for each caller. The options say what becomes of
  /// clients that do not keep up, where rows are not state but events. [meta]
  template <ResourceName Name, class Build>
  void resource(Build build, std::string doc = {}, const ResourceOptions& options = {});
  /// The same with a name that is only known at run time. [meta]
  template <class Build>
  void resource(std::string name, Build build, std::string doc = {}, const ResourceOptions& options = {});
  /// An object of a class that derives from Resource<Params, Key, Value>, or from PersonalResource where it depends on
  /// who asks. [classic]
  template <class Derived>
  void resource(std::string name, std::unique_ptr<Derived> resource, std::string doc = {},
                const ResourceOptions& options = {});

  /// What both faces come down to.
  void add_resource(stream::ResourceDefinition resource);

  /// Lets clients write to this input: PATCH /v1/inputs/{its name}. No input is writable without it.
  template <class Key, class Value> void writable(const Input<Key, Value>& input, std::string doc = {}) {
    add_input(std::make_unique<stream::TypedInputPort<Key, Value>>(input, std::move(doc)));
  }
  void add_input(std::unique_ptr<stream::InputPort> input);

  /// Adds a route of the program's own; patterns as in net/router.hpp. Those of the protocol begin with /v1/.
  void route(net::Method method, std::string_view pattern, net::Handler handler);

  /// Who may read and write which rows of a collection: `service.access(messages).read(may_read, memberships)`.
  /// See Access; include freshet/meta/access.hpp or freshet/classic/access.hpp.
  template <class Key, class Value> Access<Key, Value> access(const Collection<Key, Value>& rows) {
    return {access_rules(), access_rules().declare(rows), rows};
  }
  /// The same for one resource, whose rows have these types.
  template <class Key, class Value> Access<Key, Value> access(const std::string& resource) {
    return {access_rules(), access_rules().template declare<Key, Value>(resource)};
  }
  stream::AccessRules& access_rules();

  /// Serves files as they are, below `prefix`, which begins and ends with '/'; index.html also at the prefix itself.
  /// Requires: the files' bytes outlive the service.
  void files(std::string_view prefix, std::span<const StaticFile> files);

  /// Calls `work` on the loop every `period`, first one period from now, until the service ends or `work` returns false
  /// (it may return nothing). What it throws is logged and does not end it.
  template <std::invocable Work> void every(std::chrono::milliseconds period, Work work) {
    add_periodic(period, [work = std::move(work)]() mutable {
      if constexpr (std::is_void_v<std::invoke_result_t<Work&>>) {
        work();
        return true;
      } else {
        return static_cast<bool>(work());
      }
    });
  }

  /// Has something start and stop with the service. run() waits for its end, no longer than
  /// ServiceOptions::stop_deadline. Requires: the companion lives until run() has returned.
  void accompany(Companion companion);
  /// Has /metrics show figures of the program's own, behind those of the service. Called on the loop.
  void measure(std::function<void(service::Exposition&)> figures);

  /// Serves until SIGINT, SIGTERM or stop(); a second signal ends it at once. SIGHUP has certificates and the access
  /// log opened anew. Started by systemd, it takes over the sockets of its socket unit, and says when it is ready, that
  /// it lives, and that it stops. Prints `listening on http://HOST:PORT` on standard output once clients can
  /// connect. Returns the program's exit status: 0, or 1 after one line on standard error if it cannot listen.
  int run();

  /// What GET /readyz waits for beside the service itself: it says 503 and this name until `ready` gives true. Called
  /// on the loop. ViewModels does so for its store.
  void ready_when(std::string name, std::function<bool()> ready);

  // The parts of run(), for programs and tests that drive the loop themselves.

  /// Starts to accept clients; returns the port. Errors: unavailable.
  Result<std::uint16_t> listen();
  /// Ends gracefully: after ServiceOptions::drain_delay no clients are let in any more, readers are told to come back
  /// later, in waves and each at another time, requests under way are answered; what is left after
  /// ServiceOptions::stop_deadline is cut. Then the loop stops. A second call stops it at once.
  void stop();

  /// What /metrics shows of the streams.
  const stream::StreamStats& stream_stats() const;

 private:
  void add_periodic(std::chrono::milliseconds period, std::function<bool()> work);

  std::unique_ptr<service::ServiceCore> core_;
};

}  // namespace freshet
