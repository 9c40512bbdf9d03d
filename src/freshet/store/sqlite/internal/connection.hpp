// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "freshet/base/result.hpp"
#include "freshet/store/cell.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace freshet::store::sqlite {

class Connection;

/// A prepared statement, lent by its connection until this is destroyed.
///
/// Lifetime: not longer than the connection. Thread safety: the connection's.
class Statement {
 public:
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  /// The cell becomes parameter `at`, from 1. Lifetime: text is not copied; it outlives the steps.
  void bind(int at, const Cell& cell);
  void bind(int at, std::int64_t value);
  void bind(int at, std::string_view text);
  /// A temporary's text would be gone before the statement runs.
  void bind(int at, Cell&& cell) = delete;

  /// Goes to the next row; false after the last.
  Result<bool> step();
  /// Runs a statement that gives no rows, or whose rows do not matter, to its end.
  Result<void> run();

  bool is_null(int column) const;
  std::int64_t integer(int column) const;
  /// Lifetime: until the next step.
  std::string_view text(int column) const;
  /// What a column of that kind holds; null if it holds nothing such.
  Cell cell(int column, ColumnKind kind) const;

 private:
  friend class Connection;
  Statement(Connection& connection, sqlite3_stmt* statement, bool* is_lent)
      : connection_(&connection), statement_(statement), is_lent_(is_lent) {}
  void note(int code);

  Connection* connection_;
  sqlite3_stmt* statement_;
  bool* is_lent_;      // the mark of its place in the cache; null if it has none
  int bind_code_ = 0;  // of the first binding that failed, which fails the steps
};

struct ConnectionOptions {
  std::string path;
  bool may_create = false;
  bool is_read_only = false;
  /// Waits no longer for what others lock.
  std::chrono::milliseconds busy_timeout{5000};
  /// Statements kept prepared.
  std::size_t statements_max = 100;
  /// Ends waiting for locks once true. Lifetime: the connection's.
  const std::atomic<bool>* is_stopped = nullptr;
};

/// One connection to a database file, with the statements that were prepared on it.
///
/// Thread safety: one thread at a time, but interrupt(), which any may call.
class Connection {
 public:
  static Result<std::unique_ptr<Connection>> open(ConnectionOptions options);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  /// Prepared before or now.
  Result<Statement> prepare(std::string_view sql);
  /// Runs one statement.
  Result<void> run(std::string_view sql);
  /// Runs one statement that is not worth keeping, such as DDL.
  Result<void> run_once(const std::string& sql);
  /// The first value of the first row; `otherwise` if there is no row or the value is null.
  Result<std::int64_t> integer(std::string_view sql, std::int64_t otherwise = 0);

  /// Between BEGIN and COMMIT: some errors end a transaction by themselves.
  bool is_in_transaction() const;
  /// Rolls back if in a transaction.
  void roll_back();
  bool is_read_only() const;
  /// Whether the file at the path is no longer the one that is open: deleted, or another put in its place.
  bool has_moved() const;
  /// Makes what runs on it end with an error, soon.
  void interrupt();

  const std::string& path() const { return options_.path; }
  std::size_t statement_count() const { return cache_.size(); }
  /// What the last call failed with, as an error of ours.
  Error error() const;

 private:
  friend class Statement;
  struct Cached {
    std::string sql;
    sqlite3_stmt* statement = nullptr;
    bool is_lent = false;
  };

  explicit Connection(ConnectionOptions options) : options_(std::move(options)) {}
  static int on_busy(void* self, int count);
  Result<sqlite3_stmt*> compile(std::string_view sql, bool is_kept);
  void trim_cache();

  ConnectionOptions options_;
  sqlite3* database_ = nullptr;
  std::chrono::steady_clock::time_point busy_since_;
  // Lately used ones first. A list, since what is lent points into it.
  std::list<Cached> cache_;
  std::unordered_map<std::string_view, std::list<Cached>::iterator> by_sql_;
};

/// An open transaction that is rolled back unless it was committed.
class TransactionScope {
 public:
  explicit TransactionScope(Connection& connection) : connection_(connection) {}
  TransactionScope(const TransactionScope&) = delete;
  TransactionScope& operator=(const TransactionScope&) = delete;
  ~TransactionScope() { connection_.roll_back(); }

  /// `how`: "BEGIN" to read, "BEGIN IMMEDIATE" to write.
  Result<void> begin(std::string_view how) { return connection_.run(how); }
  Result<void> commit() { return connection_.run("COMMIT"); }

 private:
  Connection& connection_;
};

}  // namespace freshet::store::sqlite
