// SPDX-License-Identifier: MIT
#include "freshet/net/internal/stream_socket.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "freshet/base/assert.hpp"
#include "freshet/net/internal/endpoint_text.hpp"
#include "freshet/net/internal/loop_core.hpp"

namespace freshet::net {
namespace {

// More blocks than that in one system call gain nothing.
constexpr std::size_t kGatherMax = 64;
// One stream's share of a turn, so that a fast reader of much data does not hold up the others.
constexpr std::size_t kFlushBytesMax = 256 * 1024;
// A queue that grew beyond it gives its memory back when it is empty.
constexpr std::size_t kQueueSlotsKept = 8;
constexpr std::size_t kCompactAt = 64;
// Of what a client still sends after the last word to it.
constexpr std::size_t kLingerBytesMax = 1024 * 1024;

}  // namespace

const char* to_string(CloseReason reason) {
  switch (reason) {
    case CloseReason::finished:
      return "finished";
    case CloseReason::peer_gone:
      return "peer_gone";
    case CloseReason::stalled:
      return "stalled";
    case CloseReason::misbehaving:
      return "misbehaving";
    case CloseReason::aborted:
      break;
  }
  return "aborted";
}

StreamSocket::StreamSocket(std::shared_ptr<StreamHub> hub, Wire wire, Block head)
    : hub_(std::move(hub)), wire_(std::move(wire)), budget_bytes_(hub_->options_.stream_budget_bytes) {
  error_code ignored;
  peer_ = wire_->socket().remote_endpoint(ignored);
  StreamHub::insert(hub_->open_, *this, &StreamSocket::open_place_);
  enqueue(std::move(head));
}

StreamSocket::~StreamSocket() {
  if (!ended_) release();
}

void StreamSocket::start(std::string early) {
  mark_dirty();
  wait_readable();
  if (early.empty()) return;
  hub_->loop_.defer([weak = weak_from_this(), early = std::move(early)]() mutable {
    const auto self = weak.lock();
    if (self != nullptr && !self->ended_ && self->input_ != nullptr) self->input_->on_input(early);
  });
}

void StreamSocket::stop() {
  if (!is_open()) return;
  if (input_ != nullptr) return input_->on_stop();
  close();
}

std::string StreamSocket::remote() const { return endpoint_text(peer_); }

// The response head does not count: behind it, as in an empty queue, a block of any size has its place.
bool StreamSocket::over_budget(std::size_t more) const {
  const std::size_t waiting = queue_.size() - front_;
  const bool only_head_waits = sent_bytes_ == 0 && waiting == 1;
  return waiting > 0 && !only_head_waits && queued_bytes_ + more > budget_bytes_;
}

bool StreamSocket::write(Block block) {
  FRESHET_ASSERT(block != nullptr);
  if (!is_open()) return false;
  if (block->empty()) return true;
  if (over_budget(block->size())) {
    if (!blocked_) flush(true);
    if (!is_open()) return false;
    if (over_budget(block->size())) {
      ++hub_->counters_.refusals;
      owes_drained_ = true;
      return false;
    }
  }
  enqueue(std::move(block));
  if (!blocked_) mark_dirty();
  return true;
}

void StreamSocket::enqueue(Block block) {
  queued_bytes_ += block->size();
  hub_->counters_.queued_bytes += block->size();
  queue_.push_back(std::move(block));
}

void StreamSocket::mark_dirty() {
  if (std::exchange(dirty_, true)) return;
  hub_->mark_dirty(shared_from_this());
}

std::size_t StreamSocket::drop_queue() {
  if (ended_) return 0;
  // The first block stays when part of it is sent, and when it is the response head.
  const bool keeps_first = front_sent_ > 0 || sent_bytes_ == 0;
  const std::size_t first = std::min(front_ + (keeps_first ? 1 : 0), queue_.size());
  std::size_t dropped = 0;
  for (std::size_t at = first; at < queue_.size(); ++at) dropped += queue_[at]->size();
  queue_.resize(first);
  queued_bytes_ -= dropped;
  hub_->counters_.queued_bytes -= dropped;
  tell_when_drained();
  return dropped;
}

void StreamSocket::tell_when_drained() {
  if (ended_) return;
  owes_drained_ = true;
  if (!blocked_) mark_dirty();
}

void StreamSocket::close() {
  if (!is_open()) return;
  closing_ = true;
  self_ = shared_from_this();
  if (!blocked_) mark_dirty();
}

void StreamSocket::close_gently() {
  if (!is_open()) return;
  closes_gently_ = true;
  close();
}

// Sends what is queued, as far as the socket takes it. Tells nobody: it also runs inside write(). `progressed` is
// whether the write timeout begins anew if the socket is full at once.
void StreamSocket::flush(bool progressed) {
  std::size_t allowance = kFlushBytesMax;
  while (!ended_ && !blocked_ && (queued_bytes_ > 0 || wire_->has_unsent())) {
    if (allowance == 0) return mark_dirty();
    const Transfer sent = send_queued();
    if (sent.over()) return end(CloseReason::peer_gone);
    take_off(sent.bytes);
    allowance -= std::min(allowance, sent.bytes);
    progressed = progressed || sent.bytes > 0;
    if (sent.waits()) return wait_writable(progressed);
  }
}

Transfer StreamSocket::send_queued() {
  ++hub_->counters_.writes;
  std::array<iovec, kGatherMax> parts;
  const std::size_t count = std::min(queue_.size() - front_, kGatherMax);
  std::size_t skip = front_sent_;
  for (std::size_t at = 0; at < count; ++at) {
    const std::string& bytes = *queue_[front_ + at];
    // The system's interface takes a pointer to mutable bytes and does not change them.
    parts[at] = {const_cast<char*>(bytes.data()) + skip, bytes.size() - skip};
    skip = 0;
  }
  return wire_->write({parts.data(), count});
}

void StreamSocket::take_off(std::size_t sent) {
  queued_bytes_ -= sent;
  sent_bytes_ += sent;
  if (progress_ != nullptr) progress_->sent.store(sent_bytes_, std::memory_order_relaxed);
  hub_->counters_.queued_bytes -= sent;
  hub_->counters_.bytes += sent;
  sent += std::exchange(front_sent_, 0);
  while (front_ < queue_.size() && sent >= queue_[front_]->size()) {
    sent -= queue_[front_]->size();
    queue_[front_++].reset();
  }
  front_sent_ = sent;
  if (front_ == queue_.size()) {
    front_ = 0;
    queue_.clear();
    if (queue_.capacity() > kQueueSlotsKept) queue_ = {};
  } else if (front_ >= kCompactAt && front_ * 2 >= queue_.size()) {
    queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(std::exchange(front_, 0)));
  }
}

// Tells the listener what a flush led to.
void StreamSocket::settle() {
  if (ended_ || queued_bytes_ > 0 || wire_->has_unsent()) return;
  if (closing_) return closes_gently_ ? linger() : end(CloseReason::finished);
  if (std::exchange(owes_drained_, false) && listener_ != nullptr) listener_->on_drained();
}

void StreamSocket::wait_writable(bool progressed) {
  blocked_ = true;
  if (progress_ != nullptr) progress_->blocked.store(true, std::memory_order_relaxed);
  if (progressed) last_progress_ = hub_->loop_.now();
  StreamHub::insert(hub_->blocked_, *this, &StreamSocket::waiting_place_);
  wire_->socket().async_wait(TcpSocket::wait_write, [weak = weak_from_this()](error_code error) {
    if (const auto self = weak.lock(); self != nullptr) self->on_writable(error);
  });
}

void StreamSocket::on_writable(error_code error) {
  if (ended_ || error == asio::error::operation_aborted) return;
  StreamHub::erase(hub_->blocked_, *this, &StreamSocket::waiting_place_);
  blocked_ = false;
  if (progress_ != nullptr) progress_->blocked.store(false, std::memory_order_relaxed);
  flush(false);
  settle();
}

void StreamSocket::wait_readable(Transfer::State wanted) {
  const auto what = wanted == Transfer::State::wants_write ? TcpSocket::wait_write : TcpSocket::wait_read;
  wire_->socket().async_wait(what, [weak = weak_from_this()](error_code error) {
    if (const auto self = weak.lock(); self != nullptr) self->on_readable(error);
  });
}

void StreamSocket::on_readable(error_code error) {
  if (ended_ || error == asio::error::operation_aborted) return;
  if (!reading_) return read_again(Transfer::State::wants_read);
  const Transfer taken = take_input();
  if (taken.over()) return end(lingering_ ? CloseReason::finished : CloseReason::peer_gone);
  if (!ended_) read_again(taken.state);
}

// Now, or when reading goes on.
void StreamSocket::read_again(Transfer::State wanted) {
  if (reading_) return wait_readable(wanted);
  held_back_ = wanted == Transfer::State::wants_write ? wanted : Transfer::State::wants_read;
}

void StreamSocket::set_reading(bool reading) {
  reading_ = reading;
  if (!reading_ || ended_ || held_back_ == Transfer::State::open) return;
  wait_readable(std::exchange(held_back_, Transfer::State::open));
}

// Into the buffer that all streams share.
Transfer StreamSocket::receive() { return wire_->read(hub_->scratch()); }

// Takes what has arrived. An input is given one buffer, and the others their turn.
Transfer StreamSocket::take_input() {
  if (closes_gently_) {
    const Transfer last = discard_input(kLingerBytesMax);
    return stray_bytes_ <= kLingerBytesMax ? last : Transfer{Transfer::State::failed, 0};
  }
  if (input_ != nullptr) {
    const Transfer received = receive();
    if (received.bytes > 0) input_->on_input({hub_->scratch().data(), received.bytes});
    return received;
  }
  const std::size_t bytes_max = hub_->options_.stream_stray_bytes_max;
  const Transfer last = discard_input(bytes_max);
  if (!last.over() && stray_bytes_ > bytes_max) {
    ++hub_->counters_.misbehaving;
    end(CloseReason::misbehaving);
  }
  return last;
}

// Reads what nobody asked for.
Transfer StreamSocket::discard_input(std::size_t bytes_max) {
  Transfer received;
  while (stray_bytes_ <= bytes_max && received.state == Transfer::State::open) {
    received = receive();
    stray_bytes_ += received.bytes;
  }
  return received;
}

// All is sent: says so, and leaves the end of the connection to the client.
void StreamSocket::linger() {
  if (std::exchange(lingering_, true)) return;
  wire_->finish();
  last_progress_ = hub_->loop_.now();
  StreamHub::insert(hub_->lingering_, *this, &StreamSocket::waiting_place_);
}

void StreamSocket::end(CloseReason reason) {
  if (ended_) return;
  reason_ = reason;
  if (reason == CloseReason::finished) {
    wire_->finish();
    // Unread input would turn the end of the connection into a reset, and what the client has not read yet into
    // nothing.
    discard_input(hub_->options_.stream_stray_bytes_max);
  }
  release();
  hub_->add_ended(shared_from_this());
  self_.reset();
}

void StreamSocket::release() {
  ended_ = true;
  hub_->counters_.queued_bytes -= std::exchange(queued_bytes_, 0);
  queue_ = {};
  front_ = 0;
  if (blocked_) StreamHub::erase(hub_->blocked_, *this, &StreamSocket::waiting_place_);
  if (lingering_) StreamHub::erase(hub_->lingering_, *this, &StreamSocket::waiting_place_);
  StreamHub::erase(hub_->open_, *this, &StreamSocket::open_place_);
  wire_->end_stream(reason_, sent_bytes_);
  wire_.reset();
}

void StreamSocket::tell_closed() {
  if (OutputStreamListener* const listener = std::exchange(listener_, nullptr); listener != nullptr) {
    listener->on_closed(reason_);
  }
}

}  // namespace freshet::net
