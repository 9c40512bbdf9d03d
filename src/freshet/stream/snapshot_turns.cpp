// SPDX-License-Identifier: MIT
#include "freshet/stream/snapshot_turns.hpp"

#include <algorithm>
#include <utility>

namespace freshet::stream {

SnapshotTurns::SnapshotTurns(net::Loop& loop, const StreamOptions& options, StreamStats& stats)
    : loop_(loop), options_(options), stats_(stats) {}

std::size_t SnapshotTurns::rows_left() const {
  return options_.snapshot_rows_per_turn - std::min(rows_taken_, options_.snapshot_rows_per_turn);
}

bool SnapshotTurns::take(std::size_t rows) {
  if (rows > rows_left() || !jobs_.empty()) return false;
  rows_taken_ += rows;
  if (rows != 0) schedule();
  return true;
}

void SnapshotTurns::add(Job& job) {
  jobs_.push_back(&job);
  schedule();
}

void SnapshotTurns::remove(Job& job) { std::erase(jobs_, &job); }

void SnapshotTurns::schedule() {
  if (std::exchange(scheduled_, true)) return;
  loop_.defer([this, alive = std::weak_ptr<char>(alive_)] {
    if (!alive.expired()) end_turn();
  });
}

void SnapshotTurns::end_turn() {
  scheduled_ = false;
  while (!jobs_.empty() && (rows_left() > 0 || rows_taken_ == 0)) {
    Job& job = *jobs_.front();
    jobs_.pop_front();
    const auto [rows, done] = job.step(std::max<std::size_t>(rows_left(), 1));
    ++stats_.snapshot_steps;
    rows_taken_ += std::max<std::size_t>(rows, 1);
    if (!done) jobs_.push_back(&job);
  }
  stats_.snapshot_rows_in_turn_max = std::max<std::uint64_t>(stats_.snapshot_rows_in_turn_max, rows_taken_);
  // The next turn has its own share.
  rows_taken_ = 0;
  if (!jobs_.empty()) schedule();
}

}  // namespace freshet::stream
