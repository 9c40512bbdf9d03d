// SPDX-License-Identifier: MIT
#pragma once

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "freshet/base/clock.hpp"
#include "freshet/base/result.hpp"
#include "freshet/net/loop.hpp"
#include "freshet/service/auth/keys.hpp"
#include "freshet/service/auth/options.hpp"

namespace freshet::auth {

/// Fetches one URL on a thread of its own, whenever it is asked to.
///
/// Thread safety: made, asked and destroyed by one thread; `deliver` is called by its own. Destroying it ends a fetch
/// that is under way.
class KeyFetcher {
 public:
  KeyFetcher(const AuthOptions& options, std::function<void(Result<std::string>)> deliver);
  KeyFetcher(const KeyFetcher&) = delete;
  KeyFetcher& operator=(const KeyFetcher&) = delete;
  ~KeyFetcher();

  void ask();

 private:
  void run(const std::stop_token& stop);

  const std::string url_;
  const std::string ca_file_;
  const std::chrono::milliseconds timeout_;
  const std::function<void(Result<std::string>)> deliver_;
  std::mutex mutex_;
  std::condition_variable_any asked_changed_;
  bool asked_ = false;  // guarded by mutex_
  std::jthread thread_;
};

/// The keys that tokens are verified with, from all sources of the options, kept up to date.
///
/// A source that fails keeps the keys that it had; `report` hears why. Files are looked at when keys are asked for, at
/// most once a second.
///
/// Lifetime: the loop outlives it. Thread safety: belongs to the loop.
class KeyRing {
 public:
  using Report = std::function<void(std::string_view problem)>;

  KeyRing(const AuthOptions& options, net::Loop& loop, Report report);
  KeyRing(const KeyRing&) = delete;
  KeyRing& operator=(const KeyRing&) = delete;
  ~KeyRing();

  /// Reads what is on this machine and begins to fetch the rest. Errors: a secret, file or address that cannot serve;
  /// what has to be fetched is not waited for.
  Result<void> start();

  const Keys& keys();

  /// For a token whose key is not known: calls `done` once the keys have been fetched again, or that failed. False if
  /// there is nothing to fetch, or it was tried a moment ago.
  bool refetch(std::function<void()> done);

  std::uint64_t fetch_count() const { return fetch_count_; }
  std::uint64_t failure_count() const { return failure_count_; }

 private:
  struct FileState {
    std::filesystem::file_time_type time;
    std::uintmax_t bytes = 0;
    friend bool operator==(const FileState&, const FileState&) = default;
  };

  Result<void> read_fixed();
  Result<void> read_file();
  void look_at_file();
  void ask();
  void fetched(Result<std::string> answer);
  void fail_with(const Error& error);
  void collect();

  const AuthOptions options_;
  net::Loop& loop_;
  const Report report_;

  Keys fixed_;
  Keys from_file_;
  Keys from_url_;
  Keys all_;

  std::optional<FileState> file_state_;
  SteadyTime file_looked_at_{};
  std::optional<SteadyTime> last_fetch_;
  bool fetching_ = false;
  std::vector<std::function<void()>> waiting_;
  std::uint64_t fetch_count_ = 0;
  std::uint64_t failure_count_ = 0;
  net::Timer refresh_timer_;
  // What other threads post finds out by this whether the ring is still there.
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  // Last: its thread ends before the rest goes.
  std::unique_ptr<KeyFetcher> fetcher_;
};

}  // namespace freshet::auth
