// SPDX-License-Identifier: MIT
#include "freshet/stream/session.hpp"

#include <limits>
#include <utility>

namespace freshet::stream {

Session::Session(SessionOwner& owner, std::unique_ptr<SessionPort> port, const StreamOptions& options,
                 StreamStats& stats)
    : owner_(owner),
      port_(std::move(port)),
      options_(options),
      stats_(stats),
      budget_bytes_(options.session_queue_bytes_max) {
  port_->set_listener(this);
  ++stats_.sessions;
  ++stats_.sessions_started;
  ++stats_.joins_waiting;
}

Session::~Session() {
  port_->set_listener(nullptr);
  --stats_.sessions;
  if (waiting()) --stats_.joins_waiting;
}

void Session::send_live(const EventPtr& event) {
  // What an init was allowed beyond the budget counts only while it waits.
  if (budget_bytes_ != options_.session_queue_bytes_max && port_->queued_bytes() == 0) {
    budget_bytes_ = options_.session_queue_bytes_max;
  }
  if (port_->write(*event, budget_bytes_)) {
    position_ = event->position();
    count(*event);
  } else {
    fall_behind();
  }
}

bool Session::deliver(std::span<const EventPtr> events, Position upto) {
  std::size_t total = 0;
  for (const EventPtr& event : events) total += event->block(Format::sse)->size();
  // The budget is for what comes after: an init larger than the budget would otherwise make every client that joins a
  // busy instance fall behind at once. In other forms an event is about as large.
  constexpr std::size_t kEnvelopeBytes = 128;
  budget_bytes_ = options_.session_queue_bytes_max + total + events.size() * kEnvelopeBytes;
  bool is_first = true;
  for (const EventPtr& event : events) {
    const std::size_t own = event->block(Format::sse)->size() + kEnvelopeBytes;
    if (!port_->write(*event, is_first ? options_.session_queue_bytes_max + own : budget_bytes_)) {
      if (!behind()) fall_behind();
      return false;
    }
    is_first = false;
    count(*event);
  }
  if (waiting()) --stats_.joins_waiting;
  if (behind()) owner_.caught_up(*this);
  state_ = State::live;
  position_ = upto;
  wants_init = false;
  return true;
}

void Session::heartbeat() {
  if (state_ == State::live && port_->queued_bytes() == 0) port_->heartbeat();
}

void Session::finish(const Event& farewell) {
  if (waiting()) --stats_.joins_waiting;
  state_ = State::finished;
  if (port_->write(farewell, std::numeric_limits<std::size_t>::max())) count(farewell);
  port_->finish();
}

void Session::send_away(std::chrono::milliseconds come_back_after) {
  if (waiting()) --stats_.joins_waiting;
  state_ = State::finished;
  port_->come_back_after(come_back_after);
  port_->finish();
}

void Session::fall_behind() {
  if (!port_->is_open()) return;  // on_closed() follows
  if (waiting()) --stats_.joins_waiting;
  state_ = State::behind;
  ++stats_.sessions_lagged;
  owner_.fell_behind(*this);
}

void Session::on_drained() {
  if (behind()) owner_.catch_up(*this);
}

void Session::on_closed() { owner_.leave(*this); }

void Session::count(const Event& event) {
  ++stats_.events_sent;
  stats_.event_bytes += event.data().size();
}

}  // namespace freshet::stream
