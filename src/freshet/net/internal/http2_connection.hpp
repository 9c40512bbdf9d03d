// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "freshet/base/clock.hpp"
#include "freshet/net/http.hpp"
#include "freshet/net/internal/asio.hpp"
#include "freshet/net/internal/frame_writer.hpp"
#include "freshet/net/internal/http2_frame_walk.hpp"
#include "freshet/net/internal/http2_preface.hpp"
#include "freshet/net/internal/http2_stream.hpp"
#include "freshet/net/internal/server_core.hpp"
#include "freshet/net/internal/token_bucket.hpp"
#include "freshet/net/internal/wire.hpp"

// nghttp2's types, whose headers stay in the source file.
struct nghttp2_session;

namespace freshet::net {

/// A connection that speaks HTTP/2: nghttp2 knows the protocol, this the requests, the bytes and the time.
///
/// What arrives is fed to the session; requests that are complete by then are routed after it, so that the application
/// is never called from inside the session. What is to be sent leaves at the end of the loop turn: the headers of
/// frames, and the shared blocks between them by reference, in one gathered write. While the socket is full nothing is
/// read, so that what a client asks for cannot pile up.
///
/// Owners: the server, until it has ended; handlers of the loop hold it weakly. Thread safety: belongs to the loop.
///
/// Invariants: (1) each stream in the table has not ended. (2) the session is used by one caller at a time. (3) ended
/// means that socket, session and streams are gone.
class Http2Connection : public std::enable_shared_from_this<Http2Connection> {
 public:
  Http2Connection(std::shared_ptr<ServerCore> server, Wire wire, Peer peer);
  ~Http2Connection();
  Http2Connection(const Http2Connection&) = delete;
  Http2Connection& operator=(const Http2Connection&) = delete;

  /// Begins; `early` is what has arrived, from the preface on.
  void start(std::string_view early);
  /// Looks at every deadline.
  void sweep();
  /// The server stops: what runs may finish.
  void stop();
  /// Ends everything now.
  void cut() { end(CloseReason::aborted); }
  std::size_t stream_count() const { return streams_.size(); }

  // The place in the server's list.
  std::size_t place = 0;

  // For its streams.
  SteadyTime now() const { return server_->now(); }
  /// Sends what there is, as far as the socket takes it. Tells nobody.
  void flush();
  /// There is something to send on a stream, or it is to end.
  void resume(Http2Stream& stream);
  void abort(Http2Stream& stream, CloseReason reason);
  void count_refusal();
  void count_queued(std::ptrdiff_t bytes);

 private:
  friend struct Http2Callbacks;

  enum class Flood : std::uint8_t { none, resets, control };

  struct FreeSession {
    void operator()(nghttp2_session* session) const;
  };

  void submit_settings();
  void feed(std::string_view bytes);
  /// Has the session take in bytes; below zero where it cannot go on.
  long receive(std::string_view bytes);
  void blame(int error);
  void wait_readable(Transfer::State wanted);
  void on_readable(error_code error);
  void wait_writable();
  void on_writable(error_code error);
  bool gather();
  void schedule();
  void end_turn();
  void settle();
  void linger();
  void end(CloseReason reason);
  void drain();
  void send_last_goaway();

  void dispatch();
  void route(const std::shared_ptr<Http2Stream>& stream);
  void answer(const std::shared_ptr<Http2Stream>& stream, Response response);
  void await_answer(const std::shared_ptr<Http2Stream>& stream, Response response);
  void on_answer(std::int32_t id);
  void refuse(Http2Stream& stream, int status, std::string_view reason);
  void submit(const std::shared_ptr<Http2Stream>& stream, Response response);
  void count_fault(int status);
  void sweep_stream(Http2Stream& stream, SteadyTime now);
  std::shared_ptr<Http2Stream> find(std::int32_t id) const;

  // From inside the session: they take note, and call nobody.
  Http2Stream* begin_stream(std::int32_t id);
  /// A frame of a message has come: its stream must be open, or one that the client may not know to be closed yet.
  void check_stream(std::int32_t id);
  void note_cut_off(std::int32_t id);
  void take_body(Http2Stream& stream, std::string_view bytes);
  void complete(Http2Stream& stream);
  void note_control_frame();
  void note_reset();
  void close_stream(std::int32_t id, std::uint32_t error);

  const std::shared_ptr<ServerCore> server_;
  Http2Stats& stats_;
  Wire wire_;
  const Peer peer_;
  std::unique_ptr<nghttp2_session, FreeSession> session_;
  FrameWriter writer_;
  Http2FrameWalk walk_{kHttp2Preface.size()};
  std::unordered_map<std::int32_t, std::shared_ptr<Http2Stream>> streams_;
  // Complete, or refused: to be answered.
  std::vector<std::int32_t> ready_;
  std::vector<std::shared_ptr<Http2Stream>> closed_;
  // The last of those that ended while the client was still sending.
  std::deque<std::int32_t> cut_off_;
  std::int32_t last_id_ = 0;
  // Of requests that are not complete.
  std::size_t buffered_bytes_ = 0;
  std::size_t request_count_ = 0;
  TokenBucket resets_;
  TokenBucket control_frames_;
  SteadyTime last_progress_;
  SteadyTime idle_since_;
  SteadyTime drain_since_;
  std::size_t discarded_ = 0;

  Flood flood_ = Flood::none;
  bool closed_stream_used_ = false;
  bool paused_ = false;  // the session has more than one write takes
  bool scheduled_ = false;
  bool reading_ = false;  // waiting for the socket to be readable
  bool blocked_ = false;
  bool draining_ = false;
  bool last_goaway_sent_ = false;
  bool lingering_ = false;
  bool ended_ = false;
};

}  // namespace freshet::net
