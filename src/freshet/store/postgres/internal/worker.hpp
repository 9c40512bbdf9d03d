// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "freshet/store/postgres/internal/backoff.hpp"
#include "freshet/store/postgres/internal/history.hpp"
#include "freshet/store/postgres/internal/requests.hpp"
#include "freshet/store/postgres/internal/session.hpp"
#include "freshet/store/postgres/internal/transaction.hpp"

namespace freshet::store::postgres {

/// A thread with a connection of its own, which runs the transactions that wait.
///
/// Writers put what waits into one transaction of the server and commit once: when anything goes wrong but that a body
/// refuses before it has written, each is run again alone. With each commit goes the number of the transaction, into a
/// row that is this worker's, so that a commit whose answer was lost can be looked up: the next connection takes the
/// row, which waits for the old transaction to end or makes it fail, and then the row says what happened.
///
/// Lifetime: all it is given outlives it. Ends when the requests are closed; its destructor waits for that.
class Worker {
 public:
  struct Rules {
    bool may_write = false;
    std::size_t group_max = 1;
    Limits limits{};
    std::chrono::milliseconds connect_timeout{};
    std::chrono::milliseconds patience{};
    const Clock* clock = nullptr;
  };
  struct Signals {
    const StopSignal& closing;  ///< Connects no more.
    const StopSignal& abort;    ///< Waits for the server no more.
  };

  Worker(const Target& target, const Tables& tables, Rules rules, Requests& requests, History& history,
         Signals signals);
  ~Worker() { thread_.join(); }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

 private:
  using Group = std::vector<Request>;
  using Steady = std::chrono::steady_clock;
  // What became of a request within a group that is to be committed; nothing: it is in.
  using Refusals = std::vector<std::optional<Error>>;

  void run();
  /// Connects if need be. Otherwise tells those who have waited too long and takes them out.
  bool is_connected(Group& group);
  void tell_impatient(Group& group, const Error& why);
  Result<void> connect();
  Result<void> introduce();

  /// Each of these gives back what has to be run again.
  Group serve(Group group);
  Group serve_read(Group group);
  Group serve_writes(Group group);
  Group after_failure(Group group, const Error& error);
  Group one_by_one(Group group);
  Group after_loss(Group group, const Error& error);
  Group commit(Group group, const Refusals& refusals, bool has_written);
  Group resolve(Group group, const Refusals& refusals);

  /// Runs the bodies one after another. Errors: of a statement, after which nothing of it counts.
  Result<bool> run_bodies(Group& group, Refusals& refusals);
  Result<std::optional<bool>> ask_outcome();
  std::string position_statement() const;
  Position read_position(const Rows& rows);
  void tell(Group group, const Refusals& refusals, const Position& position);

  const Target& target_;
  const Tables& tables_;
  const Rules rules_;
  Requests& requests_;
  History& history_;
  const Signals signals_;
  const std::string name_;   // of its row in freshet_sessions
  std::int64_t number_ = 0;  // of its last commit
  std::string epoch_;        // of positions in the log
  std::optional<Session> session_;
  Backoff backoff_;
  std::thread thread_;
};

}  // namespace freshet::store::postgres
