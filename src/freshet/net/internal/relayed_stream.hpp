// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "freshet/net/byte_stream.hpp"
#include "freshet/net/internal/asio.hpp"
#include "freshet/net/internal/far_end.hpp"
#include "freshet/net/internal/io_loops.hpp"

namespace freshet::net {

/// A ByteStream whose socket an I/O loop has: what is written crosses in batches, and what becomes of it is reported.
///
/// Owners: the application; itself, from close() or abort() until it has ended.
///
/// Invariant: end_ is null exactly from the end of the stream on.
class RelayedStream final : public ByteStream, public std::enable_shared_from_this<RelayedStream> {
 public:
  /// What was written since the socket was last tried counts against a client only beyond so many bytes, unless the
  /// socket was full: within one turn nobody can know what the client takes.
  static constexpr std::size_t kUntriedBytesMax = 256 * 1024;

  struct Facts {
    asio::ip::tcp::endpoint peer;
    std::size_t head_bytes;
    std::size_t budget_bytes;
    std::uint32_t lane;
    bool listens;
  };

  RelayedStream(std::shared_ptr<IoLoops> loops, FarEnd& end, const Facts& facts);
  ~RelayedStream() override;

  void set_listener(OutputStreamListener* listener) override { listener_ = listener; }
  [[nodiscard]] bool write(Block block) override;
  std::size_t drop_queue() override;
  void close() override { close(IoOrder::Kind::close); }
  void abort() override;
  bool is_open() const override { return end_ != nullptr && !closing_ && !aborted_; }
  std::size_t queued_bytes() const override;
  std::size_t budget_bytes() const override { return budget_bytes_; }
  void set_budget_bytes(std::size_t bytes) override { budget_bytes_ = bytes; }
  std::uint64_t sent_bytes() const override;
  std::string remote() const override;
  void set_input(ByteStreamInput* input) override;
  void close_gently() override { close(IoOrder::Kind::close_gently); }
  StreamHub& hub() override { return loops_->hub(); }

  // For IoLoops.
  FarEnd& end() { return *end_; }
  std::uint32_t lane() const { return lane_; }
  /// The server stops.
  void stop();
  void hear_input(std::span<char> bytes);
  void hear_drained();
  /// The stream has ended; tell_closed() follows.
  void set_ended(CloseReason reason);
  void tell_closed();

 private:
  void close(IoOrder::Kind how);
  void ask_drained();
  std::uint64_t gone_bytes() const;
  bool over_budget(std::size_t more, std::size_t budget) const;

  const std::shared_ptr<IoLoops> loops_;
  FarEnd* end_;
  OutputStreamListener* listener_ = nullptr;
  ByteStreamInput* input_ = nullptr;
  std::uint64_t handed_bytes_;
  // As far as was looked: the figures of another core are looked at only where it matters.
  std::uint64_t known_gone_bytes_ = 0;
  // What had been handed over when the queue was dropped.
  std::uint64_t dropped_upto_ = 0;
  std::size_t budget_bytes_;
  const std::uint32_t lane_;
  CloseReason reason_ = CloseReason::aborted;
  bool far_end_listens_;
  bool owes_drained_ = false;
  bool closing_ = false;
  bool aborted_ = false;

  // What a write does not need.
  const std::size_t head_bytes_;
  std::uint64_t sent_bytes_ = 0;
  std::shared_ptr<RelayedStream> self_;
  const asio::ip::tcp::endpoint peer_;
};

}  // namespace freshet::net
