// SPDX-License-Identifier: MIT
#include "freshet/store/sqlite/internal/core.hpp"

#include <algorithm>
#include <utility>

namespace freshet::store::sqlite {
namespace {

// What is left of a write-ahead log that had grown is given back to the disk down to this.
constexpr Bytes kWalKept = mib(64);
constexpr Bytes kPageBytes = kib(4);

Result<void> set_up(Connection& connection, const SqliteOptions& options, bool to_write) {
  const auto set = [&](const std::string& pragma) { return connection.run_once("PRAGMA " + pragma); };
  // The triggers count on it that they do not call themselves.
  auto done = set("recursive_triggers = OFF");
  if (done) done = set("cache_size = -16384");
  if (done && !to_write) done = set("query_only = ON");
  if (!done || !to_write) return done;
  done = set(options.survives_power_cut ? "synchronous = FULL" : "synchronous = NORMAL");
  if (done) done = set("journal_size_limit = " + std::to_string(kWalKept));
  if (done && options.file_bytes_max > 0) {
    done = set("max_page_count = " + std::to_string(std::max<Bytes>(options.file_bytes_max / kPageBytes, 1)));
  }
  return done;
}

}  // namespace

std::uint64_t Wake::count() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

void Wake::notify() {
  {
    const std::lock_guard lock(mutex_);
    ++count_;
  }
  changed_.notify_all();
}

std::uint64_t Wake::wait(std::uint64_t seen, std::chrono::milliseconds timeout) const {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, timeout, [&] { return count_ != seen; });
  return count_;
}

Result<std::unique_ptr<Connection>> Core::connect(Role role, const std::atomic<bool>& is_stopped) const {
  auto connection = Connection::open({.path = path,
                                      .may_create = role == Role::make,
                                      .is_read_only = options.is_read_only,
                                      .busy_timeout = options.busy_timeout,
                                      .statements_max = options.statements_max,
                                      .is_stopped = &is_stopped});
  if (!connection) return connection;
  if (auto done = set_up(**connection, options, role != Role::read); !done) return fail(std::move(done.error()));
  return connection;
}

Result<std::uint64_t> last_number(Connection& connection) {
  const auto last = connection.integer("SELECT max(seq) FROM _freshet_log");
  if (!last) return fail(last.error());
  return static_cast<std::uint64_t>(*last);
}

}  // namespace freshet::store::sqlite
