// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

#include "freshet/base/reply.hpp"
#include "freshet/base/task.hpp"
#include "freshet/graph/detail/async_calls.hpp"

namespace freshet::detail {

/// Who a call's answer is for.
class AnswerTaker {
 public:
  virtual void take(const std::shared_ptr<AsyncCall>& call) = 0;

 protected:
  ~AnswerTaker() = default;
};

/// What the calls of one node need to find back to it.
struct CallHome {
  std::shared_ptr<Inbox> inbox;
  std::weak_ptr<AnswerTaker> taker;
};

/// A call whose answer comes from a Reply.
template <class Answer> class ReplyCall : public Question<Answer>, public AsyncCall {
 public:
  explicit ReplyCall(const CallHome& home) : home_(home) {}

  bool cancelled() const override { return Question<Answer>::cancelled() || home_.inbox->closed(); }
  bool cancel() override {
    Question<Answer>::cancel();
    return false;
  }
  void expire() override {
    Question<Answer>::cancel();
    this->answer(fail(ErrorCode::unavailable, "no answer in time"));
  }
  void deliver() override {
    if (const auto taker = home_.taker.lock()) taker->take(self());
  }
  std::shared_ptr<ReplyCall> self() { return std::static_pointer_cast<ReplyCall>(this->shared_from_this()); }

  /// Puts an error in the place of an answer that the graph refused. Requires: delivered.
  void replace(Error error) {
    this->answer_.emplace(fail(std::move(error)));
    is_final_ = true;
  }
  bool is_final() const { return is_final_; }

 protected:
  void send() override { home_.inbox->post(this->shared_from_this()); }
  const CallHome& home() const { return home_; }

 private:
  const CallHome home_;
  bool is_final_ = false;
};

template <class T> struct WithoutError { using type = T; };
template <class T> struct WithoutError<Result<T>> { using type = T; };

/// A call whose answer is what a Task gives. It keeps what it was called with: the row may change while the Task waits.
template <class Given, class Key, class In, class... Args>
class TaskCall final : public ReplyCall<typename WithoutError<Given>::type> {
 public:
  using Answer = typename WithoutError<Given>::type;

  TaskCall(const CallHome& home, const Key& key, const In& value, const Args&... args)
      : ReplyCall<Answer>(home), key_(key), value_(value), args_(args...) {}

  template <class Call> void begin(Call& call) {
    task_.emplace(std::apply([&](const Args&... args) { return call(key_, value_, args...); }, args_));
    task_->start(this->home().inbox, [this] { end(); });
  }
  bool cancel() override {
    ReplyCall<Answer>::cancel();
    task_.reset();
    return !this->answered();
  }

 private:
  void end() {
    try {
      this->answer(task_->take());
    } catch (const Failure& failure) {
      this->answer(fail(failure.error()));
    } catch (const std::exception& error) {
      this->answer(fail(ErrorCode::internal, error.what()));
    } catch (...) {
      this->answer(fail(ErrorCode::internal, "the mapper threw something that is not a std::exception"));
    }
  }

  const Key key_;
  const In value_;
  const std::tuple<Args...> args_;
  std::optional<Task<Given>> task_;  // refers to the three above
};

/// What a call of `Call` is answered with: by its Reply, or as a Task.
template <class Call>
using AsyncAnswer =
    std::conditional_t<Call::kIsTask, typename WithoutError<typename Call::Answer>::type, typename Call::Answer>;

/// Starts calls of a user's function; what it throws is an answer, too.
template <class Call> class CallStarter {
 public:
  CallStarter(Call call, std::shared_ptr<const CallHome> home) : call_(std::move(call)), home_(std::move(home)) {}

  template <class Key, class In, class... Args>
  std::shared_ptr<AsyncCall> operator()(const Key& key, const In& value, const Args&... args) {
    using Answer = AsyncAnswer<Call>;
    std::shared_ptr<ReplyCall<Answer>> started;
    try {
      if constexpr (Call::kIsTask) {
        auto task = std::make_shared<TaskCall<typename Call::Answer, Key, In, Args...>>(*home_, key, value, args...);
        started = task;
        task->begin(call_);
      } else {
        started = std::make_shared<ReplyCall<Answer>>(*home_);
        call_(key, value, Reply<Answer>(started), args...);
      }
    } catch (const Failure& failure) {
      started->answer(fail(failure.error()));
    } catch (const std::exception& error) {
      started->answer(fail(ErrorCode::internal, error.what()));
    } catch (...) {
      started->answer(fail(ErrorCode::internal, "the mapper threw something that is not a std::exception"));
    }
    return started;
  }

  bool same(const CallStarter& other) const { return call_.same(other.call_); }
  std::size_t hash() const { return call_.hash(); }

 private:
  Call call_;
  std::shared_ptr<const CallHome> home_;  // shared with the node, which fills it in
};

}  // namespace freshet::detail
