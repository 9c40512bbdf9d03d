// SPDX-License-Identifier: MIT
#include "freshet/net/internal/far_end.hpp"

#include <limits>
#include <utility>

#include "freshet/net/internal/io_loop.hpp"
#include "freshet/net/internal/io_report.hpp"
#include "freshet/net/internal/stream_socket.hpp"

namespace freshet::net {

FarEnd::FarEnd(IoLoop& loop, std::uint32_t slot, Begin begin)
    : loop_(loop), slot_(slot), begin_(std::make_unique<Begin>(std::move(begin))) {}

FarEnd::~FarEnd() {
  unpause();
  if (socket_ == nullptr) return;
  socket_->set_listener(nullptr);
  socket_->set_input(nullptr);
  socket_->publish(nullptr);
}

void FarEnd::begin() {
  const auto begin = std::exchange(begin_, nullptr);
  loop_.count_taken(begin->head.size());
  auto wire = Wire::attach(std::move(begin->wire), loop_.context());
  // The kernel has no memory to watch it with.
  if (!wire) return loop_.report().add_closed(*this, CloseReason::aborted);
  socket_ = loop_.hub().adopt(*std::move(wire), std::move(begin->head), std::move(begin->early));
  // The other end has refused what exceeds the budget.
  socket_->set_budget_bytes(std::numeric_limits<std::size_t>::max());
  socket_->publish(&progress_);
  socket_->set_listener(this);
  if (begin->listens) socket_->set_input(this);
}

void FarEnd::write(const Block& block) {
  loop_.count_taken(block->size());
  // Refused only where the stream has ended, which the other end does not know yet.
  if (socket_ != nullptr) static_cast<void>(socket_->write(block));
}

void FarEnd::carry_out(IoOrder::Kind order) {
  if (order == IoOrder::Kind::begin) return begin();
  if (socket_ == nullptr) return;
  switch (order) {
    case IoOrder::Kind::drop_queue:
      return drop_queue();
    case IoOrder::Kind::tell_drained:
      return socket_->tell_when_drained();
    case IoOrder::Kind::listen:
      return socket_->set_input(this);
    case IoOrder::Kind::discard:
      return discard_input();
    case IoOrder::Kind::close:
      return socket_->close();
    case IoOrder::Kind::close_gently:
      return socket_->close_gently();
    case IoOrder::Kind::abort:
      return socket_->abort();
    case IoOrder::Kind::begin:
    case IoOrder::Kind::write:
      return;
  }
}

void FarEnd::drop_queue() {
  const std::size_t dropped = socket_->drop_queue();
  progress_.dropped.store(progress_.dropped.load(std::memory_order_relaxed) + dropped, std::memory_order_relaxed);
}

void FarEnd::discard_input() {
  socket_->set_input(nullptr);
  if (!paused_) return;
  unpause();
  socket_->set_reading(true);
}

void FarEnd::on_drained() { loop_.report().add_drained(*this); }

void FarEnd::on_closed(CloseReason reason) {
  unpause();
  socket_->publish(nullptr);
  socket_.reset();
  loop_.report().add_closed(*this, reason);
}

void FarEnd::on_input(std::span<char> bytes) {
  loop_.report().add_input(*this, bytes);
  unread_bytes_ += bytes.size();
  loop_.count_unread(bytes.size());
  if (loop_.may_read() && may_read()) return;
  if (std::exchange(paused_, true)) return;
  socket_->set_reading(false);
  loop_.add_paused(*this);
}

void FarEnd::took(std::size_t bytes) {
  unread_bytes_ -= bytes;
  loop_.took(bytes);
}

void FarEnd::resume() {
  paused_ = false;
  socket_->set_reading(true);
}

void FarEnd::unpause() {
  if (std::exchange(paused_, false)) loop_.remove_paused(*this);
}

}  // namespace freshet::net
