// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "freshet/base/clock.hpp"
#include "freshet/net/internal/block_queue.hpp"
#include "freshet/net/internal/exchange_record.hpp"
#include "freshet/net/internal/frame_writer.hpp"
#include "freshet/net/internal/http2_request.hpp"
#include "freshet/net/internal/later_answer.hpp"
#include "freshet/net/output_stream.hpp"

namespace freshet::net {

class Http2Connection;

/// One request of an HTTP/2 connection, and its answer: what an OutputStream of it writes waits here for the windows
/// that the client opens.
///
/// Owners: its connection, until the stream has ended for both sides; the application's OutputStream. After its end it
/// does not know the connection any more.
class Http2Stream : public std::enable_shared_from_this<Http2Stream> {
 public:
  enum class Phase : std::uint8_t { head, body, answer, send };

  Http2Stream(Http2Connection& connection, std::int32_t number, const RequestLimits& limits, std::size_t budget)
      : request(limits), id(number), budget_bytes(budget), connection_(&connection) {}

  // The application's side.
  bool write(Block block);
  std::size_t drop_queue();
  void close();
  void abort();
  /// The application has let go of the stream without a word.
  void abandon();
  bool is_open() const { return connection_ != nullptr && !closing; }
  std::string remote() const { return remote_; }

  // The connection's side.
  /// The application gets to write to it.
  void open_for_writing(std::string remote);
  bool is_output() const { return is_output_; }
  /// All that is sent at once.
  void fill(Block body);
  /// Moves `size` bytes to the frames that leave.
  void take(std::size_t size, FrameWriter& writer);
  /// Tells that everything queued has left.
  void tell_drained();
  /// The stream has ended; the application hears of it later.
  void end(CloseReason reason);
  void tell_closed();

  Http2Request request;
  const std::int32_t id;
  Phase phase = Phase::head;
  SteadyTime deadline{};
  std::shared_ptr<LaterAnswer> later;
  int routed_again = 0;
  SteadyTime complete_at{};
  /// For whoever is told of exchanges; null where nobody is, and once it was told.
  std::unique_ptr<ExchangeRecord> record;

  OutputStreamListener* listener = nullptr;
  BlockQueue queue;
  std::size_t budget_bytes;
  std::uint64_t sent_bytes = 0;
  SteadyTime last_progress{};
  CloseReason reason = CloseReason::peer_gone;
  bool request_complete = false;
  bool client_done = false;  // sends nothing more: the request is complete, or was taken back
  bool owes_drained = false;
  bool closing = false;   // nothing more is written; the end of the stream follows what is queued
  bool deferred = false;  // nghttp2 waits to be told of something to send

 private:
  bool over_budget(std::size_t more) const { return !queue.empty() && queue.bytes() + more > budget_bytes; }

  Http2Connection* connection_;
  std::string remote_;
  bool is_output_ = false;
};

/// The application's end of a stream.
class Http2Output final : public OutputStream {
 public:
  explicit Http2Output(std::shared_ptr<Http2Stream> stream) : stream_(std::move(stream)) {}
  ~Http2Output() override { stream_->abandon(); }
  Http2Output(const Http2Output&) = delete;
  Http2Output& operator=(const Http2Output&) = delete;

  void set_listener(OutputStreamListener* listener) override { stream_->listener = listener; }
  [[nodiscard]] bool write(Block block) override { return stream_->write(std::move(block)); }
  std::size_t drop_queue() override { return stream_->drop_queue(); }
  void close() override { stream_->close(); }
  void abort() override { stream_->abort(); }
  bool is_open() const override { return stream_->is_open(); }
  std::size_t queued_bytes() const override { return stream_->queue.bytes(); }
  std::size_t budget_bytes() const override { return stream_->budget_bytes; }
  void set_budget_bytes(std::size_t bytes) override { stream_->budget_bytes = bytes; }
  std::uint64_t sent_bytes() const override { return stream_->sent_bytes; }
  std::string remote() const override { return stream_->remote(); }

 private:
  const std::shared_ptr<Http2Stream> stream_;
};

}  // namespace freshet::net
