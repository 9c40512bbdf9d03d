// SPDX-License-Identifier: MIT
#include "freshet/net/client/event_source.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "freshet/net/client/problem.hpp"
#include "freshet/net/internal/ascii.hpp"

namespace freshet::net {
namespace {

constexpr std::string_view kEventStream = "text/event-stream";
// Longer ids, and those that cannot stand in a header field, are not sent back.
constexpr std::size_t kIdBytesMax = 1024;
// What is kept of an answer that is no stream.
constexpr std::size_t kRefusalBytesMax = kib(16);
constexpr std::chrono::seconds kRetryAfterMax = std::chrono::hours(1);

bool can_be_sent(const std::string& id) {
  return !id.empty() && id.size() <= kIdBytesMax && std::none_of(id.begin(), id.end(), is_control);
}

bool may_come_back(int status) { return status >= 500 || status == 408 || status == 429; }

bool is_redirection(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

// In seconds; the form with a date is not worth a clock here.
std::chrono::milliseconds retry_after_of(const Headers& headers) {
  const std::string_view text = headers.get("retry-after");
  std::int64_t seconds = 0;
  const char* const last = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), last, seconds);
  if (error != std::errc() || stop != last || seconds < 0) return std::chrono::milliseconds(0);
  return std::min(std::chrono::seconds(seconds), kRetryAfterMax);
}

bool is_event_stream(std::string_view content_type) {
  return equal_ignoring_case(trim(content_type.substr(0, content_type.find(';'))), kEventStream);
}

bool is_same_origin(const Url& left, const Url& right) {
  return left.tls == right.tls && left.port == right.port && equal_ignoring_case(left.host, right.host);
}

}  // namespace

EventSource::EventSource(Loop& loop, Url url, EventSourceOptions options, EventSourceListener& listener)
    : loop_(loop),
      url_(std::move(url)),
      options_(std::move(options)),
      listener_(&listener),
      backoff_(options_.backoff, random_seed()),
      parser_({.event_bytes_max = options_.event_bytes_max}),
      last_event_id_(options_.last_event_id) {
  // As if the server had sent it last.
  if (can_be_sent(last_event_id_)) {
    static_cast<void>(parser_.feed("id: " + last_event_id_ + "\n\n", [](const codec::SseEvent&) {}));
  }
  connect();
}

void EventSource::close() {
  state_ = State::closed;
  alive_.reset();
  call_.reset();
  timer_.cancel();
}

void EventSource::connect() {
  state_ = State::connecting;
  redirects_ = 0;
  parser_.restart();
  request(url_);
}

void EventSource::request(Url url) {
  ClientRequest request{.url = url};
  request.headers.add("Accept", std::string(kEventStream));
  request.headers.add("Cache-Control", "no-store");
  if (can_be_sent(parser_.last_event_id())) request.headers.add("Last-Event-ID", parser_.last_event_id());
  for (const auto& [name, value] : options_.headers) {
    const bool secret = equal_ignoring_case(name, "authorization") || equal_ignoring_case(name, "cookie");
    if (!secret || is_same_origin(url, url_)) request.headers.add(name, value);
  }
  at_ = std::move(url);
  refusal_.reset();
  ended_.reset();
  HttpCallListener& listener = *this;
  call_ = std::make_unique<HttpCall>(loop_, std::move(request), options_.http, listener);
}

void EventSource::on_head(const ResponseHead& head) {
  constexpr int kOk = 200, kNoContent = 204;
  if (head.status == kOk) return begin_stream(head);
  if (is_redirection(head.status)) return redirect(head);
  if (head.status == kNoContent) {
    return end({.code = ErrorCode::not_found, .primary = "the server says that nothing more will come (204)"});
  }
  refusal_ = Refusal{.status = head.status, .retry_after = retry_after_of(head.headers)};
}

void EventSource::begin_stream(const ResponseHead& head) {
  const std::string_view type = head.headers.get("content-type");
  if (!is_event_stream(type)) {
    return end({.code = ErrorCode::invalid_argument,
                .primary = "the answer is no stream of events",
                .detail = "its Content-Type is \"" + std::string(type.substr(0, 100)) + "\""});
  }
  state_ = State::open;
  ++opened_count_;
  if (paused_) call_->pause();
  listener_->on_open();
}

void EventSource::redirect(const ResponseHead& head) {
  const auto refuse = [this](std::string detail) {
    end({.code = ErrorCode::invalid_argument, .primary = "the redirection is not followed", .detail = detail});
  };
  if (++redirects_ > options_.redirects_max) return refuse("it is one too many");
  if (head.headers.find("location") == nullptr) return refuse("it does not say where to");
  auto to = resolve_location(at_, head.headers.get("location"));
  if (!to) return refuse(to.error().detail);
  if (at_.tls && !to->tls) return refuse("it leads from https to http");
  request(*std::move(to));
}

void EventSource::on_body(std::string_view bytes) {
  if (refusal_) return take_refusal(bytes);
  const auto fed = parser_.feed(bytes, [this](codec::SseEvent event) { events_.push_back(std::move(event)); });
  if (!tell_events()) return;
  if (!fed) return end(fed.error());
  if (paused_) call_->pause();
}

bool EventSource::tell_events() {
  if (telling_) return true;
  const std::weak_ptr<const bool> alive = alive_;
  telling_ = true;
  while (next_ < events_.size() && !paused_) {
    const codec::SseEvent event = std::move(events_[next_++]);
    failures_ = 0;
    last_event_id_ = event.last_event_id;
    listener_->on_event(event);
    if (alive.expired()) return false;
  }
  telling_ = false;
  if (next_ < events_.size()) return true;
  events_.clear();
  next_ = 0;
  last_event_id_ = parser_.last_event_id();
  return true;
}

void EventSource::pause() {
  paused_ = true;
  if (state_ == State::open) call_->pause();
}

void EventSource::resume() {
  if (!std::exchange(paused_, false) || state_ == State::closed) return;
  if (state_ == State::open && call_ != nullptr) call_->resume();
  if (events_.empty() || telling_) return;
  // Not from inside this call.
  loop_.post([this, alive = std::weak_ptr<const bool>(alive_)] {
    if (alive.expired() || !tell_events() || !events_.empty() || !ended_) return;
    on_end(*std::exchange(ended_, std::nullopt));
  });
}

void EventSource::on_end(Result<void> result) {
  if (refusal_) return conclude_refusal();
  if (!events_.empty()) {
    ended_ = std::move(result);
    return;
  }
  if (result) return lose({.code = ErrorCode::unavailable, .primary = "the stream ended"});
  result.error().code == ErrorCode::unavailable ? lose(result.error()) : end(result.error());
}

void EventSource::take_refusal(std::string_view bytes) {
  refusal_->body += bytes.substr(0, kRefusalBytesMax - refusal_->body.size());
  if (refusal_->body.size() == kRefusalBytesMax) conclude_refusal();
}

void EventSource::conclude_refusal() {
  const Refusal refusal = *std::exchange(refusal_, std::nullopt);
  const Error error = problem_of(refusal.status, refusal.body);
  may_come_back(refusal.status) ? lose(error, refusal.retry_after) : end(error);
}

void EventSource::lose(const Error& why, std::chrono::milliseconds at_least) {
  call_.reset();
  state_ = State::waiting;
  ++failures_;
  const auto asked = parser_.retry().value_or(std::chrono::milliseconds(0));
  const auto delay = std::max({backoff_.after(failures_), asked, at_least});
  timer_ = loop_.after(delay, [this] { connect(); });
  listener_->on_lost(why, delay);
}

void EventSource::end(const Error& why) {
  close();
  listener_->on_end(why);
}

}  // namespace freshet::net
