// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "freshet/model/describe.hpp"
#include "freshet/service/mediators/dead_letter.hpp"
#include "freshet/service/mediators/definition.hpp"
#include "freshet/service/mediators/internal/records.hpp"
#include "freshet/service/mediators/internal/runner.hpp"
#include "freshet/service/mediators/internal/transact.hpp"
#include "freshet/store/memory/memory_store.hpp"

/// Documents and stores for the tests of mediators. Not installed.
namespace freshet::mediators::testing {

struct Job {
  std::string id;
  std::string state;
  std::int64_t number = 0;
  bool operator==(const Job&) const = default;
};
constexpr auto describe(of<Job>) { return model("jobs", key<&Job::id>(), field<&Job::state>(), field<&Job::number>()); }

/// What a handler made of a job.
struct Outcome {
  std::string id;
  std::int64_t count = 0;
  std::int64_t number = 0;
  bool operator==(const Outcome&) const = default;
};
constexpr auto describe(of<Outcome>) {
  return model("outcomes", key<&Outcome::id>(), field<&Outcome::count>(), field<&Outcome::number>());
}

/// Waits for something that another thread does; false if it does not come about.
inline bool eventually(const std::function<bool()>& condition, std::chrono::seconds limit = std::chrono::seconds(20)) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

/// A backend with what tests do to it.
class TestStore {
 public:
  explicit TestStore(std::shared_ptr<store::Backend> backend) : backend_(std::move(backend)) {
    const std::vector<const store::Table*> tables{&store::table_of<Job>(), &store::table_of<Outcome>(),
                                                  &store::table_of<Place>(), &store::table_of<Task>(),
                                                  &store::table_of<DeadLetter>()};
    must(backend_->prepare(tables));
  }
  TestStore() : TestStore(store::open_memory()) {}

  const std::shared_ptr<store::Backend>& backend() const { return backend_; }
  RunnerContext context() const { return context(clock_); }
  RunnerContext context(const Clock& clock) const {
    return {.backend = backend_,
            .transact = [this](const store::TransactionBody& body) { return write_and_wait(*backend_, body); },
            .clock = &clock};
  }

  template <class T> void put(const T& object) {
    must(write_and_wait(*backend_,
                        [&](store::BackendTransaction& transaction) { return put_record(transaction, object); }));
  }
  void remove(const std::string& job) {
    must(write_and_wait(*backend_,
                        [&](store::BackendTransaction& transaction) { return remove_record<Job>(transaction, job); }));
  }
  /// All documents of a model, by id.
  template <class T> std::vector<T> all() const {
    std::vector<T> found;
    must(read_and_wait(*backend_, [&](store::BackendTransaction& transaction) -> Result<void> {
      auto records = find_records<T>(transaction, store::Query{.table = &store::table_of<T>()});
      if (!records) return fail(std::move(records.error()));
      found = std::move(*records);
      return {};
    }));
    return found;
  }

  /// Starts a mediator and waits until it follows: until then it is not told of versions that are overwritten.
  void start(Runner& runner, const std::string& mediator) const {
    must(runner.start());
    const bool follows = eventually([&] {
      const auto places = all<Place>();
      return std::ranges::any_of(places, [&](const Place& place) {
        return place.mediator == mediator && place.position.has_value() && !place.owner.empty();
      });
    });
    if (!follows) throw std::runtime_error(mediator + " does not follow");
  }

 private:
  static void must(const Result<void>& done) {
    if (!done) throw std::runtime_error(to_string(done.error()));
  }

  SystemClock clock_;
  std::shared_ptr<store::Backend> backend_;
};

/// What a handler was called with, in order: "create j1 new 1".
class Log {
 public:
  Handler handler() {
    return [this](const Call& call) -> Result<void> {
      add(call);
      return {};
    };
  }
  void add(const Call& call) {
    const auto& document = call.event.after ? call.event.after : call.event.before;
    std::string line = std::string(type_of<Trigger>().read_enum(&call.event.trigger)) + " " + call.event.key.id;
    if (document) {
      const Job job = record_of<Job>(*document).value();
      line += " " + job.state + " " + std::to_string(job.number);
    }
    const std::scoped_lock lock(mutex_);
    lines_.push_back(std::move(line));
  }
  std::vector<std::string> lines() const {
    const std::scoped_lock lock(mutex_);
    return lines_;
  }
  std::vector<std::string> sorted() const {
    auto lines = this->lines();
    std::ranges::sort(lines);
    return lines;
  }
  std::size_t size() const { return lines().size(); }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

/// A mediator over the jobs in state "new", or over all.
inline Definition define(std::string name, MediatorMode mode, bool only_new = false) {
  Definition definition{.name = std::move(name), .mode = mode};
  definition.source.table = &store::table_of<Job>();
  if (only_new) {
    definition.source.conditions.push_back(
        {.column = definition.source.table->find("state"), .operands = {std::string("new")}});
  }
  definition.options.retry = {
      .attempts_max = 3, .delay_min = std::chrono::milliseconds(2), .delay_max = std::chrono::milliseconds(10)};
  definition.options.checkpoint = std::chrono::milliseconds(5);
  definition.options.poll = std::chrono::milliseconds(10);
  definition.options.lease = std::chrono::milliseconds(2'000);
  return definition;
}
inline Definition with_all(Definition definition, const Handler& handler) {
  for (const Trigger trigger : kTriggers) definition.handler(trigger) = handler;
  return definition;
}

}  // namespace freshet::mediators::testing
