// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "freshet/base/clock.hpp"
#include "freshet/net/byte_stream.hpp"
#include "freshet/net/internal/asio.hpp"
#include "freshet/net/internal/stream_hub.hpp"
#include "freshet/net/internal/stream_progress.hpp"
#include "freshet/net/internal/wire.hpp"

namespace freshet::net {

/// A ByteStream on a connection.
///
/// Owners: the application, from adoption on; itself, from close() until its queue is sent; the hub, while it is to be
/// flushed or its end to be told. Handlers of the loop hold it weakly.
class StreamSocket final : public ByteStream, public std::enable_shared_from_this<StreamSocket> {
 public:
  StreamSocket(std::shared_ptr<StreamHub> hub, Wire wire, Block head);
  ~StreamSocket() override;

  void set_listener(OutputStreamListener* listener) override { listener_ = listener; }
  [[nodiscard]] bool write(Block block) override;
  std::size_t drop_queue() override;
  void close() override;
  void abort() override { end(CloseReason::aborted); }
  bool is_open() const override { return !ended_ && !closing_; }
  std::size_t queued_bytes() const override { return queued_bytes_; }
  std::size_t budget_bytes() const override { return budget_bytes_; }
  void set_budget_bytes(std::size_t bytes) override { budget_bytes_ = bytes; }
  std::uint64_t sent_bytes() const override { return sent_bytes_; }
  std::string remote() const override;
  void set_input(ByteStreamInput* input) override { input_ = input; }
  void close_gently() override;
  StreamHub& hub() override { return *hub_; }

  /// Starts to watch for input and the end of the connection; `early` is what had arrived before. Once, right after
  /// construction.
  void start(std::string early);
  /// The server stops.
  void stop();

  // For who has the stream on behalf of another loop.
  /// Writes down there how far the stream has come, until it is given null.
  void publish(StreamProgress* progress) { progress_ = progress; }
  /// on_drained() follows once nothing waits, as after a refusal.
  void tell_when_drained();
  /// Whether input is read; at first it is. While it is not, the kernel holds back the client.
  void set_reading(bool reading);

 private:
  friend class StreamHub;

  bool over_budget(std::size_t more) const;
  void enqueue(Block block);
  void mark_dirty();
  void flush(bool progressed);
  void settle();
  Transfer send_queued();
  void take_off(std::size_t sent);
  void wait_writable(bool progressed);
  void on_writable(error_code error);
  void wait_readable(Transfer::State wanted = Transfer::State::wants_read);
  void on_readable(error_code error);
  void read_again(Transfer::State wanted);
  Transfer receive();
  Transfer take_input();
  Transfer discard_input(std::size_t bytes_max);
  void linger();
  void end(CloseReason reason);
  void release();
  void tell_closed();

  const std::shared_ptr<StreamHub> hub_;
  // Empty from the end on: the loop may be gone before the stream is.
  std::optional<Wire> wire_;
  asio::ip::tcp::endpoint peer_;
  OutputStreamListener* listener_ = nullptr;
  ByteStreamInput* input_ = nullptr;
  std::shared_ptr<StreamSocket> self_;

  // Blocks from front_ on wait; of the first, front_sent_ bytes are gone already.
  std::vector<Block> queue_;
  std::size_t front_ = 0;
  std::size_t front_sent_ = 0;
  std::size_t queued_bytes_ = 0;
  std::size_t budget_bytes_;
  std::uint64_t sent_bytes_ = 0;
  std::size_t stray_bytes_ = 0;
  StreamProgress* progress_ = nullptr;
  SteadyTime last_progress_;

  // Places in the hub's lists: of those that are open, and of those that wait for the client to read or to end.
  std::size_t open_place_ = 0;
  std::size_t waiting_place_ = 0;

  CloseReason reason_ = CloseReason::finished;
  bool reading_ = true;
  // What the socket is to be waited for once reading goes on; open if it is waited for already.
  Transfer::State held_back_ = Transfer::State::open;
  bool dirty_ = false;
  bool blocked_ = false;
  bool owes_drained_ = false;
  bool closing_ = false;
  bool closes_gently_ = false;
  bool lingering_ = false;
  bool ended_ = false;
};

}  // namespace freshet::net
