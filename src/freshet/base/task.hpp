// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <coroutine>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "freshet/base/assert.hpp"
#include "freshet/base/inbox.hpp"
#include "freshet/base/reply.hpp"
#include "freshet/base/result.hpp"

namespace freshet {

template <class T> class Task;
template <class T> class Later;

namespace detail {

/// What each coroutine of a chain of Tasks knows: the loop it belongs to, and who waits for its end.
struct TaskPromiseBase {
  std::shared_ptr<Inbox> inbox;          // of the loop; owners: the graph and all that may still post to it
  std::coroutine_handle<> continuation;  // the Task that awaits this one
  std::function<void()> ended;           // of the first Task of the chain
  std::exception_ptr exception;

  struct AtEnd {
    bool await_ready() const noexcept { return false; }
    template <class Promise> void await_suspend(std::coroutine_handle<Promise> self) const noexcept {
      // Either call may destroy this coroutine, so nothing of it is used afterwards.
      if (const auto next = self.promise().continuation) return next.resume();
      if (const auto tell = std::move(self.promise().ended)) tell();
    }
    void await_resume() const noexcept {}
  };

  std::suspend_always initial_suspend() const noexcept { return {}; }
  AtEnd final_suspend() const noexcept { return {}; }
  void unhandled_exception() noexcept { exception = std::current_exception(); }

  // A Task awaits only what resumes it on its loop, and what forgets it when it is destroyed.
  template <class T> auto await_transform(Task<T>&& task) const { return std::move(task).awaiter(); }
  template <class T> auto await_transform(Later<T>& later) const { return later.awaiter(); }
  template <class Other> auto await_transform(Other&&) const {
    static_assert(!std::is_same_v<Other, Other>,
                  "Freshet: a Task awaits another Task, or a Later that has a name of its own; wrap other callbacks in "
                  "a Later");
    return std::suspend_never();
  }
};

template <class T> struct TaskPromise : TaskPromiseBase {
  std::optional<T> value;
  Task<T> get_return_object();
  template <class U> void return_value(U&& given) { value.emplace(std::forward<U>(given)); }
  T take() {
    if (exception) std::rethrow_exception(exception);
    return std::move(*value);
  }
};
template <> struct TaskPromise<void> : TaskPromiseBase {
  Task<void> get_return_object();
  void return_void() const {}
  void take() const {
    if (exception) std::rethrow_exception(exception);
  }
};

}  // namespace detail

/// A coroutine that gives a T, later: the body of an asynchronous mapper, or a part of one.
///
/// It starts when it is started or awaited, and runs on the thread of its loop only. It may await Tasks and Laters, so
/// it is never parked anywhere but in its owner's hands: destroying the Task at any await destroys what it holds.
///
/// Thread safety: belongs to the loop's thread. Lifetime: parameters by reference must outlive the Task; those of a
/// mapper do. Not destroyed by its own body.
/// Example: src/freshet/meta/verbs/map_async.test.cpp [task]
template <class T> class [[nodiscard]] Task {
 public:
  using promise_type = detail::TaskPromise<T>;
  using Handle = std::coroutine_handle<promise_type>;

  explicit Task(Handle handle) : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&&) = delete;
  ~Task() {
    if (handle_) handle_.destroy();
  }

  /// Runs the Task up to its first await; what it awaits comes through `inbox`. Calls `ended` when it is at its end,
  /// perhaps before this returns. Requires: not started before; `ended` does not throw.
  void start(std::shared_ptr<Inbox> inbox, std::function<void()> ended) {
    handle_.promise().inbox = std::move(inbox);
    handle_.promise().ended = std::move(ended);
    handle_.resume();
  }
  bool at_end() const { return handle_.done(); }
  /// What the Task gave; throws what it threw. Requires: at its end; called once.
  T take() { return handle_.promise().take(); }

  struct Awaiter {
    Handle task;
    bool await_ready() const noexcept { return false; }
    template <class Promise> bool await_suspend(std::coroutine_handle<Promise> waiting) {
      task.promise().inbox = waiting.promise().inbox;
      task.resume();
      // One that ended at once does not resume the other from its own end: a loop of such awaits needs no stack.
      if (task.done()) return false;
      task.promise().continuation = waiting;
      return true;
    }
    T await_resume() { return task.promise().take(); }
  };
  /// For `co_await`.
  Awaiter awaiter() && { return Awaiter{handle_}; }

 private:
  Handle handle_;
};

template <class T> Task<T> detail::TaskPromise<T>::get_return_object() {
  return Task<T>(std::coroutine_handle<TaskPromise>::from_promise(*this));
}
inline Task<void> detail::TaskPromise<void>::get_return_object() {
  return Task<void>(std::coroutine_handle<TaskPromise>::from_promise(*this));
}

/// A value that somebody else gives, from any thread: what a Task awaits instead of a callback.
///
///     Later<std::string> page;
///     fetch(url, page.reply());                 // keeps the Reply, and calls it when there is an answer
///     const Result<std::string> body = co_await page;
///
/// Lifetime: when it goes before the answer, the answer is dropped, and Reply::cancelled() says so.
/// Thread safety: belongs to the loop's thread; the Reply to any.
template <class T> class Later {
 public:
  Later() : state_(std::make_shared<State>()) {}
  Later(const Later&) = delete;
  Later& operator=(const Later&) = delete;
  ~Later() {
    state_->cancel();
    state_->waiting = nullptr;
  }

  /// What gives the value. Requires: called once.
  Reply<T> reply() {
    FRESHET_ASSERT(!std::exchange(given_, true) && "a Later has one Reply");
    return Reply<T>(state_);
  }

  struct Awaiter;
  /// For `co_await`, which gives a Result<T>. Requires: awaited once.
  Awaiter awaiter() { return Awaiter{*state_}; }

 private:
  class State final : public Question<T> {
   public:
    /// False if the answer is there already.
    bool wait(std::coroutine_handle<> handle, std::shared_ptr<Inbox> inbox) {
      waiting = handle;
      inbox_ = std::move(inbox);
      return stage_.exchange(kWaiting, std::memory_order_acq_rel) != kAnswered;
    }
    void deliver() override {
      if (const auto handle = std::exchange(waiting, nullptr)) handle.resume();
    }
    Result<T> take() && { return std::move(*this->answer_); }

    std::coroutine_handle<> waiting;

   private:
    static constexpr int kOpen = 0, kWaiting = 1, kAnswered = 2;

    void send() override {
      if (stage_.exchange(kAnswered, std::memory_order_acq_rel) == kWaiting) inbox_->post(this->shared_from_this());
    }

    std::atomic<int> stage_ = kOpen;
    std::shared_ptr<Inbox> inbox_;
  };

  std::shared_ptr<State> state_;  // owners: this object and the Reply
  bool given_ = false;

 public:
  struct Awaiter {
    State& state;
    bool await_ready() const noexcept { return false; }
    template <class Promise> bool await_suspend(std::coroutine_handle<Promise> handle) {
      return state.wait(handle, handle.promise().inbox);
    }
    Result<T> await_resume() { return std::move(state).take(); }
  };
};

}  // namespace freshet
