// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "freshet/store/backend.hpp"
#include "freshet/store/sqlite/internal/core.hpp"
#include "freshet/store/sqlite/internal/transaction.hpp"

namespace freshet::store::sqlite {

/// The threads that read, each with a connection of its own: every transaction sees one state, whatever is written
/// meanwhile.
///
/// Thread safety: its public functions may be called from any thread.
class Readers {
 public:
  explicit Readers(std::shared_ptr<Core> core);
  Readers(const Readers&) = delete;
  Readers& operator=(const Readers&) = delete;
  /// Ends after the transactions under way; those that still wait fail.
  ~Readers();

  void read(TransactionBody body, TransactionEnd end);

 private:
  struct Job {
    TransactionBody body;
    TransactionEnd end;
  };

  /// What one thread uses.
  struct Seat {
    std::unique_ptr<Connection> connection;
    TableTexts texts;
    std::uint64_t tables_version = 0;
    std::string epoch;
  };

  void loop();
  Result<Position> run(Seat& seat, const TransactionBody& body);
  Result<void> be_open(Seat& seat);

  const std::shared_ptr<Core> core_;  // with the feeds
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Job> queue_;  // under mutex_
  std::atomic<bool> is_stopped_{false};
  std::vector<std::thread> threads_;
};

}  // namespace freshet::store::sqlite
