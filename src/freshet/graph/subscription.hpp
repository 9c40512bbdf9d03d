// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <utility>

namespace freshet {

/// Keeps a callback registered; the callback ends with it.
///
/// Lifetime: keeps the collection it was made from up to date.
/// Thread safety: belongs to the loop of its Graph.
class [[nodiscard]] Subscription {
 public:
  Subscription() = default;
  /// `owner` is what the collection calls while it lives. Owner: this object alone, and the collection during a call.
  explicit Subscription(std::shared_ptr<void> owner) : owner_(std::move(owner)) {}
  Subscription(Subscription&&) noexcept = default;
  Subscription& operator=(Subscription&&) noexcept = default;

  /// Whether there still is something to end.
  bool active() const { return owner_ != nullptr; }
  void end() { owner_.reset(); }

 private:
  std::shared_ptr<void> owner_;
};

}  // namespace freshet
