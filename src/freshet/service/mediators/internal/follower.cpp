// SPDX-License-Identifier: MIT
#include "freshet/service/mediators/internal/follower.hpp"

#include <utility>

namespace freshet::mediators {
namespace {

constexpr RetryOptions kPauses{.delay_min = std::chrono::milliseconds(100),
                               .delay_max = std::chrono::milliseconds(5'000)};

}  // namespace

Follower::Follower(std::shared_ptr<store::Backend> backend, Following& following,
                   std::vector<const store::Table*> tables, std::chrono::milliseconds lease, FeedHandler& handler,
                   Counters& counters)
    : backend_(std::move(backend)),
      following_(following),
      tables_(std::move(tables)),
      lease_(lease),
      handler_(handler),
      counters_(counters),
      delays_(kPauses, random_seed()) {}

Follower::~Follower() { stop(); }

void Follower::start() {
  thread_ = std::thread([this] { run(); });
}

void Follower::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool Follower::rest(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, time, [&] { return stopping_; });
}

void Follower::run() {
  std::size_t failures = 0;
  std::chrono::milliseconds pause(0);
  while (!rest(pause)) {
    const auto taken = following_.take(*backend_);
    if (!taken) {
      counters_.trouble(taken.error());
      pause = delays_.after(++failures);
    } else if (!*taken) {
      counters_.state(MediatorStatus::State::standby);
      failures = 0;
      pause = lease_ / 4 + delays_.up_to(lease_ / 4);
    } else {
      counters_.state(MediatorStatus::State::running);
      const auto begun = std::chrono::steady_clock::now();
      follow_while_allowed();
      if (std::chrono::steady_clock::now() - begun > lease_) failures = 0;
      pause = delays_.after(++failures);
    }
  }
  if (const auto given = following_.give_back(*backend_); !given) counters_.trouble(given.error());
  counters_.state(MediatorStatus::State::stopped);
}

void Follower::follow_while_allowed() {
  if (const auto begun = handler_.begin(!following_.position()); !begun) {
    counters_.trouble(begun.error());
    return handler_.end();
  }
  {
    const std::scoped_lock lock(mutex_);
    ended_ = false;
  }
  store::FeedReceiver receiver{.on_batch =
                                   [this](store::Batch batch) {
                                     auto taken = take(std::move(batch));
                                     if (!taken) failed(taken.error());
                                     return taken;
                                   },
                               .on_trouble = [this](const Error& error) { counters_.trouble(error); }};
  store::FeedOptions options;
  options.tables = tables_;
  options.after = following_.position();
  auto feed = backend_->follow(std::move(options), std::move(receiver));
  if (feed) {
    std::unique_lock lock(mutex_);
    keep_right(lock);
  } else {
    counters_.trouble(feed.error());
  }
  handler_.interrupt();
  feed = std::unique_ptr<store::Feed>();  // waits for the call under way
  handler_.end();
}

void Follower::keep_right(std::unique_lock<std::mutex>& lock) {
  while (!changed_.wait_for(lock, lease_ / 3, [&] { return stopping_ || ended_; })) {
    lock.unlock();
    const auto kept = following_.take(*backend_);
    lock.lock();
    if (!kept) counters_.trouble(kept.error());
    if (kept && !*kept) return;
  }
}

void Follower::failed(const Error& error) {
  const std::scoped_lock lock(mutex_);
  if (!stopping_) counters_.trouble(error);
  ended_ = true;
  changed_.notify_all();
}

Result<void> Follower::take(store::Batch batch) {
  switch (batch.kind) {
    case store::Batch::Kind::snapshot:
      return handler_.take_snapshot(std::move(batch.changes));
    case store::Batch::Kind::snapshot_end:
      return handler_.end_snapshot(std::move(batch.position));
    case store::Batch::Kind::commit:
      return handler_.take_changes(std::move(batch.changes), std::move(batch.position));
    case store::Batch::Kind::reset:
      return handler_.reset();
  }
  return {};
}

}  // namespace freshet::mediators
