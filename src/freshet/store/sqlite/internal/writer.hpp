// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "freshet/store/backend.hpp"
#include "freshet/store/sqlite/internal/connection.hpp"
#include "freshet/store/sqlite/internal/core.hpp"
#include "freshet/store/sqlite/internal/transaction.hpp"

namespace freshet::store::sqlite {

/// The one thread that writes.
///
/// Transactions wait in a queue. Those that wait are run together, each as a savepoint in one BEGIN IMMEDIATE ...
/// COMMIT, and answered after it. Where that fails as a whole, each is run again alone, so that one which is at fault
/// fails alone.
///
/// Thread safety: its public functions may be called from any thread.
class Writer {
 public:
  explicit Writer(std::shared_ptr<Core> core) : core_(std::move(core)) {}
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  /// Ends after the group under way; those that still wait fail.
  ~Writer();

  /// Opens the file, and makes it a store if it is new. Called once, before all else.
  Result<void> start();
  void write(TransactionBody body, TransactionEnd end);
  /// Waits until it is done. Errors: internal, if called on the writer's own thread.
  Result<void> prepare(std::span<const Table* const> tables);

 private:
  struct Job {
    TransactionBody body;
    TransactionEnd end;
    Result<Position> outcome{};
  };

  void loop();
  std::vector<Job> take();
  /// Runs and answers them.
  void run(std::span<Job> jobs);
  /// Runs the first of them in one commit and says how many. Errors: it failed as a whole, and none has happened.
  Result<std::size_t> run_together(std::span<Job> jobs);
  /// Runs one in the transaction under way. Errors: the transaction is lost.
  Result<void> run_one(Job& job, bool has_savepoint);
  Result<void> perform(Job& job);
  /// Marks where the changes end that other programs made since, so that they are not taken for one with ours.
  Result<void> close_foreign();
  Result<void> close_own(Timestamp now);
  /// Forgets a part of what is older than history is to be.
  Result<void> trim(Timestamp now);
  Result<void> trim_log(Timestamp now);
  Result<void> trim_removed();
  Result<void> be_open();
  Result<void> prepare_all(std::span<const Table* const> tables);
  Position position() const { return Position::make(epoch_, last_); }

  const std::shared_ptr<Core> core_;  // with the feeds

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Job> queue_;  // under mutex_
  std::atomic<bool> is_stopped_{false};

  // Used by the thread only, once it runs.
  std::unique_ptr<Connection> connection_;
  TableTexts texts_;
  std::vector<const Table*> tables_;
  std::string epoch_;
  std::uint64_t last_ = 0;           // the number of the last change
  std::size_t changes_to_trim_ = 0;  // since history was trimmed
  bool is_at_fault_ = false;         // the file was, when the last group failed
  bool has_begun_ = false;           // whether the last group got as far as to run
  std::thread thread_;
};

}  // namespace freshet::store::sqlite
