// SPDX-License-Identifier: MIT
#include "freshet/stream/session.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/stream/testing/fake_wire.hpp"

namespace freshet::stream {
namespace {

using testing::FakeWire;

struct SessionTest : ::testing::Test, SessionOwner {
  void fell_behind(Session& fallen) override {
    EXPECT_EQ(&fallen, session.get());
    ++laggards;
  }
  void caught_up(Session&) override { --laggards; }
  void catch_up(Session& behind) override {
    ++drained;
    if (at_drained) at_drained(behind);
  }
  void leave(Session& left) override {
    EXPECT_EQ(&left, session.get());
    session.reset();
  }

  EventPtr event(std::size_t data_bytes) {
    EventDraft draft(EventKind::update, "e", {++version, 0});
    draft.text() += std::string(data_bytes, 'x');
    return draft.finish(nullptr);
  }
  void begin() { session = std::make_unique<Session>(*this, FakeWire::port(wire), options, stats); }

  StreamOptions options{.session_queue_bytes_max = 1000};
  StreamStats stats;
  std::shared_ptr<FakeWire> wire = std::make_shared<FakeWire>();
  std::unique_ptr<Session> session;
  std::function<void(Session&)> at_drained;
  Version version = 0;
  int laggards = 0;
  int drained = 0;
};

TEST_F(SessionTest, waits_for_its_first_events_before_it_takes_others) {
  begin();
  session->send(event(10));
  EXPECT_EQ(wire->queued_bytes(), 0u);
  EXPECT_TRUE(session->waiting());
  EXPECT_EQ(stats.joins_waiting, 1u);
  EXPECT_TRUE(session->deliver({{event(10)}}, {2, 0}));
  EXPECT_FALSE(session->waiting());
  EXPECT_EQ(stats.joins_waiting, 0u);
  EXPECT_EQ(session->position(), (Position{2, 0}));
  session->send(event(10));
  EXPECT_EQ(session->position(), (Position{3, 0}));
  EXPECT_EQ(stats.events_sent, 2u);
  EXPECT_EQ(stats.event_bytes, 20u);
}

TEST_F(SessionTest, that_does_not_keep_up_queues_nothing_more_and_remembers_how_far_it_came) {
  begin();
  session->deliver({}, {0, 0});
  while (!session->behind()) session->send(event(200));
  const Position reached = *session->position();
  EXPECT_EQ(reached.version, version - 1);
  EXPECT_LE(wire->queued_bytes(), options.session_queue_bytes_max);
  const std::size_t waiting = wire->queued_bytes();
  for (int i = 0; i < 1000; ++i) session->send(event(200));
  EXPECT_EQ(wire->queued_bytes(), waiting);
  EXPECT_EQ(session->position(), reached);
  EXPECT_EQ(stats.sessions_lagged, 1u);
  EXPECT_EQ(laggards, 1);

  at_drained = [&](Session& behind) {
    const std::vector<EventPtr> owed = {event(5)};
    behind.deliver(owed, {version, 0});
  };
  wire->read(waiting - 1);
  EXPECT_EQ(drained, 0);
  wire->read();
  EXPECT_EQ(drained, 1);
  EXPECT_EQ(laggards, 0);
  EXPECT_FALSE(session->behind());
  EXPECT_EQ(session->position(), (Position{version, 0}));
}

TEST_F(SessionTest, may_be_delivered_more_than_its_budget_and_has_the_whole_budget_for_what_follows) {
  begin();
  session->deliver({{event(5000), event(5000)}}, {2, 0});
  const std::size_t delivered = wire->queued_bytes();
  EXPECT_GT(delivered, 10'000u);
  for (int i = 0; i < 3; ++i) session->send(event(200));
  EXPECT_FALSE(session->behind());
  for (int i = 0; i < 4; ++i) session->send(event(200));
  EXPECT_TRUE(session->behind());
  EXPECT_LE(wire->queued_bytes(), delivered + options.session_queue_bytes_max + 500);
}

TEST_F(SessionTest, has_its_own_budget_again_once_what_was_delivered_is_gone) {
  begin();
  session->deliver({{event(5000)}}, {1, 0});
  wire->read_all();
  while (!session->behind()) session->send(event(200));
  EXPECT_LE(wire->queued_bytes(), options.session_queue_bytes_max);
}

TEST_F(SessionTest, delivers_all_or_nothing_where_others_filled_the_connection) {
  const auto other = FakeWire::port(wire);
  ASSERT_TRUE(other->write(*event(3000), 10'000));
  begin();
  EXPECT_FALSE(session->deliver({{event(10), event(10)}}, {2, 0}));
  EXPECT_TRUE(session->behind());
  EXPECT_FALSE(session->position());
  const std::size_t before = wire->queued_bytes();
  EXPECT_FALSE(session->deliver({{event(10)}}, {3, 0}));
  EXPECT_EQ(wire->queued_bytes(), before);
  EXPECT_EQ(stats.sessions_lagged, 1u);
  EXPECT_EQ(stats.joins_waiting, 0u);
  wire->read();
  EXPECT_EQ(drained, 1);
}

TEST_F(SessionTest, gets_a_heartbeat_only_when_it_has_nothing_to_read) {
  begin();
  session->deliver({{event(1)}}, {1, 0});
  session->heartbeat();
  EXPECT_EQ(wire->read_all().find(":\n"), std::string::npos);
  session->heartbeat();
  EXPECT_EQ(wire->read_all(), ":\n");
}

TEST_F(SessionTest, that_is_behind_gets_the_farewell_too) {
  begin();
  session->deliver({}, {0, 0});
  while (!session->behind()) session->send(event(200));
  session->finish(*close_event(std::string(5000, '0')));
  EXPECT_TRUE(session->finished());
  EXPECT_FALSE(wire->is_open());
  session.reset();
  EXPECT_FALSE(wire->has_port());
  EXPECT_NE(wire->read_all().find("event: close"), std::string::npos);
}

TEST_F(SessionTest, whose_client_is_gone_leaves) {
  begin();
  wire->cut();
  EXPECT_EQ(session, nullptr);
  EXPECT_EQ(stats.sessions, 0u);
  EXPECT_EQ(stats.joins_waiting, 0u);
  EXPECT_EQ(stats.sessions_started, 1u);
}

TEST_F(SessionTest, whose_connection_ended_a_moment_ago_does_not_count_as_slow) {
  begin();
  session->deliver({}, {0, 0});
  session->finish(*close_event("null"));
  session->send(event(10));
  EXPECT_FALSE(session->behind());
  EXPECT_EQ(stats.sessions_lagged, 0u);
}

}  // namespace
}  // namespace freshet::stream
