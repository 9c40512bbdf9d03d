// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "freshet/base/clock.hpp"
#include "freshet/base/result.hpp"
#include "freshet/service/mediators/dead_letter.hpp"
#include "freshet/service/mediators/definition.hpp"
#include "freshet/service/mediators/options.hpp"
#include "freshet/service/mediators/status.hpp"
#include "freshet/store/from.hpp"
#include "freshet/store/store.hpp"

namespace freshet {

class Service;
template <class T> class MediatorHandle;

namespace mediators {
class Runner;
}

/// The mediators of a program: each follows documents of a store, hands what happens to them to its handlers, and what
/// these give to sinks.
///
/// | declared by | mode | promise |
/// |---|---|---|
/// | `query()` | Query | at least once, in order per document |
/// | `tasks()` | Query+Task | exactly once: outcome and mark in one transaction; any number of processes share the work
/// | | `events()` | WebSocket | at most once, at once, no replay |
///
/// What they need to remember is in the store: `freshet_offsets`, `freshet_tasks`, `freshet_dead_letters`. A mediator
/// is its name: it goes on where a mediator of that name was, in whatever process. Include the face that you write in:
/// freshet/meta/mediator.hpp or freshet/classic/mediator.hpp.
///
/// Thread safety: declared, started and stopped by one thread; list(), dead_letters()
/// and requeue() from any but the store's own. Handlers run on threads of their own, those of tasks() on the store's.
/// Errors: wrong declarations throw Failure.
/// Example: examples/city/meta.cpp, examples/city/classic.cpp
class Mediators {
 public:
  explicit Mediators(Store store);
  /// Also answers `GET /v1/mediators`, and where the service shows its graph, `GET /v1/mediators/{name}/dead_letters`
  /// and `POST /v1/mediators/{name}/dead_letters/{id}/requeue`. Requires: outlives the service's run().
  Mediators(Service& service, Store store);
  Mediators(const Mediators&) = delete;
  Mediators& operator=(const Mediators&) = delete;
  /// Stops.
  ~Mediators();

  // A query of conditions. [meta]
  template <class T> MediatorHandle<T> query(std::string name, const From<T>& source, MediatorOptions options = {});
  template <class T> MediatorHandle<T> tasks(std::string name, const From<T>& source, MediatorOptions options = {});
  template <class T> MediatorHandle<T> events(std::string name, const From<T>& source, MediatorOptions options = {});
  // An object of a class that derives from QueryMediator<T> or TaskMediator<T>. [classic]
  template <class Derived> void add(std::string name, std::unique_ptr<Derived> mediator, MediatorOptions options = {});

  /// What both faces come down to. The definition may be changed until start().
  mediators::Definition& add(mediators::Definition definition);

  /// Prepares the tables and begins. Errors: those of Backend::prepare(); nothing runs then.
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
  std::unique_ptr<mediators::Runner> make_runner(const mediators::Definition& definition) const;

  const Store store_;
  SystemClock clock_;
  std::vector<std::unique_ptr<mediators::Definition>> definitions_;
  std::vector<std::unique_ptr<mediators::Runner>> runners_;  // as many, while running
};

namespace mediators {

/// A definition over a typed query. Errors: throws Failure if it cannot be followed.
Definition define(std::string name, MediatorMode mode, Result<store::Query> source, MediatorOptions options);

}  // namespace mediators
}  // namespace freshet
