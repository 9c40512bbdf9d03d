// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "freshet/base/reply.hpp"
#include "freshet/base/result.hpp"
#include "freshet/store/backend.hpp"
#include "freshet/store/document.hpp"
#include "freshet/store/feed.hpp"
#include "freshet/store/from.hpp"
#include "freshet/store/memory/memory_store.hpp"
#include "freshet/store/postgres/postgres_store.hpp"
#include "freshet/store/retry_limits.hpp"
#include "freshet/store/sqlite/sqlite_store.hpp"
#include "freshet/store/transaction.hpp"

namespace freshet {

struct StoreOptions {
  RetryLimits retries{};
  store::MemoryOptions memory{};
  store::SqliteOptions sqlite{};
  store::PostgresOptions postgres{};
};

namespace store {

class StoreCore;

template <class R> struct IsResult : std::false_type {};
template <class T> struct IsResult<Result<T>> : std::true_type {};

}  // namespace store

/// The documents of described structs, in memory, in a SQLite file or in a PostgreSQL database.
///
/// A Store is a handle: copying it copies a pointer. The last one closes the store, after its transactions have ended;
/// feeds are stopped before that.
///
/// Thread safety: may be used from any thread, but blocking calls not from the store's own (an `end`, a body of another
/// transaction of another store that it waits for); use the calls with a Reply there and on loops.
/// Example: src/freshet/store/store.test.cpp [open]
class Store {
 public:
  /// Opens a store by its URL: `memory:`, `sqlite:PATH` or `postgres://USER:PASSWORD@HOST:PORT/DATABASE`.
  /// Errors: invalid_argument for another URL; those of open_sqlite() and open_postgres().
  static Result<Store> open(std::string_view url, StoreOptions options = {});
  explicit Store(std::shared_ptr<store::Backend> backend, RetryLimits retries = {});

  /// Makes or extends the tables of models; before they are used. Errors: those of Backend::prepare(). Throws Failure
  /// if a struct cannot be stored.
  template <class... Models> Result<void> prepare() const {
    const std::vector<const store::Table*> tables = {&store::table_of<Models>()...};
    return prepare(tables);
  }
  Result<void> prepare(std::span<const store::Table* const> tables) const { return backend()->prepare(tables); }

  /// Runs `body(StoreTransaction&)`, which gives a Result<R>, in a serializable transaction, and waits until it is
  /// durable. What it gives is given back; an error or exception of it rolls back. Where somebody else got in the way
  /// it is run again, so it has no effect but through the transaction. `position` is told where the feed is after it.
  ///
  /// Within the body of another transaction of the same store, on its thread, it joins that one: it becomes a part of
  /// it, is durable with it, and its error is that one's as well.
  /// Errors: the body's; conflict after RetryLimits::attempts_max; limit_exceeded, unavailable.
  template <class Body> auto transact(Body&& body, store::Position* position = nullptr) const {
    return run(true, std::forward<Body>(body), position);
  }
  /// The same for a body that only reads: one consistent state.
  template <class Body> auto read(Body&& body) const { return run(false, std::forward<Body>(body), nullptr); }

  /// The same without waiting: the answer comes to the loop that asked. Never joins. `body` is copied or moved.
  template <class R, class Body> void transact(Body body, Reply<R> reply) const {
    start(true, std::move(body), std::move(reply));
  }
  template <class R, class Body> void read(Body body, Reply<R> reply) const {
    start(false, std::move(body), std::move(reply));
  }

  // One read or write in a transaction of its own, or in the one under way; see StoreTransaction.
  template <class T> Result<std::optional<Document<T>>> get(const DocumentId& id) const {
    return read([&](StoreTransaction& transaction) { return transaction.get<T>(id); });
  }
  template <class T>
  Result<std::vector<std::optional<Document<T>>>> get_many(const std::vector<DocumentId>& ids) const {
    return read([&](StoreTransaction& transaction) { return transaction.get_many<T>(ids); });
  }
  template <class T> Result<std::vector<Document<T>>> query(const From<T>& from) const {
    return read([&](StoreTransaction& transaction) { return transaction.query(from); });
  }
  template <class T> Result<Document<T>> create(const T& object, const Precondition& precondition = {}) const {
    return transact([&](StoreTransaction& transaction) { return transaction.create(object, precondition); });
  }
  template <class T> Result<Document<T>> set(const T& object, const Precondition& precondition = {}) const {
    return transact([&](StoreTransaction& transaction) { return transaction.set(object, precondition); });
  }
  template <auto Member>
  Result<Document<detail::ClassOf<Member>>> update(const DocumentId& id, const detail::MemberOf<Member>& value,
                                                   const Precondition& precondition = {}) const {
    return transact([&](StoreTransaction& transaction) { return transaction.update<Member>(id, value, precondition); });
  }
  template <class T> Result<void> remove(const DocumentId& id, const Precondition& precondition = {}) const {
    return transact([&](StoreTransaction& transaction) { return transaction.remove<T>(id, precondition); });
  }

  /// The changes of models, as they come. Errors: those of Backend::follow().
  Result<std::unique_ptr<store::Feed>> follow(store::FeedOptions options, store::FeedReceiver receiver) const {
    return backend()->follow(std::move(options), std::move(receiver));
  }

  const std::shared_ptr<store::Backend>& backend() const;

 private:
  using Body = std::function<Result<void>(StoreTransaction&)>;
  using End = std::function<void(Result<store::Position>)>;

  Result<store::Position> run_and_wait(bool writes, const Body& body) const;
  void start_body(bool writes, Body body, End end) const;

  template <class Fn> auto run(bool writes, Fn&& body, store::Position* position) const {
    using Given = std::invoke_result_t<Fn&, StoreTransaction&>;
    static_assert(store::IsResult<Given>::value, "Freshet: the body of a transaction gives a Result: Result<void>()");
    using R = typename Given::value_type;
    if constexpr (std::is_void_v<R>) {
      auto end = run_and_wait(writes, [&](StoreTransaction& transaction) { return body(transaction); });
      if (end && position != nullptr) *position = *end;
      return end ? Given() : Given(fail(std::move(end.error())));
    } else {
      std::optional<R> value;
      auto end = run_and_wait(writes, [&](StoreTransaction& transaction) { return keep(body(transaction), value); });
      if (end && position != nullptr) *position = *end;
      return end ? Given(*std::move(value)) : Given(fail(std::move(end.error())));
    }
  }

  template <class R, class Fn> void start(bool writes, Fn body, Reply<R> reply) const {
    static_assert(std::is_same_v<std::invoke_result_t<Fn&, StoreTransaction&>, Result<R>>,
                  "Freshet: the body of a transaction that answers a Reply<R> gives a Result<R>");
    struct Call {
      Fn body;
      Reply<R> reply;
      std::optional<R> value{};
    };
    // Owners: the body and the end, whichever goes last.
    const auto call = std::make_shared<Call>(Call{std::move(body), std::move(reply)});
    start_body(
        writes, [call](StoreTransaction& transaction) { return keep(call->body(transaction), call->value); },
        [call](Result<store::Position> end) {
          call->reply.give(end ? Result<R>(*std::move(call->value)) : Result<R>(fail(std::move(end.error()))));
        });
  }

  template <class R> static Result<void> keep(Result<R> given, std::optional<R>& value) {
    value.reset();
    if (!given) return fail(std::move(given.error()));
    value.emplace(*std::move(given));
    return {};
  }

  std::shared_ptr<store::StoreCore> core_;  // owners: the handles, and transactions under way
};

}  // namespace freshet
