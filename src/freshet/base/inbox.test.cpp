// SPDX-License-Identifier: MIT
#include "freshet/base/inbox.hpp"

#include <atomic>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace freshet {
namespace {

class Note final : public Inbox::Letter {
 public:
  Note(std::vector<std::string>& read, std::string text) : read_(read), text_(std::move(text)) {}
  void deliver() override { read_.push_back(text_); }

 private:
  std::vector<std::string>& read_;
  std::string text_;
};

// [inbox]
TEST(Inbox, delivers_in_the_order_of_posting_and_wakes_the_loop_once) {
  Inbox inbox;
  int wakeups = 0;
  inbox.set_wakeup([&] { ++wakeups; });
  std::vector<std::string> read;
  inbox.post(std::make_shared<Note>(read, "first"));
  inbox.post(std::make_shared<Note>(read, "second"));
  EXPECT_EQ(inbox.deliver(), 2u);
  EXPECT_EQ(read, (std::vector<std::string>{"first", "second"}));
  EXPECT_EQ(wakeups, 1);
}
// [/inbox]

class Echo final : public Inbox::Letter {
 public:
  Echo(Inbox& inbox, int& deliveries) : inbox_(inbox), deliveries_(deliveries) {}
  void deliver() override {
    if (++deliveries_ < 3) inbox_.post(shared_from_this());
  }

 private:
  Inbox& inbox_;
  int& deliveries_;
};

TEST(Inbox, delivers_a_letter_that_posts_itself_again_the_next_time) {
  Inbox inbox;
  int deliveries = 0;
  inbox.post(std::make_shared<Echo>(inbox, deliveries));
  EXPECT_EQ(inbox.deliver(), 1u);
  EXPECT_EQ(deliveries, 1);
  EXPECT_EQ(inbox.deliver(), 1u);
  EXPECT_EQ(inbox.deliver(), 1u);
  EXPECT_EQ(inbox.deliver(), 0u);
  EXPECT_EQ(deliveries, 3);
}

TEST(Inbox, drops_what_is_there_and_what_comes_when_it_is_closed) {
  Inbox inbox;
  std::vector<std::string> read;
  const auto left = std::make_shared<Note>(read, "left");
  inbox.post(left);
  inbox.close();
  EXPECT_EQ(left.use_count(), 1);
  EXPECT_FALSE(inbox.post(left));
  EXPECT_EQ(left.use_count(), 1);
  EXPECT_EQ(inbox.deliver(), 0u);
  EXPECT_TRUE(inbox.closed());
}

TEST(Inbox, wakes_nobody_any_more_once_close_has_returned) {
  for (int round = 0; round < 50; ++round) {
    auto inbox = std::make_shared<Inbox>();
    auto loop = std::make_unique<std::atomic<int>>(0);
    inbox->set_wakeup([&] { ++*loop; });
    std::vector<std::string> read;
    std::atomic<bool> started = false;
    std::jthread sender([&] {
      started = true;
      while (inbox->post(std::make_shared<Note>(read, "again"))) {
      }
    });
    while (!started) std::this_thread::yield();
    inbox->deliver();
    inbox->close();
    loop.reset();  // the sanitizers see a wakeup that comes after this
  }
}

TEST(Inbox, loses_nothing_that_many_threads_post) {
  Inbox inbox;
  std::atomic<int> wakeups = 0;
  inbox.set_wakeup([&] { ++wakeups; });
  constexpr int kThreads = 4;
  constexpr int kLetters = 2000;
  std::vector<std::string> read;
  std::size_t delivered = 0;
  {
    std::vector<std::jthread> senders;
    senders.reserve(kThreads);
    for (int thread = 0; thread < kThreads; ++thread) {
      senders.emplace_back([&] {
        for (int i = 0; i < kLetters; ++i) inbox.post(std::make_shared<Note>(read, "x"));
      });
    }
    while (delivered < kThreads * kLetters) delivered += inbox.deliver();
  }
  EXPECT_EQ(read.size(), static_cast<std::size_t>(kThreads * kLetters));
  EXPECT_GT(wakeups, 0);
}

}  // namespace
}  // namespace freshet
