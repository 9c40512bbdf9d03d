// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <utility>

#include "freshet/base/assert.hpp"
#include "freshet/base/inbox.hpp"
#include "freshet/base/result.hpp"

namespace freshet {

/// Something that will be answered once, by whoever holds its Reply, and is delivered to its loop then.
///
/// Only the first answer counts. Thread safety: answer() and cancelled() from any thread; the answer itself is read by
/// the loop, when it is delivered.
template <class T> class Question : public Inbox::Letter {
 public:
  void answer(Result<T> answer) {
    if (answered_.exchange(true, std::memory_order_acq_rel)) return;
    answer_.emplace(std::move(answer));
    send();
  }
  /// The one that counts. Requires: delivered.
  const Result<T>& answer() const { return *answer_; }

  /// Nobody waits for the answer any more.
  void cancel() { cancelled_.store(true, std::memory_order_release); }
  virtual bool cancelled() const { return cancelled_.load(std::memory_order_acquire); }
  /// The answer in case that its Reply goes without one.
  virtual Error dropped() const {
    return {ErrorCode::unavailable, "the call ended without an answer", "its Reply was dropped", "", ""};
  }

 protected:
  /// Has the answer delivered; called once, on the thread that answers.
  virtual void send() = 0;
  bool answered() const { return answered_.load(std::memory_order_acquire); }

  std::optional<Result<T>> answer_;

 private:
  std::atomic<bool> answered_ = false;
  std::atomic<bool> cancelled_ = false;
};

/// The right to answer a question, once, from any thread: `reply(value)` or `reply.fail(error)`.
///
/// An answer that nobody waits for any more is dropped, also when the graph that asked is gone. A Reply that goes
/// without an answer is an answer: an error.
///
/// Thread safety: a value with one owner; may be moved to any thread.
/// Example: src/freshet/meta/verbs/map_async.test.cpp [reply]
template <class T> class [[nodiscard]] Reply {
 public:
  explicit Reply(std::shared_ptr<Question<T>> question) : question_(std::move(question)) {}
  Reply(Reply&&) noexcept = default;
  Reply& operator=(Reply&& other) noexcept {
    if (this != &other) {
      drop();
      question_ = std::move(other.question_);
    }
    return *this;
  }
  ~Reply() { drop(); }

  void operator()(T value) { give(Result<T>(std::move(value))); }
  void fail(Error error) { give(freshet::fail(std::move(error))); }
  /// Either of them.
  void give(Result<T> answer) {
    FRESHET_ASSERT(question_ != nullptr && "a Reply answers once");
    const std::shared_ptr<Question<T>> question = std::move(question_);
    question->answer(std::move(answer));
  }

  /// Whether the answer would be dropped: the work for it need not go on.
  bool cancelled() const { return question_ == nullptr || question_->cancelled(); }

 private:
  void drop() {
    if (question_ == nullptr) return;
    give(freshet::fail(question_->dropped()));
  }

  std::shared_ptr<Question<T>> question_;  // owners: this object until it answers, and the loop that asked
};

}  // namespace freshet
