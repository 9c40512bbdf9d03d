// SPDX-License-Identifier: MIT
#include "freshet/store/store.hpp"

#include <future>
#include <thread>

#include "freshet/base/assert.hpp"
#include "freshet/store/internal/delayed_calls.hpp"
#include "freshet/store/internal/retry_delays.hpp"

namespace freshet {
namespace store {

/// What the handles of one store share.
class StoreCore {
 public:
  StoreCore(std::shared_ptr<Backend> backend, const RetryLimits& retries)
      : backend_(std::move(backend)), retries_(retries) {}

  const std::shared_ptr<Backend>& backend() const { return backend_; }
  const RetryLimits& retries() const { return retries_; }
  const std::shared_ptr<DelayedCalls>& later() const { return later_; }

 private:
  std::shared_ptr<Backend> backend_;  // owners: this, and whatever else was given it: live stores, mediators
  RetryLimits retries_;
  // Owners: this, and transactions under way.
  std::shared_ptr<DelayedCalls> later_ = std::make_shared<DelayedCalls>();
};

namespace {

// The transaction whose body runs on this thread, so that transactions within join it.
struct Scope {
  const Backend* backend;
  BackendTransaction* transaction;
  bool writes;
  Scope* outer;
  std::optional<Error> error{};
};

thread_local Scope* current_scope = nullptr;

Scope* scope_of(const Backend& backend) {
  Scope* scope = current_scope;
  while (scope != nullptr && scope->backend != &backend) scope = scope->outer;
  return scope;
}

class ScopeGuard {
 public:
  explicit ScopeGuard(Scope& scope) { current_scope = &scope; }
  ScopeGuard(const ScopeGuard&) = delete;
  ScopeGuard& operator=(const ScopeGuard&) = delete;
  ~ScopeGuard() { current_scope = current_scope->outer; }
};

using TypedBody = std::function<Result<void>(StoreTransaction&)>;

TransactionBody in_scope(const Backend& backend, bool writes, TypedBody body) {
  return [&backend, writes, body = std::move(body)](BackendTransaction& transaction) -> Result<void> {
    Scope scope{.backend = &backend, .transaction = &transaction, .writes = writes, .outer = current_scope};
    const ScopeGuard guard(scope);
    StoreTransaction typed(transaction);
    auto done = body(typed);
    // What joined and failed may have done half of its work.
    if (done && scope.error) return fail(*std::move(scope.error));
    return done;
  };
}

Result<Position> join(Scope& scope, bool writes, const TypedBody& body) {
  if (writes && !scope.writes) {
    return fail(ErrorCode::invalid_argument, "a transaction that writes is within one that only reads");
  }
  StoreTransaction typed(*scope.transaction);
  auto done = body(typed);
  if (done) return Position();
  if (!scope.error) scope.error = done.error();
  return fail(std::move(done.error()));
}

void begin(Backend& backend, bool writes, TransactionBody body, TransactionEnd end) {
  writes ? backend.write(std::move(body), std::move(end)) : backend.read(std::move(body), std::move(end));
}

// A transaction that nobody waits for. It does not own the backend: its end is called on a thread of the backend's own,
// which could not be the last to let go of it.
struct Attempt {
  std::weak_ptr<Backend> backend;
  std::shared_ptr<DelayedCalls> later;
  bool writes;
  TransactionBody body;
  TransactionEnd end;
  RetryDelays delays;
};

void run(const std::shared_ptr<Attempt>& attempt) {
  const std::shared_ptr<Backend> backend = attempt->backend.lock();
  if (backend == nullptr) return attempt->end(fail(ErrorCode::unavailable, "the store is closed"));
  const bool writes = attempt->writes;
  TransactionBody body = [attempt](BackendTransaction& transaction) { return attempt->body(transaction); };
  begin(*backend, writes, std::move(body), [attempt](Result<Position> outcome) {
    std::optional<std::chrono::nanoseconds> delay;
    if (!outcome && is_lost_race(outcome.error())) delay = attempt->delays.next();
    if (!delay) return attempt->end(std::move(outcome));
    const bool is_accepted = attempt->later->add(*delay, [attempt] { run(attempt); });
    if (!is_accepted) attempt->end(std::move(outcome));
  });
}

}  // namespace
}  // namespace store

Store::Store(std::shared_ptr<store::Backend> backend, RetryLimits retries)
    : core_(std::make_shared<store::StoreCore>(std::move(backend), retries)) {}

const std::shared_ptr<store::Backend>& Store::backend() const { return core_->backend(); }

Result<Store> Store::open(std::string_view url, StoreOptions options) {
  using Opened = Result<std::unique_ptr<store::Backend>>;
  const auto made = [&]() -> Opened {
    if (url == "memory:") return store::open_memory(options.memory);
    constexpr std::size_t kSchemeBytesMax = 32;
    constexpr std::string_view kSqlite = "sqlite:";
    if (url.starts_with(kSqlite) && url.size() > kSqlite.size()) {
      return store::open_sqlite(std::string(url.substr(kSqlite.size())), options.sqlite);
    }
    if (url.starts_with("postgres://") || url.starts_with("postgresql://")) {
      return store::open_postgres(std::string(url), options.postgres);
    }
    // No more of the URL is shown than its scheme: it may have a password.
    const std::size_t colon = url.find(':');
    const bool has_scheme = colon != std::string_view::npos && colon <= kSchemeBytesMax;
    return fail(ErrorCode::invalid_argument, "this is no URL of a store",
                has_scheme ? "its scheme is " + std::string(url.substr(0, colon)) : "",
                "memory:, sqlite:PATH or postgres://USER:PASSWORD@HOST:PORT/DATABASE");
  };
  auto backend = made();
  if (!backend) return fail(std::move(backend.error()));
  return Store(*std::move(backend), options.retries);
}

Result<store::Position> Store::run_and_wait(bool writes, const Body& body) const {
  store::Backend& backend = *core_->backend();
  if (store::Scope* const scope = store::scope_of(backend)) return store::join(*scope, writes, body);
  const store::TransactionBody scoped = store::in_scope(backend, writes, body);
  store::RetryDelays delays(core_->retries());
  for (;;) {
    // Owners: this call, and the store's thread, which may still be inside set_value() when the value is read here.
    const auto promise = std::make_shared<std::promise<Result<store::Position>>>();
    auto future = promise->get_future();
    store::begin(backend, writes, scoped,
                 [promise](Result<store::Position> end) { promise->set_value(std::move(end)); });
    auto outcome = future.get();
    if (outcome || !store::is_lost_race(outcome.error())) return outcome;
    const auto delay = delays.next();
    if (!delay) return outcome;
    std::this_thread::sleep_for(*delay);
  }
}

void Store::start_body(bool writes, Body body, End end) const {
  store::run(std::make_shared<store::Attempt>(
      store::Attempt{.backend = core_->backend(),
                     .later = core_->later(),
                     .writes = writes,
                     .body = store::in_scope(*core_->backend(), writes, std::move(body)),
                     .end = std::move(end),
                     .delays = store::RetryDelays(core_->retries())}));
}

}  // namespace freshet
