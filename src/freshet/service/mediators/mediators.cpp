// SPDX-License-Identifier: MIT
#include "freshet/service/mediators/mediators.hpp"

#include <algorithm>

#include "freshet/service/mediators/internal/event_runner.hpp"
#include "freshet/service/mediators/internal/letters.hpp"
#include "freshet/service/mediators/internal/mediator_routes.hpp"
#include "freshet/service/mediators/internal/query_runner.hpp"
#include "freshet/service/mediators/internal/source.hpp"
#include "freshet/service/mediators/internal/task_runner.hpp"
#include "freshet/service/mediators/internal/transact.hpp"
#include "freshet/service/resource_name.hpp"

namespace freshet {

using namespace mediators;

namespace mediators {

Definition define(std::string name, MediatorMode mode, Result<store::Query> source, MediatorOptions options) {
  if (!source) throw Failure(source.error());
  return {.name = std::move(name), .mode = mode, .source = std::move(*source), .options = options};
}

}  // namespace mediators

Mediators::Mediators(Store store) : store_(std::move(store)) {}

Mediators::Mediators(Service& service, Store store) : Mediators(std::move(store)) {
  add_mediator_routes(service, *this);
}

Mediators::~Mediators() { stop(); }

Definition& Mediators::add(Definition definition) {
  const auto refuse = [&](ErrorCode code, std::string why, std::string hint = {}) {
    throw Failure({.code = code, .primary = std::move(why), .detail = definition.name, .hint = std::move(hint)});
  };
  if (!is_resource_name(definition.name)) {
    refuse(ErrorCode::invalid_argument, "this cannot be a mediator's name", "letters, digits, '_', '-' and '.'");
  }
  const bool is_taken =
      std::ranges::any_of(definitions_, [&](const auto& known) { return known->name == definition.name; });
  if (is_taken) refuse(ErrorCode::already_exists, "there is a mediator of this name");
  if (definition.options.workers == 0 || definition.options.events_max == 0) {
    refuse(ErrorCode::invalid_argument, "a mediator needs a worker and room for an event");
  }
  if (auto followed = check_source(definition.source); !followed) throw Failure(followed.error());
  definitions_.push_back(std::make_unique<Definition>(std::move(definition)));
  return *definitions_.back();
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
  if (!runners_.empty()) return {};
  std::vector<const store::Table*> tables{&store::table_of<Place>(), &store::table_of<Task>(),
                                          &store::table_of<DeadLetter>()};
  for (const auto& definition : definitions_) {
    if (std::ranges::find(tables, definition->source.table) == tables.end()) tables.push_back(definition->source.table);
  }
  if (auto prepared = store_.prepare(tables); !prepared) return prepared;
  for (const auto& definition : definitions_) runners_.push_back(make_runner(*definition));
  for (const auto& runner : runners_) runner->start();
  return {};
}

void Mediators::stop() {
  for (const auto& runner : runners_) runner->stop();
  runners_.clear();
}

std::vector<MediatorStatus> Mediators::list() const {
  std::vector<MediatorStatus> all;
  for (std::size_t i = 0; i < definitions_.size(); ++i) {
    const Definition& definition = *definitions_[i];
    MediatorStatus& status = all.emplace_back();
    status.name = definition.name;
    status.doc = definition.doc;
    status.mode = definition.mode;
    status.source = (definition.source.parent ? *definition.source.parent : "**") + "/" + definition.source.table->name;
    if (definition.source.parent && definition.source.parent->empty()) status.source = definition.source.table->name;
    if (i < runners_.size()) runners_[i]->fill(status);
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
