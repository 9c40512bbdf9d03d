// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "freshet/store/feed.hpp"
#include "freshet/store/sqlite/internal/connection.hpp"
#include "freshet/store/sqlite/internal/core.hpp"
#include "freshet/store/sqlite/internal/log_reader.hpp"

namespace freshet::store::sqlite {

/// A feed with a thread and a connection of its own.
///
/// What its store commits wakes it; what other processes commit it finds by PRAGMA data_version, each poll interval.
class SqliteFeed final : public Feed {
 public:
  SqliteFeed(std::shared_ptr<Core> core, FeedOptions options, FeedReceiver receiver);
  SqliteFeed(const SqliteFeed&) = delete;
  SqliteFeed& operator=(const SqliteFeed&) = delete;
  ~SqliteFeed() override;

  /// Opens the file and decides where to begin. Errors: the tables are not prepared, the file cannot be read.
  Result<void> start();

 private:
  void loop();
  /// Delivers what there is. Errors: of the database.
  Result<void> catch_up();
  Result<void> be_open();
  /// Where the options say to begin; unset: at a snapshot.
  Result<void> find_beginning();
  Result<void> take_snapshot();
  /// Delivers one batch of commits. False: there is nothing more.
  Result<bool> take_commits();
  Result<void> deliver(Batch batch);
  void tell(const Error& error);
  void wait_for_changes(std::uint64_t& seen);
  void pause_after_trouble();
  Position position() const { return Position::make(epoch_, *number_); }

  const std::shared_ptr<Core> core_;  // with the store and other feeds
  const FeedOptions options_;
  const FeedReceiver receiver_;
  std::atomic<bool> is_stopped_{false};
  std::mutex connection_mutex_;  // over connection_, against interrupt() by who destroys the feed

  // Used by the thread only, once it runs.
  std::unique_ptr<Connection> connection_;
  std::optional<LogReader> reader_;
  std::string epoch_;
  std::optional<std::uint64_t> number_;  // of the last change that was delivered; unset: a snapshot is due
  std::int64_t data_version_ = 0;
  bool is_reset_due_ = false;  // before the snapshot
  bool has_ended_ = false;     // the receiver refused a batch
  std::optional<Error> trouble_;
  std::thread thread_;
};

}  // namespace freshet::store::sqlite
