// SPDX-License-Identifier: MIT
#include "freshet/service/mediators/mediators.hpp"

#include <algorithm>

#include "freshet/service/mediators/internal/event_runner.hpp"
#include "freshet/service/mediators/internal/letters.hpp"
#include "freshet/service/mediators/internal/mediator_routes.hpp"
#include "freshet/service/mediators/internal/query_runner.hpp"
#include "freshet/service/mediators/internal/rest_runner.hpp"
#include "freshet/service/mediators/internal/source.hpp"
#include "freshet/service/mediators/internal/task_runner.hpp"
#include "freshet/service/mediators/internal/transact.hpp"
#include "freshet/service/service.hpp"

namespace freshet {

using namespace mediators;

namespace mediators {

Definition define(std::string name, MediatorMode mode, Result<store::Query> source, MediatorOptions options) {
  if (!source) throw Failure(source.error());
  return {.name = std::move(name), .mode = mode, .source = std::move(*source), .options = options};
}

namespace {

/// Side by side, since each waits for what it has in hand.
void stop_all(const std::vector<std::shared_ptr<Runner>>& runners) {
  std::vector<std::thread> threads;
  threads.reserve(runners.size());
  for (const auto& runner : runners) threads.emplace_back([&runner] { runner->stop(); });
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace mediators

Mediators::Mediators(Store store) : store_(std::move(store)) {}

Mediators::Mediators(Service& service, Store store, MayLook may_look) : store_(std::move(store)), service_(&service) {
  add_mediator_routes(service, *this, std::move(may_look));
  service.measure([this](service::Exposition& out) { add_mediator_figures(out, list()); });
  accompany(service);
}

Mediators::~Mediators() {
  if (stopper_.joinable()) stopper_.join();
  stop();
}

void Mediators::accompany(Service& service) {
  service.accompany({.start = [this] { return start(); },
                     .stop =
                         [this](std::function<void()> done) {
                           // Handlers under way may need the loop: it is not kept waiting for them.
                           stopper_ = std::thread([this, done = std::move(done)] {
                             stop();
                             done();
                           });
                         }});
}

void Mediators::check_name(const std::string& name) const {
  const auto refuse = [&](ErrorCode code, std::string why, std::string hint = {}) {
    throw Failure({.code = code, .primary = std::move(why), .detail = name, .hint = std::move(hint)});
  };
  if (!is_resource_name(name)) {
    refuse(ErrorCode::invalid_argument, "this cannot be a mediator's name", "letters, digits, '_', '-' and '.'");
  }
  for (const MediatorStatus& known : list()) {
    if (known.name == name) refuse(ErrorCode::already_exists, "there is a mediator of this name");
  }
}

Definition& Mediators::add(Definition definition) {
  check_name(definition.name);
  if (definition.options.workers == 0 || definition.options.events_max == 0) {
    throw Failure({.code = ErrorCode::invalid_argument,
                   .primary = "a mediator needs a worker and room for an event",
                   .detail = definition.name});
  }
  if (auto followed = check_source(definition.source); !followed) throw Failure(followed.error());
  const std::scoped_lock lock(mutex_);
  declared_.push_back({std::make_unique<Definition>(std::move(definition)), nullptr});
  return *declared_.back().definition;
}

std::shared_ptr<RestRoutes> Mediators::add_routes(std::string name, RestOptions options) {
  check_name(name);
  if (service_ == nullptr) {
    throw Failure({.code = ErrorCode::invalid_argument,
                   .primary = "requests need a service",
                   .detail = name,
                   .hint = "make Mediators with it: Mediators(service, store)"});
  }
  auto runner = std::make_shared<RestRunner>(std::move(name), std::move(options), *service_, store_);
  const std::scoped_lock lock(mutex_);
  declared_.push_back({nullptr, runner});
  return runner;
}

std::unique_ptr<Runner> Mediators::make_runner(const Definition& definition) const {
  RunnerContext context{
      .backend = store_.backend(),
      // By the store, so that transactions of handlers join.
      .transact =
          [store = store_](const store::TransactionBody& body) {
            return store.transact([&](StoreTransaction& transaction) { return body(transaction.backend()); });
          },
      .clock = &clock_};
  switch (definition.mode) {
    case MediatorMode::stream:
      return std::make_unique<EventRunner>(definition, std::move(context));
    case MediatorMode::query_task:
    case MediatorMode::document:
      return std::make_unique<TaskRunner>(definition, std::move(context));
    default:
      return std::make_unique<QueryRunner>(definition, std::move(context));
  }
}

Result<void> Mediators::start() {
  const std::scoped_lock switching(switching_);
  if (running_) return {};
  auto started = start_all();
  if (started) {
    running_ = true;
  } else {
    stop_all(runners());
    const std::scoped_lock lock(mutex_);
    for (Declared& declared : declared_) {
      if (declared.definition) declared.runner.reset();
    }
  }
  return started;
}

Result<void> Mediators::start_all() {
  std::vector<const store::Table*> tables{&store::table_of<Place>(), &store::table_of<Task>(),
                                          &store::table_of<DeadLetter>()};
  for (const Declared& declared : declared_) {
    if (!declared.definition) continue;
    const store::Table* const table = declared.definition->source.table;
    if (std::ranges::find(tables, table) == tables.end()) tables.push_back(table);
  }
  if (auto prepared = store_.prepare(tables); !prepared) return prepared;
  {
    const std::scoped_lock lock(mutex_);
    for (Declared& declared : declared_) {
      if (declared.definition) declared.runner = make_runner(*declared.definition);
    }
  }
  for (const auto& runner : runners()) {
    if (auto started = runner->start(); !started) return started;
  }
  return {};
}

void Mediators::stop() {
  const std::scoped_lock switching(switching_);
  if (!running_) return;
  stop_all(runners());
  running_ = false;
  const std::scoped_lock lock(mutex_);
  for (Declared& declared : declared_) {
    if (declared.definition) declared.runner.reset();
  }
}

std::vector<std::shared_ptr<Runner>> Mediators::runners() const {
  std::vector<std::shared_ptr<Runner>> all;
  const std::scoped_lock lock(mutex_);
  for (const Declared& declared : declared_) {
    if (declared.runner) all.push_back(declared.runner);
  }
  return all;
}

std::vector<MediatorStatus> Mediators::list() const {
  std::vector<MediatorStatus> all;
  const std::scoped_lock lock(mutex_);
  for (const Declared& declared : declared_) {
    MediatorStatus& status = all.emplace_back();
    if (declared.runner) declared.runner->fill(status);
    if (!declared.definition) continue;
    const Definition& definition = *declared.definition;
    status.name = definition.name;
    status.doc = definition.doc;
    status.mode = definition.mode;
    status.source = (definition.source.parent ? *definition.source.parent : "**") + "/" + definition.source.table->name;
    if (definition.source.parent && definition.source.parent->empty()) status.source = definition.source.table->name;
    if (definition.fill) definition.fill(status);
  }
  return all;
}

Result<std::vector<DeadLetter>> Mediators::dead_letters(const std::string& mediator, std::size_t count) const {
  std::vector<DeadLetter> letters;
  auto read = read_and_wait(*store_.backend(), [&](store::BackendTransaction& transaction) -> Result<void> {
    auto found = find_letters(transaction, mediator, count);
    if (!found) return fail(std::move(found.error()));
    letters = std::move(*found);
    return {};
  });
  if (!read) return fail(std::move(read.error()));
  return letters;
}

Result<void> Mediators::requeue(const std::string& id) const {
  return write_and_wait(*store_.backend(), [&](store::BackendTransaction& transaction) {
    return requeue_letter(transaction, id, clock_.now());
  });
}

}  // namespace freshet
