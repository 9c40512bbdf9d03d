// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "freshet/base/inbox.hpp"
#include "freshet/net/output_stream.hpp"

namespace freshet::net {

class FarEnd;
class IoLoop;
class IoLoops;

/// What has become of one stream of an I/O loop.
struct IoNews {
  enum class Kind : std::uint8_t { input, drained, closed };

  FarEnd* end;
  std::size_t input_bytes;
  std::uint32_t slot;
  Kind kind;
  CloseReason reason;
};

/// What an I/O loop has for the graph's loop at the end of a turn: the way back of IoBatch.
///
/// A report with input goes back to the I/O loop when that was dealt with: so the I/O loop knows how much is on its
/// way, and reads no more than it may.
///
/// Owners: the I/O loop while it is filled, then the inbox that it crosses in.
class IoReport final : public Inbox::Letter {
 public:
  /// Requires: `loop` is one of `owner`.
  IoReport(IoLoops& owner, IoLoop& loop) : owner_(owner), loop_(loop) {}

  void add_input(FarEnd& end, std::span<const char> bytes);
  void add_drained(FarEnd& end);
  void add_closed(FarEnd& end, CloseReason reason);

  IoLoop& loop() { return loop_; }
  const std::vector<IoNews>& news() const { return news_; }
  /// What arrived, of all news with input in their order. May be changed.
  std::string& input() { return input_; }

  /// On the graph's loop: tells the streams. On the I/O loop, when it is back: reads on.
  void deliver() override;

 private:
  IoLoops& owner_;
  IoLoop& loop_;
  std::vector<IoNews> news_;
  std::string input_;
  bool is_back_ = false;
};

}  // namespace freshet::net
