// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "freshet/net/byte_stream.hpp"
#include "freshet/net/internal/io_batch.hpp"
#include "freshet/net/internal/stream_progress.hpp"
#include "freshet/net/internal/wire.hpp"

namespace freshet::net {

class IoLoop;
class StreamSocket;

/// The end of a RelayedStream that has the socket, on an I/O loop.
///
/// Owner: the graph's loop, from the making to the last report, which says that the stream has ended; then the batch
/// that carries it back to its loop, where it goes behind all orders for it.
/// Thread safety: belongs to the I/O loop, but for what says otherwise.
class FarEnd final : private OutputStreamListener, private ByteStreamInput {
 public:
  /// What a stream begins with.
  struct Begin {
    LooseWire wire;
    std::string head;
    /// What the client has sent behind its request.
    std::string early;
    /// Whether what the client sends is wanted.
    bool listens = false;
  };

  /// Bytes of one stream that are on their way to the graph's loop; more are not read.
  static constexpr std::size_t kInputWindowBytes = 64 * 1024;

  /// On the graph's loop, which posts the order to begin. `slot` is where the graph's loop has the other end.
  FarEnd(IoLoop& loop, std::uint32_t slot, Begin begin);
  ~FarEnd();
  FarEnd(const FarEnd&) = delete;
  FarEnd& operator=(const FarEnd&) = delete;

  // From any thread.
  const StreamProgress& progress() const { return progress_; }
  std::uint32_t slot() const { return slot_; }

  void write(const Block& block);
  void carry_out(IoOrder::Kind order);
  /// So much of the input was dealt with.
  void took(std::size_t bytes);
  bool may_read() const { return unread_bytes_ < kInputWindowBytes; }
  /// Goes on reading. Requires: it is paused, and off the loop's list of those.
  void resume();

 private:
  void on_drained() override;
  void on_closed(CloseReason reason) override;
  void on_input(std::span<char> bytes) override;
  void on_stop() override {}

  void begin();
  void drop_queue();
  void discard_input();
  void unpause();

  IoLoop& loop_;
  const std::uint32_t slot_;
  StreamProgress progress_;
  // Apart, since it is of no use after the beginning.
  std::unique_ptr<Begin> begin_;
  // Null before the beginning and after the end.
  std::shared_ptr<StreamSocket> socket_;
  std::size_t unread_bytes_ = 0;
  bool paused_ = false;
};

}  // namespace freshet::net
