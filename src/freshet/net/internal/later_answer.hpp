// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

#include "freshet/base/inbox.hpp"
#include "freshet/base/reply.hpp"
#include "freshet/net/http.hpp"

namespace freshet::net {

/// Where answers that are given later come in, from any thread, for the loop of one server.
///
/// Owners: the server, and each answer that is still to come: a reply may outlive server and loop. The server closes
/// the box when it goes; what comes after that is dropped.
struct LaterBox {
  Inbox inbox;
  std::atomic<std::size_t> under_way = 0;
};

/// One answer that somebody will give later, and the connection that waits for it.
///
/// Owners: the reply, until it has answered; the connection, while it waits; the box, until it is delivered.
/// Thread safety: belongs to the loop, but for what Question says.
class LaterAnswer final : public Question<Response> {
 public:
  /// `wake` is called on the loop once the answer is there.
  LaterAnswer(std::shared_ptr<LaterBox> box, std::function<void()> wake)
      : box_(std::move(box)), wake_(std::move(wake)) {
    box_->under_way.fetch_add(1, std::memory_order_relaxed);
  }

  bool delivered() const { return delivered_; }
  /// Requires: delivered.
  Result<Response> take() { return *std::move(answer_); }
  /// Nobody waits any more.
  void forget() {
    cancel();
    wake_ = nullptr;
  }

  Error dropped() const override {
    return {ErrorCode::internal, "the server failed to answer", "the answer was given up", "", ""};
  }

 private:
  void send() override {
    box_->under_way.fetch_sub(1, std::memory_order_relaxed);
    box_->inbox.post(shared_from_this());
  }
  void deliver() override {
    delivered_ = true;
    if (wake_) wake_();
  }

  const std::shared_ptr<LaterBox> box_;
  std::function<void()> wake_;
  bool delivered_ = false;
};

}  // namespace freshet::net
