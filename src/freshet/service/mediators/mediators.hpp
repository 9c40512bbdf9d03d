// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "freshet/base/clock.hpp"
#include "freshet/base/result.hpp"
#include "freshet/service/mediators/dead_letter.hpp"
#include "freshet/service/mediators/definition.hpp"
#include "freshet/service/mediators/options.hpp"
#include "freshet/service/mediators/status.hpp"
#include "freshet/service/resource_name.hpp"
#include "freshet/store/from.hpp"
#include "freshet/store/store.hpp"

namespace freshet {

struct Caller;
class LiveStore;
class RestHandle;
class Service;
struct DocumentOptions;
template <class T> class MediatorHandle;

namespace mediators {
class RestRoutes;
class Runner;
}  // namespace mediators

/// The mediators of a program: each follows documents of a store, hands what happens to them to its handlers, and what
/// these give to sinks.
///
/// | declared by | mode | promise |
/// |---|---|---|
/// | `query()` | Query | at least once, in order per document |
/// | `tasks()` | Query+Task | exactly once: outcome and mark in one transaction; any number of processes share the work
/// | | `events()` | WebSocket | at most once, at once, no replay | | `rest()` | Rest | at most once: a request, a
/// transaction, an answer | | `document()` | Document | views as documents at least once; changes asked for by
/// documents exactly once |
///
/// What they need to remember is in the store: `freshet_offsets`, `freshet_tasks`, `freshet_dead_letters`. A mediator
/// is its name: it goes on where a mediator of that name was, in whatever process. Include the face that you write in:
/// freshet/meta/mediator.hpp or freshet/classic/mediator.hpp; for rest() and document(), rest_mediator.hpp and
/// document_mediator.hpp beside these.
///
/// Thread safety: declared by one thread, with a service that of its loop; the rest from any but the store's own.
/// Handlers run on threads of their own, those of tasks(), rest() and document() on the store's.
/// Errors: wrong declarations throw Failure.
/// Example: examples/city/meta.cpp, examples/city/classic.cpp
class Mediators {
 public:
  explicit Mediators(Store store);
  /// Whether somebody may look at mediators and have dead letters tried again.
  using MayLook = std::function<bool(const Caller&)>;
  /// Starts and stops with the service, which waits for what is in hand no longer than ServiceOptions::stop_deadline
  /// (then run() returns, and the destructor waits). Answers `GET /v1/mediators`, `GET
  /// /v1/mediators/{name}/dead_letters` and `POST /v1/mediators/{name}/dead_letters/{id}/requeue`, and adds figures to
  /// /metrics. Without `may_look`, anybody may list mediators, and dead letters are shown where the service shows its
  /// graph. Requires: outlives the service's run().
  Mediators(Service& service, Store store, MayLook may_look = {});
  Mediators(const Mediators&) = delete;
  Mediators& operator=(const Mediators&) = delete;
  /// Stops.
  ~Mediators();

  // A query of conditions. [meta]
  template <class T> MediatorHandle<T> query(std::string name, const From<T>& source, MediatorOptions options = {});
  template <class T> MediatorHandle<T> tasks(std::string name, const From<T>& source, MediatorOptions options = {});
  template <class T> MediatorHandle<T> events(std::string name, const From<T>& source, MediatorOptions options = {});
  /// Requests, below RestOptions::path. Requires: made with a service. [meta]
  RestHandle rest(std::string name, RestOptions options = {});
  /// A view whose rows are documents, and which is changed by documents: `view(Models&)` gives the rows by their keys,
  /// `documents(Models&)` what is to be written by its path. Declared before `live` starts, which outlives this. [meta]
  template <ResourceName View, class BuildView, class BuildDocuments>
  auto document(LiveStore& live, BuildView view, BuildDocuments documents);
  template <ResourceName View, class BuildView, class BuildDocuments>
  auto document(LiveStore& live, BuildView view, BuildDocuments documents, DocumentOptions options);

  // An object of a class that derives from QueryMediator<T>, TaskMediator<T>, EventMediator<T>; from RestMediator; from
  // DocumentMediator. [classic]
  template <class Derived> void add(std::string name, std::unique_ptr<Derived> mediator, MediatorOptions options = {});
  template <class Derived> void add_rest(std::string name, std::unique_ptr<Derived> mediator);
  template <class Derived> void add_document(LiveStore& live, std::unique_ptr<Derived> mediator);

  /// What both faces come down to. The definition may be changed until start().
  mediators::Definition& add(mediators::Definition definition);
  std::shared_ptr<mediators::RestRoutes> add_routes(std::string name, RestOptions options);

  /// Prepares the tables and begins; a service does it by itself. Errors: those of Backend::prepare() and
  /// Backend::follow(); nothing runs then.
  Result<void> start();
  /// Lets handlers under way come to an end; what was not begun is done after the next start. May be called again.
  void stop();

  std::vector<MediatorStatus> list() const;
  /// The first of them, by id. Errors: those of the store.
  Result<std::vector<DeadLetter>> dead_letters(const std::string& mediator, std::size_t count = 100) const;
  /// Has a dead letter tried again, by whichever process runs the mediator. Errors: not_found, those of the store.
  Result<void> requeue(const std::string& id) const;

  const Store& store() const { return store_; }

 private:
  struct Declared {
    std::unique_ptr<mediators::Definition> definition;  // none of mode `rest`
    std::shared_ptr<mediators::Runner> runner;          // owners: this, and who stops it; while running
  };

  void check_name(const std::string& name) const;
  std::unique_ptr<mediators::Runner> make_runner(const mediators::Definition& definition) const;
  Result<void> start_all();
  void accompany(Service& service);
  std::vector<std::shared_ptr<mediators::Runner>> runners() const;

  const Store store_;
  Service* const service_ = nullptr;
  SystemClock clock_;
  std::mutex switching_;  // held by who starts or stops
  bool running_ = false;  // changed under switching_
  mutable std::mutex mutex_;
  std::vector<Declared> declared_;  // changed under mutex_
  std::thread stopper_;             // on behalf of the service
};

namespace mediators {

/// A definition over a typed query. Errors: throws Failure if it cannot be followed.
Definition define(std::string name, MediatorMode mode, Result<store::Query> source, MediatorOptions options);

}  // namespace mediators
}  // namespace freshet
