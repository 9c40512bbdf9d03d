// SPDX-License-Identifier: MIT
#include "freshet/stream/poll_port.hpp"

#include <algorithm>
#include <utility>

#include "freshet/codec/json_writer.hpp"

namespace freshet::stream {
namespace {

constexpr std::chrono::milliseconds kPeriodMin{1};

net::Response response(std::string_view id, const std::vector<net::Block>& pieces, std::size_t bytes) {
  constexpr std::size_t kEnvelopeBytes = 128;
  std::string body;
  body.reserve(bytes + pieces.size() + kEnvelopeBytes);
  codec::JsonWriter json(body);
  json.begin_object();
  json.name("id");
  json.string(id);
  json.name("events");
  json.begin_list();
  for (const net::Block& piece : pieces) {
    json.raw(std::string_view(*piece).substr(0, piece->size() - 1));  // without the end of the line
  }
  json.end_list();
  json.end_object();
  net::Response response = net::Response::json(std::move(body));
  response.headers.add("Cache-Control", "no-store");
  return response;
}

}  // namespace

PollPort::PollPort(net::Loop& loop, const StreamOptions& options, StreamStats& stats, net::ResponseReply reply)
    : loop_(loop),
      options_(options),
      stats_(stats),
      reply_(std::move(reply)),
      deadline_(loop.clock().steady_now() + options.poll_timeout),
      timer_(loop.every(std::clamp(options.poll_timeout, kPeriodMin, options.sweep_interval), [this] { look(); })) {}

PollPort::~PollPort() = default;

bool PollPort::write(const Event& event, std::size_t budget_bytes) {
  const net::Block& piece = event.block(Format::ndjson);
  if (!open_ || (bytes_ != 0 && bytes_ + piece->size() > budget_bytes)) return false;
  bytes_ += piece->size();
  pieces_.push_back(piece);
  if (!event.id().empty()) last_id_ = event.id();
  if (!std::exchange(scheduled_, true)) {
    loop_.defer([this, alive = std::weak_ptr<char>(alive_)] {
      if (!alive.expired()) answer();
    });
  }
  return true;
}

void PollPort::come_back_after(std::chrono::milliseconds delay) {
  const auto event = close_event(R"({"reason":"stopping","retry_ms":)" + std::to_string(delay.count()) + "}");
  pieces_.push_back(event->block(Format::ndjson));
  bytes_ += pieces_.back()->size();
}

void PollPort::finish() {
  if (std::exchange(open_, false)) reply_(response(last_id_, pieces_, bytes_));
}

/// Whether the client is still there, and has not waited for too long.
void PollPort::look() {
  if (reply_.cancelled()) return end();
  if (scheduled_ || !current_id_ || loop_.clock().steady_now() < deadline_) return;
  ++stats_.poll_timeouts;
  last_id_ = current_id_();
  answer();
}

void PollPort::answer() {
  finish();
  end();
}

void PollPort::end() {
  open_ = false;
  timer_.cancel();
  if (listener_ != nullptr) listener_->on_closed();
}

}  // namespace freshet::stream
