// SPDX-License-Identifier: MIT
#include "freshet/net/internal/io_loops.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "freshet/net/internal/far_end.hpp"
#include "freshet/net/internal/io_loop.hpp"
#include "freshet/net/internal/io_report.hpp"
#include "freshet/net/internal/loop_core.hpp"
#include "freshet/net/internal/relayed_stream.hpp"
#include "freshet/net/internal/stream_hub.hpp"

namespace freshet::net {

IoLoops::IoLoops(Loop& loop, std::shared_ptr<StreamHub> hub, const ServerOptions& options)
    : loop_(loop), hub_(std::move(hub)), options_(options) {}

IoLoops::~IoLoops() = default;

void IoLoops::open() {
  inbox_.set_wakeup([&loop = loop_, weak = weak_from_this()] {
    loop.post([weak] {
      if (const auto self = weak.lock(); self != nullptr) self->inbox_.deliver();
    });
  });
  for (std::size_t at = 0; at < options_.io_loops; ++at) {
    Lane& lane = lanes_.emplace_back();
    lane.loop = std::make_unique<IoLoop>(*this, loop_.clock(), options_, "freshet-io-" + std::to_string(at));
    loop_.core().add_follower(*lane.loop);
  }
}

std::uint32_t IoLoops::choose_lane() const {
  const auto fewest = std::ranges::min_element(lanes_, {}, &Lane::streams);
  return static_cast<std::uint32_t>(fewest - lanes_.begin());
}

std::uint32_t IoLoops::take_slot() {
  if (free_slots_.empty()) {
    slots_.emplace_back();
    return static_cast<std::uint32_t>(slots_.size() - 1);
  }
  const std::uint32_t index = free_slots_.back();
  free_slots_.pop_back();
  return index;
}

std::shared_ptr<RelayedStream> IoLoops::adopt(Wire wire, std::string head, std::string early, bool listens) {
  error_code ignored;
  const std::uint32_t lane_index = choose_lane();
  const RelayedStream::Facts facts{wire.socket().remote_endpoint(ignored), head.size(), options_.stream_budget_bytes,
                                   lane_index, listens};
  Lane& lane = lanes_[lane_index];
  ++opened_;
  ++lane.streams;
  lane.handed_bytes += head.size();
  const std::uint32_t index = take_slot();
  Slot& slot = slots_[index];
  slot.lane = lane_index;
  slot.end = std::make_unique<FarEnd>(
      *lane.loop, index, FarEnd::Begin{Wire::detach(std::move(wire)), std::move(head), std::move(early), listens});
  auto stream = std::make_shared<RelayedStream>(shared_from_this(), *slot.end, facts);
  slot.stream = stream.get();
  order(*stream, IoOrder::Kind::begin);
  return stream;
}

IoBatch& IoLoops::batch(Lane& lane) {
  if (lane.batch == nullptr) {
    // As many as the last time, more or less.
    lane.batch = std::make_shared<IoBatch>(lane.orders_last);
    if (!std::exchange(scheduled_, true)) loop_.defer([self = shared_from_this()] { self->hand_over(); });
  }
  return *lane.batch;
}

void IoLoops::hand_over() {
  scheduled_ = false;
  for (Lane& lane : lanes_) {
    if (lane.batch == nullptr) continue;
    lane.orders_last = lane.batch->order_count();
    lane.loop->post(std::exchange(lane.batch, nullptr));
  }
}

void IoLoops::order(RelayedStream& stream, IoOrder::Kind kind) { batch(lanes_[stream.lane()]).add(stream.end(), kind); }

void IoLoops::order_write(RelayedStream& stream, const Block& block) {
  Lane& lane = lanes_[stream.lane()];
  lane.handed_bytes += block->size();
  batch(lane).add_write(stream.end(), block);
}

void IoLoops::abandon(RelayedStream& stream) {
  slots_[stream.end().slot()].stream = nullptr;
  order(stream, IoOrder::Kind::abort);
}

void IoLoops::hear(IoReport& report) {
  bool closed_any = false;
  std::span<char> input(report.input());
  for (const IoNews& news : report.news()) {
    // A listener may have ended the server.
    if (shut_) return;
    const std::span<char> bytes = input.first(news.input_bytes);
    input = input.subspan(news.input_bytes);
    RelayedStream* const stream = slots_[news.slot].stream;
    if (news.kind == IoNews::Kind::closed) {
      closed_any = true;
      close_slot(news.slot, news.reason);
    } else if (stream != nullptr && news.kind == IoNews::Kind::input) {
      stream->hear_input(bytes);
    } else if (stream != nullptr) {
      stream->hear_drained();
    }
  }
  if (shut_) return;
  if (!report.input().empty()) report.loop().post(report.shared_from_this());
  if (closed_any && on_stream_gone_) on_stream_gone_();
}

void IoLoops::close_slot(std::uint32_t index, CloseReason reason) {
  Slot& slot = slots_[index];
  Lane& lane = lanes_[slot.lane];
  RelayedStream* const stream = std::exchange(slot.stream, nullptr);
  const auto held = stream == nullptr ? nullptr : stream->shared_from_this();
  if (held != nullptr) held->set_ended(reason);
  batch(lane).forget(std::move(slot.end));
  free_slots_.push_back(index);
  --lane.streams;
  if (held != nullptr) held->tell_closed();
}

void IoLoops::close_all() {
  // Last words may do anything, but there are no more streams after a stop.
  for (std::size_t at = 0; at < slots_.size(); ++at) {
    if (slots_[at].stream == nullptr) continue;
    const auto stream = slots_[at].stream->shared_from_this();
    stream->stop();
  }
}

std::size_t IoLoops::abort_all() {
  for (const Slot& slot : slots_) {
    if (slot.stream != nullptr) slot.stream->abort();
  }
  return size();
}

void IoLoops::shut() {
  if (std::exchange(shut_, true)) return;
  on_stream_gone_ = nullptr;
  for (Lane& lane : lanes_) loop_.core().remove_follower(*lane.loop);
  inbox_.close();
  std::vector<std::shared_ptr<RelayedStream>> ended;
  for (Slot& slot : slots_) {
    if (slot.stream == nullptr) continue;
    ended.push_back(slot.stream->shared_from_this());
    slot.stream->set_ended(CloseReason::aborted);
  }
  for (Lane& lane : lanes_) lane.batch.reset();
  slots_.clear();
  free_slots_.clear();
  for (Lane& lane : lanes_) lane.loop->shut();
  lanes_.clear();
  loop_.defer([ended = std::move(ended)] {
    for (const auto& stream : ended) stream->tell_closed();
  });
}

void IoLoops::add_to(ServerStats& stats) const {
  stats.streams += size();
  stats.streams_opened += opened_;
  stats.stream_refusals += refusals_;
  for (const Lane& lane : lanes_) {
    const IoLoop::Figures& figures = lane.loop->figures();
    stats.stream_writes += figures.writes.load(std::memory_order_relaxed);
    stats.stream_bytes += figures.bytes.load(std::memory_order_relaxed);
    stats.write_timeouts += figures.stalled.load(std::memory_order_relaxed);
    stats.stream_misbehaving += figures.misbehaving.load(std::memory_order_relaxed);
    stats.stream_queued_bytes += lane.handed_bytes - figures.gone.load(std::memory_order_relaxed);
  }
}

}  // namespace freshet::net
