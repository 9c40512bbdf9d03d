// SPDX-License-Identifier: MIT
#include "freshet/store/postgres/internal/feed_runner.hpp"

#include <exception>
#include <utility>

namespace freshet::store::postgres {
namespace {

Result<void> call(const FeedReceiver& receiver, Batch batch) {
  try {
    return receiver.on_batch(std::move(batch));
  } catch (const Failure& failure) {
    return fail(failure.error());
  } catch (const std::exception& exception) {
    return fail(ErrorCode::internal, "the receiver of a feed threw", exception.what());
  } catch (...) {
    return fail(ErrorCode::internal, "the receiver of a feed threw");
  }
}

}  // namespace

Result<void> FeedSink::deliver(Batch batch) {
  Position position = batch.position;
  auto taken = call(receiver_, std::move(batch));
  if (!taken) has_ended_ = true;
  if (taken && !position.text.empty()) after_ = std::move(position);
  return taken;
}

Result<void> FeedSink::reset() {
  after_.reset();
  is_in_snapshot_ = false;
  Batch batch;
  batch.kind = Batch::Kind::reset;
  return deliver(std::move(batch));
}

Result<void> FeedSink::begin_snapshot() {
  Result<void> begun;
  if (is_in_snapshot_) begun = reset();
  is_in_snapshot_ = true;
  return begun;
}

Result<void> FeedSink::end_snapshot(Position position) {
  is_in_snapshot_ = false;
  Batch batch;
  batch.kind = Batch::Kind::snapshot_end;
  batch.position = std::move(position);
  batch.committed_at = SystemClock().now();
  return deliver(std::move(batch));
}

Result<void> FeedSink::tell_progress(Position position, Timestamp now) {
  Batch batch;
  batch.position = std::move(position);
  batch.committed_at = now;
  return deliver(std::move(batch));
}

void FeedSink::tell_trouble(const Error& error) {
  if (last_trouble_ == error || !receiver_.on_trouble) return;
  last_trouble_ = error;
  receiver_.on_trouble(error);
}

void FeedSink::note_success() {
  last_trouble_.reset();
  backoff_.reset();
}

FeedRunner::FeedRunner(std::unique_ptr<FeedSource> source, FeedOptions options, FeedReceiver receiver, History& history)
    : source_(std::move(source)), sink_(std::move(options), std::move(receiver)), history_(history) {
  history_.add(stop_);
  thread_ = std::thread([this] { run(); });
}

FeedRunner::~FeedRunner() {
  stop_.fire();
  thread_.join();
  history_.remove(stop_);
}

void FeedRunner::run() {
  while (!stop_.fired()) {
    const auto done = source_->run(sink_, stop_);
    if (stop_.fired()) return;
    if (!done) sink_.tell_trouble(done.error());
    if (sink_.has_ended()) return;
    if (!done) stop_.sleep(sink_.backoff_.next());
  }
}

}  // namespace freshet::store::postgres
