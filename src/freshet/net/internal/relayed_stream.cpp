// SPDX-License-Identifier: MIT
#include "freshet/net/internal/relayed_stream.hpp"

#include <algorithm>
#include <utility>

#include "freshet/base/assert.hpp"
#include "freshet/net/internal/endpoint_text.hpp"

namespace freshet::net {

RelayedStream::RelayedStream(std::shared_ptr<IoLoops> loops, FarEnd& end, const Facts& facts)
    : loops_(std::move(loops)),
      end_(&end),
      handed_bytes_(facts.head_bytes),
      budget_bytes_(facts.budget_bytes),
      lane_(facts.lane),
      far_end_listens_(facts.listens),
      head_bytes_(facts.head_bytes),
      peer_(facts.peer) {}

RelayedStream::~RelayedStream() {
  if (end_ != nullptr) loops_->abandon(*this);
}

std::string RelayedStream::remote() const { return endpoint_text(peer_); }

std::uint64_t RelayedStream::gone_bytes() const {
  const StreamProgress& progress = end_->progress();
  return progress.sent.load(std::memory_order_relaxed) + progress.dropped.load(std::memory_order_relaxed);
}

std::size_t RelayedStream::queued_bytes() const {
  return end_ == nullptr || aborted_ ? 0 : static_cast<std::size_t>(handed_bytes_ - gone_bytes());
}

std::uint64_t RelayedStream::sent_bytes() const {
  return end_ == nullptr ? sent_bytes_ : end_->progress().sent.load(std::memory_order_relaxed);
}

// The response head does not count: behind it, as in an empty queue, a block of any size has its place.
bool RelayedStream::over_budget(std::size_t more, std::size_t budget) const {
  const std::uint64_t waiting = handed_bytes_ - known_gone_bytes_;
  const bool only_head_waits = known_gone_bytes_ == 0 && waiting == head_bytes_;
  return waiting > 0 && !only_head_waits && waiting + more > budget;
}

bool RelayedStream::write(Block block) {
  FRESHET_ASSERT(block != nullptr);
  if (!is_open()) return false;
  const std::size_t size = block->size();
  if (size == 0) return true;
  if (over_budget(size, budget_bytes_)) {
    known_gone_bytes_ = std::max(gone_bytes(), dropped_upto_);
    const bool blocked = end_->progress().blocked.load(std::memory_order_relaxed);
    if (over_budget(size, blocked ? budget_bytes_ : std::max(budget_bytes_, kUntriedBytesMax))) {
      loops_->count_refusal();
      ask_drained();
      return false;
    }
  }
  handed_bytes_ += size;
  loops_->order_write(*this, block);
  return true;
}

void RelayedStream::ask_drained() {
  if (!std::exchange(owes_drained_, true)) loops_->order(*this, IoOrder::Kind::tell_drained);
}

// How much is discarded is known when the far end has done so. It does not count any more, since whatever is written
// from now on comes behind the order.
std::size_t RelayedStream::drop_queue() {
  if (end_ == nullptr || aborted_) return 0;
  owes_drained_ = true;
  dropped_upto_ = handed_bytes_;
  known_gone_bytes_ = handed_bytes_;
  loops_->order(*this, IoOrder::Kind::drop_queue);
  return 0;
}

void RelayedStream::close(IoOrder::Kind how) {
  if (!is_open()) return;
  closing_ = true;
  self_ = shared_from_this();
  loops_->order(*this, how);
}

void RelayedStream::abort() {
  if (end_ == nullptr || std::exchange(aborted_, true)) return;
  self_ = shared_from_this();
  loops_->order(*this, IoOrder::Kind::abort);
}

void RelayedStream::stop() {
  if (!is_open()) return;
  if (input_ != nullptr) return input_->on_stop();
  close();
}

void RelayedStream::set_input(ByteStreamInput* input) {
  input_ = input;
  const bool listens = input != nullptr;
  if (end_ == nullptr || std::exchange(far_end_listens_, listens) == listens) return;
  loops_->order(*this, listens ? IoOrder::Kind::listen : IoOrder::Kind::discard);
}

void RelayedStream::hear_input(std::span<char> bytes) {
  if (aborted_) return;
  const auto self = shared_from_this();
  if (input_ != nullptr) return input_->on_input(bytes);
  // Nobody has asked for it yet, or ever will: from now on it counts as stray.
  set_input(nullptr);
}

void RelayedStream::hear_drained() {
  if (aborted_ || closing_ || !owes_drained_) return;
  const auto self = shared_from_this();
  owes_drained_ = false;
  // More was written while the news was on its way.
  if (gone_bytes() != handed_bytes_) return ask_drained();
  if (listener_ != nullptr) listener_->on_drained();
}

void RelayedStream::set_ended(CloseReason reason) {
  reason_ = reason;
  sent_bytes_ = end_->progress().sent.load(std::memory_order_relaxed);
  end_ = nullptr;
  self_.reset();
}

void RelayedStream::tell_closed() {
  if (OutputStreamListener* const listener = std::exchange(listener_, nullptr); listener != nullptr) {
    listener->on_closed(reason_);
  }
}

}  // namespace freshet::net
