// SPDX-License-Identifier: MIT
#include "freshet/net/internal/io_batch.hpp"

#include <algorithm>
#include <utility>

#include "freshet/net/internal/far_end.hpp"

namespace freshet::net {
namespace {

// A commit goes to its readers in a row, in a few forms.
constexpr std::size_t kBlocksLookedAt = 4;

// The same bytes with a reference count of their own, which only this loop touches.
Block own_share(Block block) {
  const auto held = std::make_shared<const Block>(std::move(block));
  return {held, held->get()};
}

}  // namespace

IoBatch::IoBatch(std::size_t orders_expected) { orders_.reserve(orders_expected); }

IoBatch::~IoBatch() = default;

std::uint32_t IoBatch::index_of(const Block& block) {
  const std::size_t first = blocks_.size() - std::min(blocks_.size(), kBlocksLookedAt);
  for (std::size_t at = blocks_.size(); at > first; --at) {
    if (blocks_[at - 1] == block) return static_cast<std::uint32_t>(at - 1);
  }
  blocks_.push_back(block);
  return static_cast<std::uint32_t>(blocks_.size() - 1);
}

void IoBatch::forget(std::unique_ptr<FarEnd> end) { forgotten_.push_back(std::move(end)); }

void IoBatch::deliver() {
  for (Block& block : blocks_) block = own_share(std::move(block));
  for (const IoOrder& order : orders_) {
    if (order.kind == IoOrder::Kind::write) {
      order.end->write(blocks_[order.block]);
    } else {
      order.end->carry_out(order.kind);
    }
  }
  forgotten_.clear();
}

}  // namespace freshet::net
