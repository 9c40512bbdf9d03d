// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

namespace freshet {

/// What other threads hand to the thread of a loop: letters, delivered there in the order in which they were posted.
///
/// There is no lock: posting is one compare-and-swap, and the loop is woken by the post that finds the box empty. A box
/// that is closed drops what comes, so senders may outlive the loop.
///
/// Thread safety: post() and closed() from any thread; everything else belongs to the loop's thread.
/// Example: src/freshet/base/inbox.test.cpp [inbox]
class Inbox {
 public:
  /// Something to deliver. Posted at most once at a time.
  class Letter : public std::enable_shared_from_this<Letter> {
   public:
    Letter() = default;
    Letter(const Letter&) = delete;
    Letter& operator=(const Letter&) = delete;
    virtual ~Letter() = default;

    /// Called by the loop's thread. May post, also itself; may not throw.
    virtual void deliver() = 0;

   private:
    friend class Inbox;
    Letter* next_ = nullptr;
    std::shared_ptr<Letter> self_;  // while it is in a box
  };

  Inbox() = default;
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;
  ~Inbox();

  /// Sets what makes the loop's thread call deliver() soon; it runs on the posting thread.
  /// Requires: set before other threads post.
  void set_wakeup(std::function<void()> wakeup) { wakeup_ = std::move(wakeup); }
  /// Calls the wakeup without a letter, for work that the loop has found itself.
  void wake() const {
    if (wakeup_) wakeup_();
  }

  /// Leaves a letter; false if the box is closed, and the letter is let go.
  bool post(std::shared_ptr<Letter> letter);
  /// Delivers what was posted before the call; how many letters that were.
  std::size_t deliver();

  /// Lets nothing in any more, drops what is there, and waits until no wakeup is under way: what the wakeup refers to
  /// may go afterwards. Requires: not called by the wakeup.
  void close();
  bool closed() const { return (users_.load(std::memory_order_acquire) & kClosed) != 0; }

 private:
  static constexpr std::uint32_t kClosed = std::uint32_t{1} << 31;

  bool enter();
  void leave();
  /// All letters, the oldest first.
  std::shared_ptr<Letter> take();

  std::atomic<Letter*> newest_{nullptr};
  std::atomic<std::uint32_t> users_{0};  // threads inside post(), and kClosed
  std::function<void()> wakeup_;
};

}  // namespace freshet
