// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "freshet/base/clock.hpp"
#include "freshet/base/limits.hpp"
#include "freshet/base/result.hpp"
#include "freshet/store/backend.hpp"

namespace freshet::store {

struct SqliteOptions {
  /// Whether an answered write outlives a power cut. Without it only the end of the process, by whatever signal, does
  /// no harm; a power cut may take the last writes, whole transactions of them.
  bool survives_power_cut = true;
  /// Only reads; the file is not changed and not made.
  bool is_read_only = false;
  /// Threads that read, each with a connection of its own. At least 1.
  std::size_t reader_count = 4;
  /// How long to wait for other processes that lock the database, before a transaction fails.
  std::chrono::milliseconds busy_timeout{5000};
  /// How often feeds look for what other processes wrote. What this store writes they see at once.
  std::chrono::milliseconds poll_interval{100};
  /// Transactions that share one durable commit at most, and how long the next one may be put off for others to join.
  std::size_t group_max = 256;
  std::chrono::milliseconds group_time_max{20};
  /// How much history is kept: changes, and how old. Beyond it feeds that resume are reset, and the revisions of
  /// removed documents are forgotten; new documents then begin above those.
  std::size_t log_changes_max = 1'000'000;
  std::chrono::hours log_age_max{24 * 7};
  /// The database file does not grow beyond; 0: no limit. Counted in pages of 4 KiB; its write-ahead log comes on top.
  Bytes file_bytes_max = 0;
  /// Statements that each connection keeps prepared.
  std::size_t statements_max = 100;
  Limits limits{};
  /// The time of documents. Unset: the machine's. Lifetime: the store's.
  const Clock* clock = nullptr;
};

/// Opens a store in a SQLite file, made if it is missing (its folder is not).
///
/// Several processes may have it open, and other programs, the sqlite3 shell among them, may write to it: triggers keep
/// the change log, revisions and times. Only `INSERT OR REPLACE` from outside looks like a create of what was there,
/// unless its connection has `PRAGMA recursive_triggers` on.
///
/// One thread writes: transactions that wait share one durable commit. When the disk is full, read-only or gone, they
/// fail with `unavailable`; the store stays up and works again when the disk does. A feed that hands out a snapshot
/// reads one state all the while: writers go on, but the write-ahead log grows until it is done.
///
/// Feeds run on when the store is destroyed. Lifetime: the tables that it prepares outlive it.
/// Errors: refused for a file of another program or of another version of Freshet; unavailable.
/// Example: src/freshet/store/sqlite/sqlite_store.test.cpp [open]
Result<std::unique_ptr<Backend>> open_sqlite(std::string path, SqliteOptions options = {});

}  // namespace freshet::store
