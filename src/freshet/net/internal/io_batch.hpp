// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "freshet/base/inbox.hpp"
#include "freshet/net/block.hpp"

namespace freshet::net {

class FarEnd;

/// What an I/O loop is to do with one stream.
struct IoOrder {
  enum class Kind : std::uint8_t {
    begin,
    write,
    drop_queue,
    tell_drained,
    listen,
    discard,
    close,
    close_gently,
    abort
  };

  FarEnd* end;
  std::uint32_t block;  // where in the batch, for write
  Kind kind;
};

/// What the graph's loop has for one I/O loop at the end of a turn: one object, however many streams it is for.
///
/// A block that goes to many streams is listed once. The I/O loop counts references to it with a counter of its own, so
/// that the one that cores share is touched once for each loop and not once for each client.
///
/// Owners: the graph's loop while it is filled, then the inbox that it crosses in. Its size is bounded by what it
/// is for: each stream refuses what exceeds its budget, blocks on their way included.
class IoBatch final : public Inbox::Letter {
 public:
  /// Requires: `orders_expected` is only a hint.
  explicit IoBatch(std::size_t orders_expected);
  ~IoBatch() override;

  void add(FarEnd& end, IoOrder::Kind kind) { orders_.push_back({&end, 0, kind}); }
  void add_write(FarEnd& end, const Block& block) { orders_.push_back({&end, index_of(block), IoOrder::Kind::write}); }
  /// No order for it follows: it goes when those before are carried out, and where they are.
  void forget(std::unique_ptr<FarEnd> end);
  std::size_t order_count() const { return orders_.size(); }

  /// On the I/O loop: carries out the orders.
  void deliver() override;

 private:
  std::uint32_t index_of(const Block& block);

  std::vector<Block> blocks_;
  std::vector<IoOrder> orders_;
  std::vector<std::unique_ptr<FarEnd>> forgotten_;
};

}  // namespace freshet::net
