// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "freshet/base/clock.hpp"
#include "freshet/store/sqlite/internal/connection.hpp"
#include "freshet/store/sqlite/sqlite_store.hpp"

namespace freshet::store::sqlite {

/// Tells feeds that something was committed.
///
/// Thread safety: may be called from any thread.
class Wake {
 public:
  std::uint64_t count() const;
  void notify();
  /// Waits until the count is another than `seen`, for `timeout` at most. Returns the count.
  std::uint64_t wait(std::uint64_t seen, std::chrono::milliseconds timeout) const;

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::uint64_t count_ = 0;
};

/// What a connection is for. One that makes also writes.
enum class Role : std::uint8_t { read, write, make };

/// What a store and its feeds share. Owned by all of them, since feeds may outlive the store.
struct Core {
  Core(std::string file, SqliteOptions wanted) : path(std::move(file)), options(wanted) {}

  /// A connection, set up. Looks at nothing in the file.
  Result<std::unique_ptr<Connection>> connect(Role role, const std::atomic<bool>& is_stopped) const;
  Timestamp now() const { return options.clock != nullptr ? options.clock->now() : SystemClock().now(); }

  const std::string path;
  const SqliteOptions options;
  Wake wake;
  /// Counts prepare(): what was derived from tables before is stale.
  std::atomic<std::uint64_t> tables_version{0};
};

/// The number of the last change in the log; 0 before the first.
Result<std::uint64_t> last_number(Connection& connection);

}  // namespace freshet::store::sqlite
