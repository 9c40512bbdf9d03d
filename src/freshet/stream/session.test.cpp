// SPDX-License-Identifier: MIT
#include "freshet/stream/session.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace freshet::stream {
namespace {

/// A socket that takes nothing until it is told to.
class FakeStream final : public net::OutputStream {
 public:
  void set_listener(net::OutputStreamListener* listener) override { listener_ = listener; }
  bool write(net::Block block) override {
    if (!open_ || (queued_bytes() != 0 && queued_bytes() + block->size() > budget_)) {
      refused_ = open_;
      return false;
    }
    queue_.push_back(*block);
    return true;
  }
  std::size_t drop_queue() override {
    const std::size_t dropped = queued_bytes();
    queue_.clear();
    return dropped;
  }
  void close() override { open_ = false; }
  void abort() override { open_ = false; }
  bool is_open() const override { return open_; }
  std::size_t queued_bytes() const override {
    std::size_t bytes = 0;
    for (const auto& block : queue_) bytes += block.size();
    return bytes;
  }
  std::size_t budget_bytes() const override { return budget_; }
  void set_budget_bytes(std::size_t bytes) override { budget_ = bytes; }
  std::uint64_t sent_bytes() const override { return received.size(); }
  std::string remote() const override { return "test"; }

  /// The client reads all that waits.
  void drain() {
    for (const auto& block : queue_) received += block;
    queue_.clear();
    if (std::exchange(refused_, false) && listener_ != nullptr) listener_->on_drained();
  }
  void lose() {
    open_ = false;
    listener_->on_closed(net::CloseReason::peer_gone);
  }
  bool has_listener() const { return listener_ != nullptr; }

  std::string received;

 private:
  net::OutputStreamListener* listener_ = nullptr;
  std::vector<std::string> queue_;
  std::size_t budget_ = 0;
  bool open_ = true;
  bool refused_ = false;
};

struct SessionTest : ::testing::Test, SessionOwner {
  net::Block init_block() override { return net::make_block(state); }
  void leave(Session& left) override {
    EXPECT_EQ(&left, session.get());
    session.reset();
  }
  void begin() {
    session = std::make_unique<Session>(*this, stream, options, stats);
    session->start();
  }
  void send(const std::string& event) {
    state += event;
    session->send(net::make_block(event));
  }

  StreamOptions options{.session_queue_bytes_max = 10};
  StreamStats stats;
  std::string state = "[init]";
  std::shared_ptr<FakeStream> stream = std::make_shared<FakeStream>();
  std::unique_ptr<Session> session;
};

TEST_F(SessionTest, a_client_that_keeps_up_gets_the_init_and_then_every_event) {
  begin();
  stream->drain();
  for (const auto* event : {"a", "b", "c"}) {
    send(event);
    stream->drain();
  }
  EXPECT_EQ(stream->received, "[init]abc");
  EXPECT_EQ(stats.events_sent, 4u);
  EXPECT_EQ(stats.event_bytes, 9u);
  EXPECT_EQ(stats.sessions, 1u);
}

TEST_F(SessionTest, a_client_that_does_not_keep_up_gets_one_fresh_init_when_it_reads_again) {
  begin();
  stream->drain();
  for (int i = 0; i < 100; ++i) {
    send("12345");
    EXPECT_LE(stream->queued_bytes(), 6u + 10u);
  }
  EXPECT_TRUE(session->lagging());
  EXPECT_EQ(stats.sessions_lagged, 1u);
  const std::string before = stream->received;
  stream->drain();  // what was under way; the init is queued now
  stream->drain();
  EXPECT_FALSE(session->lagging());
  EXPECT_EQ(stream->received, before + state);
  send("x");
  stream->drain();
  EXPECT_TRUE(stream->received.ends_with("12345x"));
}

TEST_F(SessionTest, an_init_larger_than_the_budget_leaves_the_whole_budget_for_what_follows) {
  state = std::string(1000, 'i');
  begin();
  send("0123456789");
  EXPECT_FALSE(session->lagging());
  send("!");
  EXPECT_TRUE(session->lagging());
}

TEST_F(SessionTest, a_comment_only_goes_to_a_client_with_nothing_to_read) {
  begin();
  session->heartbeat(net::make_block(":"));
  stream->drain();
  EXPECT_EQ(stream->received, "[init]");
  session->heartbeat(net::make_block(":"));
  stream->drain();
  EXPECT_EQ(stream->received, "[init]:");
}

TEST_F(SessionTest, the_farewell_reaches_a_client_that_lags_too) {
  begin();
  for (int i = 0; i < 10; ++i) send("12345");
  ASSERT_TRUE(session->lagging());
  session->finish(net::make_block("[a farewell longer than the budget]"));
  EXPECT_FALSE(stream->is_open());
  session.reset();
  EXPECT_FALSE(stream->has_listener());
  stream->drain();
  EXPECT_TRUE(stream->received.ends_with("[a farewell longer than the budget]"));
}

TEST_F(SessionTest, a_client_that_is_gone_leaves) {
  begin();
  stream->lose();
  EXPECT_EQ(session, nullptr);
  EXPECT_EQ(stats.sessions, 0u);
  EXPECT_EQ(stats.sessions_started, 1u);
}

TEST_F(SessionTest, a_connection_that_ended_a_moment_ago_does_not_count_as_slow) {
  begin();
  stream->abort();
  send("a");
  EXPECT_FALSE(session->lagging());
  EXPECT_EQ(stats.sessions_lagged, 0u);
}

}  // namespace
}  // namespace freshet::stream
