// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "freshet/base/clock.hpp"
#include "freshet/base/limits.hpp"
#include "freshet/base/result.hpp"
#include "freshet/store/backend.hpp"

namespace freshet::store {

/// How changes are learnt of.
enum class PostgresFeed : std::uint8_t {
  automatic,   ///< The log where the server permits it, else the table; which one and why is told once.
  logical,     ///< The server's log, by logical replication. Refused where the server does not permit it.
  change_log,  ///< A table that triggers fill, and NOTIFY: every change is written twice.
};

struct PostgresOptions {
  /// Where the tables lie; made if it is not there. At most 40 lower-case letters, digits and underscores.
  std::string schema = "public";
  /// Connections that write. With one, transactions of this process never conflict with each other, and those that
  /// wait share a commit; with more, a slow transaction does not hold up others.
  std::size_t writers = 1;
  std::size_t readers = 4;
  /// Transactions that share one commit at most.
  std::size_t writes_per_commit_max = 32;
  Limits limits{};
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(10);
  /// How long a transaction waits for a server that went away before it fails as unavailable.
  std::chrono::milliseconds patience = std::chrono::seconds(10);
  PostgresFeed feed = PostgresFeed::automatic;
  /// How much of the server's log is kept so that feeds can go on after a restart, beyond what connected feeds need.
  Bytes history_bytes = mib(256);
  /// The same for the table of changes, and for the revisions of removed documents, of which so many are kept at most.
  /// New documents begin above those that were forgotten.
  std::chrono::seconds history_age = std::chrono::hours(24);
  std::size_t removed_max = 1'000'000;
  /// Changes of one transaction that a feed holds in memory at most; beyond that it begins anew with a snapshot.
  std::size_t transaction_changes_max = 1'000'000;
  /// Told what an operator should know: which feed is used and why. Called from any thread.
  std::function<void(const Error&)> on_notice = {};
  /// The time of documents; the machine's clock if null. Outlives the store.
  const Clock* clock = nullptr;
};

/// Opens a database of a PostgreSQL server, version 15 or newer, by a URL as psql takes it:
/// `postgres://USER:PASSWORD@HOST:PORT/DATABASE`. Passwords appear in no error.
///
/// A server that goes away later comes back by itself: transactions wait for it as long as `patience`, feeds for ever.
/// A transaction whose commit got no answer is looked up when the server is back, and never applied twice; one that
/// cannot be looked up in time fails as `unavailable` with detail "outcome unknown".
///
/// Errors: invalid_argument for the URL; refused for a login that is wrong, a server that is too old or a feed that
/// is not permitted; not_found for a database that does not exist; unavailable.
/// Thread safety: may be called from any thread. Blocks for some round trips.
Result<std::unique_ptr<Backend>> open_postgres(const std::string& url, PostgresOptions options = {});

}  // namespace freshet::store
