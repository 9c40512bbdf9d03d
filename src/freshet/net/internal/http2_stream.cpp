// SPDX-License-Identifier: MIT
#include "freshet/net/internal/http2_stream.hpp"

#include <utility>

#include "freshet/base/assert.hpp"
#include "freshet/net/internal/http2_connection.hpp"

namespace freshet::net {

bool Http2Stream::write(Block block) {
  FRESHET_ASSERT(block != nullptr);
  if (!is_open()) return false;
  if (block->empty()) return true;
  if (over_budget(block->size())) {
    connection_->flush();
    if (!is_open()) return false;
    if (over_budget(block->size())) {
      connection_->count_refusal();
      owes_drained = true;
      return false;
    }
  }
  if (queue.empty()) last_progress = connection_->now();
  connection_->count_queued(static_cast<std::ptrdiff_t>(block->size()));
  queue.push(std::move(block));
  connection_->resume(*this);
  return true;
}

std::size_t Http2Stream::drop_queue() {
  if (connection_ == nullptr) return 0;
  const std::size_t dropped = queue.drop();
  connection_->count_queued(-static_cast<std::ptrdiff_t>(dropped));
  owes_drained = true;
  connection_->resume(*this);
  return dropped;
}

void Http2Stream::close() {
  if (!is_open()) return;
  closing = true;
  connection_->resume(*this);
}

void Http2Stream::abort() {
  if (connection_ == nullptr) return;
  connection_->abort(*this, CloseReason::aborted);
}

void Http2Stream::abandon() {
  // After close() what is queued still leaves, and the listener hears of the end.
  if (!is_open()) return;
  listener = nullptr;
  abort();
}

void Http2Stream::open_for_writing(std::string remote) {
  is_output_ = true;
  remote_ = std::move(remote);
}

void Http2Stream::fill(Block body) {
  connection_->count_queued(static_cast<std::ptrdiff_t>(body->size()));
  queue.push(std::move(body));
  closing = true;
}

void Http2Stream::take(std::size_t size, FrameWriter& writer) {
  connection_->count_queued(-static_cast<std::ptrdiff_t>(size));
  sent_bytes += size;
  last_progress = connection_->now();
  queue.take(size,
             [&](const Block& block, std::size_t offset, std::size_t count) { writer.add_part(block, offset, count); });
}

void Http2Stream::tell_drained() {
  if (connection_ == nullptr || closing || !queue.empty()) return;
  if (std::exchange(owes_drained, false) && listener != nullptr) listener->on_drained();
}

void Http2Stream::end(CloseReason why) {
  if (connection_ == nullptr) return;
  reason = why;
  if (record != nullptr) {
    std::exchange(record, nullptr)->end(sent_bytes, is_output_ ? std::optional(why) : std::nullopt);
  }
  connection_->count_queued(-static_cast<std::ptrdiff_t>(queue.bytes()));
  queue.clear();
  if (later != nullptr) std::exchange(later, nullptr)->forget();
  connection_ = nullptr;
}

void Http2Stream::tell_closed() {
  if (OutputStreamListener* const told = std::exchange(listener, nullptr); told != nullptr) told->on_closed(reason);
}

}  // namespace freshet::net
