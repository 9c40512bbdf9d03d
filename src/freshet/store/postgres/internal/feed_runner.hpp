// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "freshet/store/feed.hpp"
#include "freshet/store/postgres/internal/backoff.hpp"
#include "freshet/store/postgres/internal/history.hpp"
#include "freshet/store/postgres/internal/stop_signal.hpp"

namespace freshet::store::postgres {

/// Hands batches to a feed's receiver and remembers how far it has come, over all connections.
class FeedSink {
 public:
  FeedSink(FeedOptions options, FeedReceiver receiver)
      : options_(std::move(options)), receiver_(std::move(receiver)), after_(options_.after) {}

  const FeedOptions& options() const { return options_; }
  /// Where to go on; unset: a snapshot is due.
  const std::optional<Position>& after() const { return after_; }
  std::uint64_t number() const { return after_ ? after_->number().value_or(0) : 0; }
  /// Errors: of the receiver, who wants no more.
  Result<void> deliver(Batch batch);
  /// Delivers a reset; a snapshot is due then.
  Result<void> reset();
  /// Before the first batch of a snapshot: takes back one that was broken off.
  Result<void> begin_snapshot();
  Result<void> end_snapshot(Position position);
  /// Tells whoever waits for his own write that we are there, where no batch says so.
  Result<void> tell_progress(Position position, Timestamp now);

  bool has_ended() const { return has_ended_; }
  void tell_trouble(const Error& error);
  /// The connection works: what goes wrong from now on is news.
  void note_success();

 private:
  friend class FeedRunner;

  FeedOptions options_;
  FeedReceiver receiver_;
  std::optional<Position> after_;
  bool is_in_snapshot_ = false;
  bool has_ended_ = false;
  std::optional<Error> last_trouble_;
  Backoff backoff_;
};

/// A way to learn of changes.
class FeedSource {
 public:
  virtual ~FeedSource() = default;
  /// Connects, goes on where the sink is, and delivers until something goes wrong or a new beginning is due (no error).
  virtual Result<void> run(FeedSink& sink, const StopSignal& stop) = 0;
};

/// The thread of a feed: runs its source, again and again.
class FeedRunner final : public Feed {
 public:
  /// Lifetime: the history outlives it.
  FeedRunner(std::unique_ptr<FeedSource> source, FeedOptions options, FeedReceiver receiver, History& history);
  ~FeedRunner() override;

 private:
  void run();

  std::unique_ptr<FeedSource> source_;
  FeedSink sink_;
  History& history_;
  StopSignal stop_;
  std::thread thread_;
};

}  // namespace freshet::store::postgres
