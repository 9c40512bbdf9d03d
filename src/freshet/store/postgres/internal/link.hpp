// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <libpq-fe.h>

#include "freshet/base/result.hpp"
#include "freshet/store/postgres/internal/stop_signal.hpp"
#include "freshet/store/postgres/internal/target.hpp"

namespace freshet::store::postgres {

/// The rows that a statement gave, as text.
class Rows {
 public:
  Rows() = default;
  explicit Rows(PGresult* result) : result_(result, PQclear) {}

  std::size_t size() const { return result_ == nullptr ? 0 : static_cast<std::size_t>(PQntuples(result_.get())); }
  bool empty() const { return size() == 0; }
  std::size_t column_count() const { return static_cast<std::size_t>(PQnfields(result_.get())); }
  /// A value; nothing for null. Requires: there is such a row and column. Valid as long as the Rows.
  std::optional<std::string_view> at(std::size_t row, std::size_t column) const;
  /// The same where it cannot be null: empty then.
  std::string_view text(std::size_t row, std::size_t column) const { return at(row, column).value_or(""); }
  /// How many rows a write concerned.
  std::size_t changed() const;
  const PGresult* get() const { return result_.get(); }

 private:
  std::unique_ptr<PGresult, decltype(&PQclear)> result_{nullptr, PQclear};
};

/// What a failed statement comes to; a lost_race() for whoever has to run his transaction again.
Error error_of(const PGresult* result, const Target& target);

/// A connection that never blocks in libpq: all waiting ends with a signal.
///
/// Thread safety: belongs to one thread at a time. Lifetime: target and signal outlive it.
class Link {
 public:
  enum class Use { statements, replication };

  /// Errors: unavailable, refused for a login that is wrong.
  static Result<Link> open(const Target& target, Use use, const Target::Parameters& settings, const StopSignal& stop,
                           std::chrono::milliseconds timeout);

  PGconn* get() const { return connection_.get(); }
  /// From now on another signal ends waiting.
  void watch(const StopSignal& stop) { stop_ = &stop; }
  const Target& target() const { return *target_; }

  /// Sends all that is buffered. Errors: unavailable.
  Result<void> flush();
  /// The next result, as PQgetResult() gives it, null included. Errors: unavailable.
  Result<PGresult*> next_result();
  /// Waits until there is something to read, the time is over or the signal is poked; false then. Takes in what there
  /// is.
  Result<bool> wait_for_input(std::chrono::milliseconds timeout);

  /// One statement without parameters, by the simple protocol: the one that replication connections speak too.
  Result<Rows> run(const std::string& sql);

  /// Whether the connection is of no use any more.
  bool is_lost() const { return is_lost_ || PQstatus(get()) != CONNECTION_OK; }
  /// The error that says so.
  tl::unexpected<Error> lost();
  /// What `result` failed with; notices where the server sends us away.
  Error failure(const PGresult* result);

 private:
  Link(PGconn* connection, const Target& target, const StopSignal& stop)
      : connection_(connection, PQfinish), target_(&target), stop_(&stop) {}

  Result<void> connect(std::chrono::milliseconds timeout);
  /// Waits for the socket; 0 for a time that is over or a poke. Errors: the signal.
  Result<short> wait(short events, std::chrono::milliseconds timeout) const;

  std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
  const Target* target_;
  const StopSignal* stop_;
  bool is_lost_ = false;
};

}  // namespace freshet::store::postgres
