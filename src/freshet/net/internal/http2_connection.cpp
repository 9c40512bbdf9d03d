// SPDX-License-Identifier: MIT
#include "freshet/net/internal/http2_connection.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <utility>

#include <nghttp2/nghttp2.h>

#include "freshet/net/internal/http2_callbacks.hpp"
#include "freshet/net/internal/http2_head.hpp"
#include "freshet/net/internal/response_head.hpp"

namespace freshet::net {
namespace {

// What is gathered for one write, and one connection's share of a turn.
constexpr std::size_t kGatherBytes = 64 * 1024;
constexpr std::size_t kFlushBytesMax = 256 * 1024;
constexpr std::size_t kLingerBytesMax = 1024 * 1024;
constexpr int kRoutesAgainMax = 3;
// Streams that ended before the client knew. It learns of each within a round trip.
constexpr std::size_t kCutOffMax = 256;
// How long a client that is told of the end may still begin requests, where it does not answer the ping.
constexpr auto kLastGoawayDelay = std::chrono::milliseconds(1000);

tl::unexpected<Error> gave_up() { return fail(ErrorCode::unavailable, "what the answer needs is not to be had now"); }

}  // namespace

void Http2Connection::FreeSession::operator()(nghttp2_session* session) const { nghttp2_session_del(session); }

Http2Connection::Http2Connection(std::shared_ptr<ServerCore> server, Wire wire, Peer peer)
    : server_(std::move(server)),
      stats_(server_->counters().http2),
      wire_(std::move(wire)),
      peer_(std::move(peer)),
      session_(Http2Callbacks::make_session(*this, server_->options().http2)),
      resets_(server_->options().http2.resets, server_->now()),
      control_frames_(server_->options().http2.control_frames, server_->now()),
      last_progress_(server_->now()),
      idle_since_(last_progress_) {
  ++stats_.opened;
  ++stats_.connections;
  const ServerOptions& options = server_->options();
  const auto timeout_ms = static_cast<unsigned>(options.write_timeout.count());
  ::setsockopt(wire_.socket().native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_ms, sizeof timeout_ms);
  if (options.stream_send_buffer_bytes > 0) {
    error_code ignored;
    wire_.socket().set_option(asio::socket_base::send_buffer_size(options.stream_send_buffer_bytes), ignored);
  }
}

Http2Connection::~Http2Connection() = default;

void Http2Connection::start(std::string_view early) {
  submit_settings();
  schedule();
  feed(early);
  if (!ended_) wait_readable(Transfer::State::wants_read);
}

void Http2Connection::submit_settings() {
  const Http2Options& options = server_->options().http2;
  const auto head_bytes = static_cast<std::uint32_t>(server_->options().head_bytes_max);
  const std::array<nghttp2_settings_entry, 3> settings = {{
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, options.streams_max},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, options.stream_window_bytes},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, head_bytes},
  }};
  nghttp2_submit_settings(session_.get(), NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  nghttp2_session_set_local_window_size(session_.get(), NGHTTP2_FLAG_NONE, 0,
                                        static_cast<std::int32_t>(options.connection_window_bytes));
}

// --- What arrives. ---

void Http2Connection::feed(std::string_view bytes) {
  const auto self = shared_from_this();
  if (const long fed = receive(bytes); fed < 0) blame(static_cast<int>(fed));
  if (flood_ != Flood::none) {
    ++(flood_ == Flood::resets ? stats_.reset_floods : stats_.control_floods);
    nghttp2_session_terminate_session(session_.get(), NGHTTP2_ENHANCE_YOUR_CALM);
    flood_ = Flood::none;
    ready_.clear();
  }
  if (closed_stream_used_) {
    closed_stream_used_ = false;
    nghttp2_session_terminate_session(session_.get(), NGHTTP2_STREAM_CLOSED);
    ready_.clear();
  }
  dispatch();
  if (!ended_) schedule();
}

// Frame by frame, to see what the session passes over.
long Http2Connection::receive(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t size = walk_.take(bytes);
    const auto fed =
        nghttp2_session_mem_recv(session_.get(), reinterpret_cast<const std::uint8_t*>(bytes.data()), size);
    if (fed < 0) return fed;
    bytes.remove_prefix(size);
    if (walk_.at_header() && (walk_.type() == NGHTTP2_DATA || walk_.type() == NGHTTP2_HEADERS)) {
      check_stream(walk_.stream_id());
    }
  }
  return 0;
}

// The session is beyond going on: says so, if the client may still hear it.
void Http2Connection::blame(int error) {
  const bool flood = error == NGHTTP2_ERR_TOO_MANY_CONTINUATIONS || error == NGHTTP2_ERR_FLOODED;
  if (error == NGHTTP2_ERR_TOO_MANY_CONTINUATIONS) {
    ++stats_.continuation_floods;
  } else if (error == NGHTTP2_ERR_FLOODED) {
    ++stats_.control_floods;
  } else {
    ++stats_.protocol_errors;
  }
  ready_.clear();
  nghttp2_session_terminate_session(session_.get(), flood ? NGHTTP2_ENHANCE_YOUR_CALM : NGHTTP2_PROTOCOL_ERROR);
}

void Http2Connection::wait_readable(Transfer::State wanted) {
  reading_ = true;
  const auto what = wanted == Transfer::State::wants_write ? TcpSocket::wait_write : TcpSocket::wait_read;
  wire_.socket().async_wait(what, [weak = weak_from_this()](error_code error) {
    if (const auto self = weak.lock(); self != nullptr) self->on_readable(error);
  });
}

void Http2Connection::on_readable(error_code error) {
  reading_ = false;
  if (ended_ || error == asio::error::operation_aborted) return;
  if (blocked_) return;
  std::vector<char>& scratch = server_->scratch();
  const Transfer received = wire_.read(scratch);
  if (lingering_) {
    discarded_ += received.bytes;
    if (received.over() || discarded_ > kLingerBytesMax) return end(CloseReason::finished);
  } else {
    if (received.bytes > 0) feed({scratch.data(), received.bytes});
    if (received.over()) return end(CloseReason::peer_gone);
  }
  if (!ended_) wait_readable(received.state);
}

// --- What leaves. ---

void Http2Connection::schedule() {
  if (ended_ || std::exchange(scheduled_, true)) return;
  server_->defer([weak = weak_from_this()] {
    if (const auto self = weak.lock(); self != nullptr) self->end_turn();
  });
}

void Http2Connection::end_turn() {
  scheduled_ = false;
  if (!ended_) flush();
  settle();
}

// Has the session write what one write takes; false when it cannot go on.
bool Http2Connection::gather() {
  paused_ = false;
  while (!paused_ && writer_.bytes() < kGatherBytes) {
    const std::uint8_t* bytes = nullptr;
    const auto count = nghttp2_session_mem_send(session_.get(), &bytes);
    if (count < 0) return false;
    if (count == 0) return true;
    writer_.add_bytes({reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(count)});
  }
  return true;
}

void Http2Connection::flush() {
  const auto self = shared_from_this();
  std::size_t allowance = kFlushBytesMax;
  while (!ended_ && !blocked_ && !lingering_) {
    if (!gather()) return end(CloseReason::peer_gone);
    if (writer_.bytes() == 0 && !wire_.has_unsent()) return;
    if (allowance == 0) return schedule();
    const Transfer sent = writer_.send(wire_);
    StreamHub::Counters& counters = server_->stream_counters();
    ++counters.writes;
    counters.bytes += sent.bytes;
    if (sent.over()) return end(CloseReason::peer_gone);
    if (sent.bytes > 0) last_progress_ = now();
    if (sent.waits()) return wait_writable();
    allowance -= std::min(allowance, sent.bytes);
  }
}

void Http2Connection::wait_writable() {
  blocked_ = true;
  wire_.socket().async_wait(TcpSocket::wait_write, [weak = weak_from_this()](error_code error) {
    if (const auto self = weak.lock(); self != nullptr) self->on_writable(error);
  });
}

void Http2Connection::on_writable(error_code error) {
  if (ended_ || error == asio::error::operation_aborted) return;
  blocked_ = false;
  flush();
  settle();
  if (!ended_ && !blocked_ && !reading_) wait_readable(Transfer::State::wants_read);
}

// Tells the applications what has become of their streams.
void Http2Connection::settle() {
  const auto self = shared_from_this();
  const auto closed = std::exchange(closed_, {});
  for (const auto& stream : closed) stream->tell_closed();
  if (ended_ || blocked_ || writer_.bytes() > 0 || wire_.has_unsent()) return;
  std::vector<std::shared_ptr<Http2Stream>> drained;
  for (const auto& [id, stream] : streams_) {
    if (stream->owes_drained && stream->queue.empty()) drained.push_back(stream);
  }
  for (const auto& stream : drained) stream->tell_drained();
  if (ended_ || scheduled_ || lingering_) return;
  const bool goes_on =
      nghttp2_session_want_read(session_.get()) != 0 || nghttp2_session_want_write(session_.get()) != 0;
  if (!goes_on) linger();
}

// All is said: waits for the client to have read it.
void Http2Connection::linger() {
  lingering_ = true;
  last_progress_ = now();
  wire_.finish();
  if (!reading_) wait_readable(Transfer::State::wants_read);
}

void Http2Connection::end(CloseReason reason) {
  if (std::exchange(ended_, true)) return;
  const auto self = shared_from_this();
  for (const auto& [id, stream] : streams_) {
    if (stream->later != nullptr) ++server_->counters().answers_unwanted;
    stream->end(reason == CloseReason::finished ? CloseReason::peer_gone : reason);
    closed_.push_back(stream);
  }
  stats_.streams -= streams_.size();
  --stats_.connections;
  streams_.clear();
  writer_.clear();
  error_code ignored;
  wire_.socket().close(ignored);
  server_->defer([self] { self->settle(); });
  server_->remove(*this);
}

// --- Streams. ---

std::shared_ptr<Http2Stream> Http2Connection::find(std::int32_t id) const {
  const auto found = streams_.find(id);
  return found == streams_.end() ? nullptr : found->second;
}

void Http2Connection::resume(Http2Stream& stream) {
  if (std::exchange(stream.deferred, false)) nghttp2_session_resume_data(session_.get(), stream.id);
  schedule();
}

void Http2Connection::abort(Http2Stream& stream, CloseReason reason) {
  const auto found = streams_.find(stream.id);
  if (found == streams_.end()) return;
  nghttp2_session_set_stream_user_data(session_.get(), stream.id, nullptr);
  nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, stream.id, NGHTTP2_CANCEL);
  if (!stream.request_complete) buffered_bytes_ -= stream.request.body_bytes();
  if (!stream.client_done) note_cut_off(stream.id);
  found->second->end(reason);
  closed_.push_back(std::move(found->second));
  streams_.erase(found);
  --stats_.streams;
  if (streams_.empty()) idle_since_ = now();
  schedule();
}

void Http2Connection::count_refusal() { ++server_->stream_counters().refusals; }

void Http2Connection::count_queued(std::ptrdiff_t bytes) {
  server_->stream_counters().queued_bytes += static_cast<std::size_t>(bytes);
}

Http2Stream* Http2Connection::begin_stream(std::int32_t id) {
  const ServerOptions& options = server_->options();
  auto stream = std::make_shared<Http2Stream>(*this, id, server_->request_limits(), options.stream_budget_bytes);
  stream->deadline = now() + options.head_timeout;
  last_id_ = std::max(last_id_, id);
  ++stats_.streams;
  return streams_.insert_or_assign(id, std::move(stream)).first->second.get();
}

// nghttp2 ignores frames of streams that are closed. Whoever sends them has lost count, or tries what becomes of it.
// Source: RFC 9113 section 5.1.
void Http2Connection::check_stream(std::int32_t id) {
  if (id > last_id_ || id % 2 == 0 || streams_.contains(id)) return;
  if (std::find(cut_off_.begin(), cut_off_.end(), id) == cut_off_.end()) closed_stream_used_ = true;
}

void Http2Connection::note_cut_off(std::int32_t id) {
  cut_off_.push_back(id);
  if (cut_off_.size() > kCutOffMax) cut_off_.pop_front();
}

void Http2Connection::take_body(Http2Stream& stream, std::string_view bytes) {
  if (stream.phase != Http2Stream::Phase::body) return;
  const std::size_t before = stream.request.body_bytes();
  stream.request.add_body(bytes);
  buffered_bytes_ += stream.request.body_bytes();
  buffered_bytes_ -= before;
  if (buffered_bytes_ > server_->options().http2.buffered_bytes_max && !stream.request.failed()) {
    ++stats_.buffered_refusals;
    buffered_bytes_ -= stream.request.body_bytes();
    stream.request.refuse_body();
  }
  if (stream.request.failed()) {
    stream.phase = Http2Stream::Phase::answer;
    ready_.push_back(stream.id);
  }
}

void Http2Connection::complete(Http2Stream& stream) {
  stream.client_done = true;
  if (!std::exchange(stream.request_complete, true)) buffered_bytes_ -= stream.request.body_bytes();
  if (stream.phase == Http2Stream::Phase::answer || stream.phase == Http2Stream::Phase::send) return;
  stream.phase = Http2Stream::Phase::answer;
  ready_.push_back(stream.id);
}

void Http2Connection::note_control_frame() {
  if (!control_frames_.take(1, server_->options().http2.control_frames, now())) flood_ = Flood::control;
}

void Http2Connection::note_reset() {
  ++stats_.resets_received;
  if (!resets_.take(1, server_->options().http2.resets, now())) flood_ = Flood::resets;
}

void Http2Connection::close_stream(std::int32_t id, std::uint32_t error) {
  const auto found = streams_.find(id);
  if (found == streams_.end()) return;
  Http2Stream& stream = *found->second;
  if (!stream.request_complete) buffered_bytes_ -= stream.request.body_bytes();
  if (!stream.client_done) note_cut_off(stream.id);
  if (stream.later != nullptr) ++server_->counters().answers_unwanted;
  const bool finished = error == NGHTTP2_NO_ERROR && stream.closing && stream.queue.empty();
  stream.end(finished ? CloseReason::finished : CloseReason::peer_gone);
  closed_.push_back(std::move(found->second));
  streams_.erase(found);
  --stats_.streams;
  if (streams_.empty()) idle_since_ = now();
  schedule();
}

// --- Requests and answers. ---

void Http2Connection::dispatch() {
  const auto ready = std::exchange(ready_, {});
  for (const std::int32_t id : ready) {
    const auto stream = find(id);
    if (stream == nullptr) continue;
    if (stream->request.failed()) {
      refuse(*stream, stream->request.fault().status, stream->request.fault().reason);
    } else {
      route(stream);
    }
  }
  const std::size_t requests_max = server_->options().keep_alive_requests_max;
  if (ended_ || draining_ || request_count_ < requests_max) return;
  ++server_->counters().keep_alive_ends;
  drain();
}

void Http2Connection::route(const std::shared_ptr<Http2Stream>& stream) {
  ++request_count_;
  ++stats_.requests;
  ++server_->counters().requests;
  Request& request = stream->request.request();
  stream->complete_at = now();
  std::optional<Response> refusal = server_->admit(request, peer_);
  stream->record = server_->record(request, Exchange::Protocol::http2);
  answer(stream, refusal ? *std::move(refusal) : server_->route(request));
}

void Http2Connection::answer(const std::shared_ptr<Http2Stream>& stream, Response response) {
  Request& request = stream->request.request();
  while (response.routes_again) {
    response =
        ++stream->routed_again <= kRoutesAgainMax ? server_->route(request) : server_->complete(request, gave_up());
  }
  // What was called may have ended this stream, or the server.
  if (find(stream->id) == nullptr) return;
  if (response.later_start) return await_answer(stream, std::move(response));
  if (response.upgrade) {
    response = server_->complete(request, fail(ErrorCode::invalid_argument, "HTTP/2 has no other protocols", "",
                                               "open a connection of its own, with HTTP/1.1"));
  }
  submit(stream, std::move(response));
}

void Http2Connection::await_answer(const std::shared_ptr<Http2Stream>& stream, Response response) {
  const auto answer = server_->expect_answer([weak = weak_from_this(), id = stream->id] {
    if (const auto self = weak.lock(); self != nullptr) self->on_answer(id);
  });
  if (answer == nullptr) {
    response =
        server_->complete(stream->request.request(),
                          fail(ErrorCode::unavailable, "too many answers are under way", "", "try again in a moment"));
    response.headers.add("Retry-After", "1");
    return submit(stream, std::move(response));
  }
  stream->later = answer;
  stream->deadline = now() + server_->options().answer_timeout;
  response.later_start(ResponseReply(answer));
}

void Http2Connection::on_answer(std::int32_t id) {
  const auto self = shared_from_this();
  const auto stream = find(id);
  if (stream == nullptr || stream->later == nullptr) return;
  const auto later = std::exchange(stream->later, nullptr);
  Response response = server_->complete(stream->request.request(), later->take());
  later->forget();
  answer(stream, std::move(response));
}

void Http2Connection::refuse(Http2Stream& stream, int status, std::string_view reason) {
  count_fault(status);
  stream.complete_at = now();
  const Error error{ErrorCode::invalid_argument, std::string(reason), "", "", ""};
  Request* const request = stream.request.head();
  Response response = server_->refuse(request, peer_, Response::problem(status, error));
  Request unknown;
  unknown.client = peer_.client;
  stream.record = server_->record(request == nullptr ? unknown : *request, Exchange::Protocol::http2);
  submit(stream.shared_from_this(), std::move(response));
}

void Http2Connection::count_fault(int status) {
  ServerStats& counters = server_->counters();
  if (status == 408) {
    ++counters.body_timeouts;
  } else if (status == 413) {
    ++counters.body_too_large;
  } else if (status == 414) {
    ++counters.uri_too_long;
  } else if (status == 431) {
    ++counters.head_too_large;
  } else {
    ++counters.bad_requests;
  }
}

void Http2Connection::submit(const std::shared_ptr<Http2Stream>& stream, Response response) {
  if (!stream->request.failed()) server_->compress(stream->request.request(), response);
  const bool is_head = !stream->request.failed() && stream->request.request().method == Method::head;
  const bool streams = response.start && !is_head;
  const Http2Head head(response, server_->date());
  Block body = response.shared_body ? response.shared_body : make_block(std::move(response.body));
  if (is_head || !has_body(response.status)) body = make_block({});
  stream->phase = Http2Stream::Phase::send;
  stream->last_progress = now();
  if (stream->record != nullptr) stream->record->exchange().status = response.status;
  if (!streams && !stream->request.failed()) {
    server_->counters().request_times.observe(stream->last_progress - stream->complete_at);
  }
  const bool has_data = streams || !body->empty();
  if (Http2Callbacks::submit(session_.get(), stream->id, head, has_data) != 0) {
    return abort(*stream, CloseReason::peer_gone);
  }
  schedule();
  if (!streams) return stream->fill(std::move(body));
  ++server_->stream_counters().opened;
  stream->open_for_writing(peer_.remote);
  auto output = std::make_shared<Http2Output>(stream);
  if (server_->stopping()) output->close();
  response.start(std::move(output));
}

// --- Time, and the end. ---

void Http2Connection::sweep() {
  const auto self = shared_from_this();
  const ServerOptions& options = server_->options();
  const SteadyTime time = now();
  if (lingering_) {
    if (last_progress_ + options.linger_timeout <= time) end(CloseReason::finished);
    return;
  }
  if (blocked_) {
    if (last_progress_ + options.write_timeout > time) return;
    ++server_->stream_counters().stalled;
    return end(CloseReason::stalled);
  }
  if (draining_ && !last_goaway_sent_ && drain_since_ + kLastGoawayDelay <= time) send_last_goaway();
  if (streams_.empty() && idle_since_ + options.idle_timeout <= time) {
    ++server_->counters().idle_timeouts;
    idle_since_ = time;
    nghttp2_session_terminate_session(session_.get(), NGHTTP2_NO_ERROR);
    return schedule();
  }
  std::vector<std::shared_ptr<Http2Stream>> streams;
  for (const auto& [id, stream] : streams_) streams.push_back(stream);
  for (const auto& stream : streams) {
    if (!ended_ && find(stream->id) == stream) sweep_stream(*stream, time);
  }
}

void Http2Connection::sweep_stream(Http2Stream& stream, SteadyTime time) {
  using Phase = Http2Stream::Phase;
  if (stream.phase == Phase::send) {
    if (stream.queue.empty() || stream.last_progress + server_->options().write_timeout > time) return;
    ++server_->stream_counters().stalled;
    return abort(stream, CloseReason::stalled);
  }
  if (stream.deadline > time) return;
  if (stream.phase == Phase::head) {
    ++server_->counters().head_timeouts;
    nghttp2_session_terminate_session(session_.get(), NGHTTP2_ENHANCE_YOUR_CALM);
    return schedule();
  }
  if (stream.phase == Phase::body) return refuse(stream, 408, "the request took too long to arrive");
  if (stream.later == nullptr) return;
  ++server_->counters().answer_timeouts;
  std::exchange(stream.later, nullptr)->forget();
  answer(stream.shared_from_this(),
         server_->complete(stream.request.request(), fail(ErrorCode::unavailable, "the answer took too long")));
}

void Http2Connection::stop() {
  if (ended_ || lingering_) return;
  if (!draining_) drain();
  for (const auto& [id, stream] : streams_) {
    if (stream->is_output()) stream->close();
  }
}

// Says first that there will be an end, and, when the client knows, which request was the last: none gets lost on the
// way. Source: RFC 9113 section 6.8.
void Http2Connection::drain() {
  draining_ = true;
  drain_since_ = now();
  nghttp2_submit_shutdown_notice(session_.get());
  nghttp2_submit_ping(session_.get(), NGHTTP2_FLAG_NONE, nullptr);
  schedule();
}

void Http2Connection::send_last_goaway() {
  if (!draining_ || std::exchange(last_goaway_sent_, true)) return;
  nghttp2_submit_goaway(session_.get(), NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(session_.get()),
                        NGHTTP2_NO_ERROR, nullptr, 0);
  schedule();
}

}  // namespace freshet::net
