// SPDX-License-Identifier: MIT
#include "freshet/stream/session.hpp"

#include <utility>

namespace freshet::stream {

Session::Session(SessionOwner& owner, std::shared_ptr<net::OutputStream> stream, const StreamOptions& options,
                 StreamStats& stats)
    : owner_(owner), stream_(std::move(stream)), options_(options), stats_(stats) {
  stream_->set_listener(this);
  ++stats_.sessions;
  ++stats_.sessions_started;
}

Session::~Session() {
  stream_->set_listener(nullptr);
  --stats_.sessions;
}

void Session::start() {
  const net::Block init = owner_.init_block();
  // The budget is for what waits behind the init: an init larger than the budget would otherwise make every client that
  // joins a busy instance fall behind at once.
  stream_->set_budget_bytes(options_.session_queue_bytes_max + init->size());
  if (stream_->write(init)) {
    count(init);
  } else {
    fall_behind();
  }
}

void Session::send(const net::Block& event) {
  if (lagging_) return;
  if (stream_->write(event)) {
    count(event);
  } else {
    fall_behind();
  }
}

void Session::heartbeat(const net::Block& comment) {
  // Bytes that wait show a dead connection as well as a comment does: the server's write timeout ends it.
  if (lagging_ || stream_->queued_bytes() != 0) return;
  if (!stream_->write(comment)) fall_behind();
}

void Session::finish(const net::Block& farewell) {
  stream_->set_budget_bytes(stream_->queued_bytes() + farewell->size());
  if (stream_->write(farewell)) count(farewell);
  stream_->close();
}

void Session::fall_behind() {
  if (!stream_->is_open()) return;  // on_closed() follows
  lagging_ = true;
  ++stats_.sessions_lagged;
  // A fresh init will replace whatever waits, so nobody needs to send or keep it.
  stream_->drop_queue();
}

void Session::on_drained() {
  if (!lagging_) return;
  lagging_ = false;
  start();
}

void Session::on_closed(net::CloseReason) { owner_.leave(*this); }

void Session::count(const net::Block& event) {
  ++stats_.events_sent;
  stats_.event_bytes += event->size();
}

}  // namespace freshet::stream
