// SPDX-License-Identifier: MIT
#include "freshet/net/internal/stream_socket.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/socket.h>
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

StreamSocket::StreamSocket(std::shared_ptr<StreamHub> hub, TcpSocket socket, Block head)
    : hub_(std::move(hub)), socket_(std::move(socket)), budget_bytes_(hub_->options_.stream_budget_bytes) {
  error_code ignored;
  peer_ = socket_->remote_endpoint(ignored);
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
  owes_drained_ = true;
  if (!blocked_) mark_dirty();
  return dropped;
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
  while (!ended_ && !blocked_ && queued_bytes_ > 0) {
    if (allowance == 0) return mark_dirty();
    std::size_t gathered = 0;
    const long sent = send_queued(gathered);
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN || errno == EWOULDBLOCK) return wait_writable(progressed);
      return end(CloseReason::peer_gone);
    }
    take_off(static_cast<std::size_t>(sent));
    allowance -= std::min(allowance, static_cast<std::size_t>(sent));
    progressed = true;
    if (static_cast<std::size_t>(sent) < gathered) return wait_writable(progressed);
  }
}

long StreamSocket::send_queued(std::size_t& gathered) {
  ++hub_->counters_.writes;
  const int descriptor = socket_->native_handle();
  if (queue_.size() - front_ == 1) {
    const std::string& bytes = *queue_[front_];
    gathered = bytes.size() - front_sent_;
    return ::send(descriptor, bytes.data() + front_sent_, gathered, MSG_NOSIGNAL | MSG_DONTWAIT);
  }
  std::array<iovec, kGatherMax> parts;
  const std::size_t count = std::min(queue_.size() - front_, kGatherMax);
  std::size_t skip = front_sent_;
  for (std::size_t at = 0; at < count; ++at) {
    const std::string& bytes = *queue_[front_ + at];
    // The system's interface takes a pointer to mutable bytes and does not change them.
    parts[at] = {const_cast<char*>(bytes.data()) + skip, bytes.size() - skip};
    gathered += bytes.size() - std::exchange(skip, 0);
  }
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = count;
  return ::sendmsg(descriptor, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void StreamSocket::take_off(std::size_t sent) {
  queued_bytes_ -= sent;
  sent_bytes_ += sent;
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
  if (ended_ || queued_bytes_ > 0) return;
  if (closing_) return closes_gently_ ? linger() : end(CloseReason::finished);
  if (std::exchange(owes_drained_, false) && listener_ != nullptr) listener_->on_drained();
}

void StreamSocket::wait_writable(bool progressed) {
  blocked_ = true;
  if (progressed) last_progress_ = hub_->loop_.now();
  StreamHub::insert(hub_->blocked_, *this, &StreamSocket::waiting_place_);
  socket_->async_wait(TcpSocket::wait_write, [weak = weak_from_this()](error_code error) {
    if (const auto self = weak.lock(); self != nullptr) self->on_writable(error);
  });
}

void StreamSocket::on_writable(error_code error) {
  if (ended_ || error == asio::error::operation_aborted) return;
  StreamHub::erase(hub_->blocked_, *this, &StreamSocket::waiting_place_);
  blocked_ = false;
  flush(false);
  settle();
}

void StreamSocket::wait_readable() {
  socket_->async_wait(TcpSocket::wait_read, [weak = weak_from_this()](error_code error) {
    if (const auto self = weak.lock(); self != nullptr) self->on_readable(error);
  });
}

void StreamSocket::on_readable(error_code error) {
  if (ended_ || error == asio::error::operation_aborted) return;
  if (!take_input()) return end(lingering_ ? CloseReason::finished : CloseReason::peer_gone);
  if (!ended_) wait_readable();
}

// Into the buffer that all streams share.
long StreamSocket::receive() {
  std::vector<char>& scratch = hub_->scratch();
  while (true) {
    const long count = ::recv(socket_->native_handle(), scratch.data(), scratch.size(), MSG_DONTWAIT);
    if (count >= 0 || errno != EINTR) return count;
  }
}

// Takes what has arrived; false at the end of the connection. An input is given one buffer, and the others their turn.
bool StreamSocket::take_input() {
  if (closes_gently_) return discard_input(kLingerBytesMax) && stray_bytes_ <= kLingerBytesMax;
  if (input_ != nullptr) {
    const long count = receive();
    if (count <= 0) return count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
    input_->on_input({hub_->scratch().data(), static_cast<std::size_t>(count)});
    return true;
  }
  const std::size_t bytes_max = hub_->options_.stream_stray_bytes_max;
  if (!discard_input(bytes_max)) return false;
  if (stray_bytes_ > bytes_max) {
    ++hub_->counters_.misbehaving;
    end(CloseReason::misbehaving);
  }
  return true;
}

// Reads what nobody asked for; false at the end of the connection.
bool StreamSocket::discard_input(std::size_t bytes_max) {
  while (stray_bytes_ <= bytes_max) {
    const long count = receive();
    if (count == 0) return false;
    if (count < 0) return errno == EAGAIN || errno == EWOULDBLOCK;
    stray_bytes_ += static_cast<std::size_t>(count);
  }
  return true;
}

// All is sent: says so, and leaves the end of the connection to the client.
void StreamSocket::linger() {
  if (std::exchange(lingering_, true)) return;
  error_code ignored;
  socket_->shutdown(TcpSocket::shutdown_send, ignored);
  last_progress_ = hub_->loop_.now();
  StreamHub::insert(hub_->lingering_, *this, &StreamSocket::waiting_place_);
}

void StreamSocket::end(CloseReason reason) {
  if (ended_) return;
  reason_ = reason;
  if (reason == CloseReason::finished) {
    error_code ignored;
    socket_->shutdown(TcpSocket::shutdown_send, ignored);
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
  socket_.reset();
}

void StreamSocket::tell_closed() {
  if (OutputStreamListener* const listener = std::exchange(listener_, nullptr); listener != nullptr) {
    listener->on_closed(reason_);
  }
}

}  // namespace freshet::net
