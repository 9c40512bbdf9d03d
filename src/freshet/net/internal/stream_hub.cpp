// SPDX-License-Identifier: MIT
#include "freshet/net/internal/stream_hub.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <utility>

#include "freshet/net/internal/loop_core.hpp"
#include "freshet/net/internal/stream_socket.hpp"

namespace freshet::net {
namespace {

constexpr std::size_t kScratchBytes = 64 * 1024;

}  // namespace

StreamHub::StreamHub(LoopCore& loop, const ServerOptions& options) : loop_(loop), options_(options) {}

std::shared_ptr<StreamSocket> StreamHub::adopt(Wire wire, std::string head, std::string early) {
  // The sweep sees clients that do not read; those that vanished without a word are the kernel's to notice.
  const auto timeout_ms = static_cast<unsigned>(options_.write_timeout.count());
  ::setsockopt(wire.socket().native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_ms, sizeof timeout_ms);
  if (options_.stream_send_buffer_bytes > 0) {
    error_code ignored;
    const asio::socket_base::send_buffer_size size(options_.stream_send_buffer_bytes);
    wire.socket().set_option(size, ignored);
  }
  auto stream = std::make_shared<StreamSocket>(shared_from_this(), std::move(wire), make_block(std::move(head)));
  ++counters_.opened;
  stream->start(std::move(early));
  return stream;
}

void StreamHub::insert(Places& places, StreamSocket& stream, std::size_t StreamSocket::*place) {
  stream.*place = places.size();
  places.push_back(&stream);
}

void StreamHub::erase(Places& places, StreamSocket& stream, std::size_t StreamSocket::*place) {
  StreamSocket* const last = places.back();
  places[stream.*place] = last;
  last->*place = stream.*place;
  places.pop_back();
}

void StreamHub::close_all() {
  // Last words may find that a client is gone, and take it off the list.
  for (std::size_t at = open_.size(); at > 0; --at) {
    if (at <= open_.size()) open_[at - 1]->stop();
  }
}

std::size_t StreamHub::abort_all() {
  const std::size_t count = open_.size();
  while (!open_.empty()) open_.back()->abort();
  return count;
}

void StreamHub::shut() {
  on_stream_gone_ = nullptr;
  abort_all();
  dirty_.clear();
  // Where the loop never turns again, both lists go with the task.
  loop_.defer([ended = std::exchange(ended_, {}), kept = std::exchange(kept_, {})] {
    for (const auto& stream : ended) stream->tell_closed();
  });
}

void StreamHub::keep(std::shared_ptr<const void> listener) {
  const void* const key = listener.get();
  kept_.emplace(key, std::move(listener));
}

void StreamHub::let_go(const void* listener) { kept_.erase(listener); }

void StreamHub::sweep() {
  const SteadyTime now = loop_.now();
  idle_ring_.sweep(now, options_.idle_check_interval);
  urgent_ring_.sweep_all(now);
  for (std::size_t at = lingering_.size(); at > 0; --at) {
    if (lingering_[at - 1]->last_progress_ + options_.linger_timeout > now) continue;
    lingering_[at - 1]->end(CloseReason::finished);
  }
  const SteadyTime oldest = now - options_.write_timeout;
  for (std::size_t at = blocked_.size(); at > 0; --at) {
    StreamSocket& stream = *blocked_[at - 1];
    if (stream.last_progress_ > oldest) continue;
    ++counters_.stalled;
    stream.end(CloseReason::stalled);
  }
}

SteadyTime StreamHub::now() const { return loop_.now(); }

std::vector<char>& StreamHub::scratch() {
  if (scratch_.empty()) scratch_.resize(kScratchBytes);
  return scratch_;
}

void StreamHub::mark_dirty(std::shared_ptr<StreamSocket> stream) {
  dirty_.push_back(std::move(stream));
  schedule();
}

void StreamHub::add_ended(std::shared_ptr<StreamSocket> stream) {
  ended_.push_back(std::move(stream));
  schedule();
}

void StreamHub::schedule() {
  if (std::exchange(scheduled_, true)) return;
  loop_.defer([self = shared_from_this()] { self->end_turn(); });
}

void StreamHub::end_turn() {
  scheduled_ = false;
  flushing_.swap(dirty_);
  for (const auto& stream : flushing_) {
    stream->dirty_ = false;
    stream->flush(true);
    stream->settle();
  }
  flushing_.clear();
  const auto ended = std::exchange(ended_, {});
  for (const auto& stream : ended) stream->tell_closed();
  if (!ended.empty() && on_stream_gone_) on_stream_gone_();
}

}  // namespace freshet::net
