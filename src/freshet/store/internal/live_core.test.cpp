// SPDX-License-Identifier: MIT
//
// What a LiveStore makes of each kind of batch, those included that a healthy store hardly ever gives: a feed that is
// played by hand. The stores' own feeds are in live.test.cpp.
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/graph/testing/functions.hpp"
#include "freshet/model/describe.hpp"
#include "freshet/store/live.hpp"

namespace freshet {
namespace {

using namespace std::chrono_literals;
using store::Batch, store::Change, store::ChangeKind, store::Position;
using ::testing::ElementsAre, ::testing::IsEmpty, ::testing::HasSubstr;

struct Lamp {
  std::string id;
  int watts = 0;
  bool operator==(const Lamp&) const = default;
};
constexpr auto describe(of<Lamp>) { return model("lamps", key<&Lamp::id>(), field<&Lamp::watts>()); }

struct Room {
  std::string id;
  std::string lamp;
  bool operator==(const Room&) const = default;
};
constexpr auto describe(of<Room>) { return model("rooms", key<&Room::id>(), field<&Room::lamp>()); }

/// Waits for what plays it when it goes, as the stores' feeds do.
class PlayedFeed final : public store::Feed {
 public:
  ~PlayedFeed() override {
    if (player.joinable()) player.join();
  }
  std::thread player;
};

/// A store whose feed is played by the test.
class PlayedBackend final : public store::Backend {
 public:
  std::string_view kind() const override { return "played"; }
  Result<void> prepare(std::span<const store::Table* const> tables) override {
    prepared.assign(tables.begin(), tables.end());
    return {};
  }
  void write(store::TransactionBody, store::TransactionEnd end) override {
    end(fail(ErrorCode::unavailable, "it only plays"));
  }
  void read(store::TransactionBody, store::TransactionEnd end) override {
    end(fail(ErrorCode::unavailable, "it only plays"));
  }
  Result<std::unique_ptr<store::Feed>> follow(store::FeedOptions options, store::FeedReceiver to) override {
    followed = std::move(options);
    receiver = std::move(to);
    auto feed = std::make_unique<PlayedFeed>();
    played = feed.get();
    return feed;
  }

  std::vector<const store::Table*> prepared;
  store::FeedOptions followed;
  store::FeedReceiver receiver;
  PlayedFeed* played = nullptr;
};

template <class T> store::Row row_of(const T& value, std::string parent = {}) {
  const store::Table& table = store::table_of<T>();
  return {.key = {.parent = std::move(parent), .id = value.id},
          .obj_type = table.variants.front().name,
          .revision = 1,
          .cells = store::to_cells(table, table.variants.front(), &value).value()};
}
template <class T> Change created(const T& value, std::string parent = {}) {
  store::Row row = row_of(value, std::move(parent));
  return {.kind = ChangeKind::create, .table = &store::table_of<T>(), .key = row.key, .after = std::move(row)};
}
template <class T> Change removed(const T& value) {
  store::Row row = row_of(value);
  return {.kind = ChangeKind::remove, .table = &store::table_of<T>(), .key = row.key, .before = std::move(row)};
}
Position at(int number) { return Position::make("e", static_cast<std::uint64_t>(number)); }

template <class T> std::vector<T> rows_of(const Collection<std::string, T>& collection) {
  std::vector<T> rows;
  collection.for_each([&](const std::string&, const Values<T>& values) { rows.push_back(values.front()); });
  return rows;
}

std::string lit_by(const std::string&, const Room& room, const Collection<std::string, Lamp>& lamps) {
  const Lamp* lamp = lamps.get(room.lamp);
  return lamp == nullptr ? "dark" : std::to_string(lamp->watts) + " W";
}

class LiveStoreFed : public ::testing::Test {
 protected:
  void play(Batch batch) {
    ASSERT_TRUE(backend->receiver.on_batch(std::move(batch)));
    graph.run_posted();
  }
  void play_snapshot(std::vector<Change> changes, int end) {
    play({.kind = Batch::Kind::snapshot, .changes = std::move(changes)});
    play({.kind = Batch::Kind::snapshot_end, .position = at(end)});
  }
  void play_commit(std::vector<Change> changes, int position) {
    play({.kind = Batch::Kind::commit, .changes = std::move(changes), .position = at(position)});
  }

  Graph graph;
  std::shared_ptr<PlayedBackend> backend = std::make_shared<PlayedBackend>();
  LiveStore live{backend, graph};
  Collection<std::string, Lamp> lamps = live.collection<Lamp>();
  Collection<std::string, Room> rooms = live.collection<Room>();
  Collection<std::string, RowError> errors = live.errors();
  Collection<std::string, std::string> lights = testing::map(rooms, lit_by, lamps);
};

TEST_F(LiveStoreFed, prepares_and_follows_each_model_once) {
  const auto nested = live.collection<Lamp>(Reference() / "houses" / "1");
  EXPECT_EQ(live.collection<Lamp>(), lamps);
  EXPECT_FALSE(nested == lamps);
  ASSERT_TRUE(live.start());
  EXPECT_THAT(backend->prepared, ElementsAre(&store::table_of<Lamp>(), &store::table_of<Room>()));
  EXPECT_EQ(backend->followed.tables, backend->prepared);
  EXPECT_FALSE(backend->followed.after);
  EXPECT_THROW(live.collection_group<Lamp>(), Failure);
}

TEST_F(LiveStoreFed, is_ready_when_the_snapshot_is_complete_and_not_before) {
  ASSERT_TRUE(live.start());
  int told = 0;
  live.when_ready([&] { ++told; });
  play({.kind = Batch::Kind::snapshot, .changes = {created(Lamp{"a", 40})}});
  EXPECT_FALSE(live.ready());
  EXPECT_EQ(live.progress().rows_loaded, 1U);
  EXPECT_EQ(told, 0);
  play({.kind = Batch::Kind::snapshot, .changes = {created(Lamp{"b", 60})}});
  play({.kind = Batch::Kind::snapshot_end, .position = at(7)});
  EXPECT_TRUE(live.ready());
  EXPECT_EQ(told, 1);
  EXPECT_EQ(live.progress().position, at(7));
  EXPECT_THAT(rows_of(lamps), ElementsAre(Lamp{"a", 40}, Lamp{"b", 60}));
  live.when_ready([&] { ++told; });
  EXPECT_EQ(told, 2);
}

TEST_F(LiveStoreFed, an_empty_store_is_ready_too) {
  ASSERT_TRUE(live.start());
  play({.kind = Batch::Kind::snapshot_end, .position = at(0)});
  EXPECT_TRUE(live.ready());
}

TEST_F(LiveStoreFed, what_one_batch_changes_over_several_models_is_one_commit) {
  ASSERT_TRUE(live.start());
  play_snapshot({created(Lamp{"a", 40}), created(Room{"hall", "a"})}, 1);
  std::vector<std::vector<std::string>> told;
  const auto subscription = lights.subscribe([&](const Changes<std::string, std::string>& changes) {
    std::vector<std::string> values;
    for (const auto change : changes) values.push_back(change.values().empty() ? "gone" : change.values().front());
    told.push_back(values);
  });
  play_commit({removed(Lamp{"a", 40}), created(Lamp{"b", 60}), created(Room{"hall", "b"})}, 2);
  EXPECT_THAT(told, ElementsAre(ElementsAre("60 W")));
  EXPECT_EQ(live.progress().position, at(2));
  EXPECT_EQ(live.progress().commits, 1U);
}

TEST_F(LiveStoreFed, a_reset_shows_the_difference_and_nothing_in_between) {
  ASSERT_TRUE(live.start());
  play_snapshot({created(Lamp{"a", 40}), created(Lamp{"b", 60}), created(Lamp{"c", 80}), created(Room{"hall", "a"})},
                1);
  std::vector<std::string> told;
  const auto subscription = lamps.subscribe([&](const Changes<std::string, Lamp>& changes) {
    for (const auto change : changes) {
      told.push_back(change.key() +
                     (change.values().empty() ? " gone" : " " + std::to_string(change.values()[0].watts)));
    }
  });
  play({.kind = Batch::Kind::reset});
  play({.kind = Batch::Kind::snapshot, .changes = {created(Lamp{"a", 40})}});
  play({.kind = Batch::Kind::snapshot, .changes = {created(Lamp{"b", 61}), created(Lamp{"d", 5})}});
  EXPECT_THAT(told, IsEmpty());
  EXPECT_THAT(rows_of(lights), ElementsAre("40 W"));
  play({.kind = Batch::Kind::snapshot_end, .position = at(9)});
  EXPECT_THAT(told, ElementsAre("b 61", "c gone", "d 5"));  // and nothing of a, which stayed the same
  EXPECT_THAT(rows_of(rooms), IsEmpty());
  EXPECT_THAT(rows_of(lights), IsEmpty());
  EXPECT_EQ(live.progress().resets, 1U);
  EXPECT_TRUE(live.ready());
}

TEST_F(LiveStoreFed, a_reset_while_loading_begins_anew) {
  ASSERT_TRUE(live.start());
  play({.kind = Batch::Kind::snapshot, .changes = {created(Lamp{"a", 40}), created(Lamp{"b", 60})}});
  play({.kind = Batch::Kind::reset});
  EXPECT_FALSE(live.ready());
  play({.kind = Batch::Kind::snapshot, .changes = {created(Lamp{"b", 60})}});
  play({.kind = Batch::Kind::snapshot_end, .position = at(3)});
  EXPECT_TRUE(live.ready());
  EXPECT_THAT(rows_of(lamps), ElementsAre(Lamp{"b", 60}));
}

TEST_F(LiveStoreFed, keeps_documents_of_other_parents_apart) {
  const auto in_house = live.collection<Lamp>(Reference() / "houses" / "1");
  const auto anywhere = live.collection_group<Lamp>();
  ASSERT_TRUE(live.start());
  play_snapshot({created(Lamp{"a", 1}), created(Lamp{"a", 2}, "houses/1"), created(Lamp{"a", 3}, "houses/2")}, 1);
  EXPECT_THAT(rows_of(lamps), ElementsAre(Lamp{"a", 1}));
  EXPECT_THAT(rows_of(in_house), ElementsAre(Lamp{"a", 2}));
  EXPECT_EQ(anywhere.get("houses/2/lamps/a")->watts, 3);
  EXPECT_EQ(anywhere.get("lamps/a")->watts, 1);
  EXPECT_EQ(anywhere.size(), 3U);
}

TEST_F(LiveStoreFed, a_document_that_cannot_be_decoded_is_contained_until_it_can) {
  ASSERT_TRUE(live.start());
  Change broken = created(Lamp{"a", 40});
  broken.after->cells[store::table_of<Lamp>().find("watts")] = std::int64_t{1} << 40;
  play_snapshot({broken, created(Lamp{"b", 60}), created(Room{"hall", "a"})}, 1);
  EXPECT_TRUE(live.ready());
  EXPECT_THAT(rows_of(lamps), ElementsAre(Lamp{"b", 60}));
  EXPECT_THAT(rows_of(lights), ElementsAre("dark"));
  ASSERT_NE(errors.get("lamps/a"), nullptr);
  EXPECT_EQ(errors.get("lamps/a")->node, "lamps");
  EXPECT_THAT(errors.get("lamps/a")->message, HasSubstr("watts"));

  play_commit({created(Lamp{"a", 41})}, 2);
  EXPECT_THAT(rows_of(lights), ElementsAre("41 W"));
  EXPECT_TRUE(live.errors().empty());

  broken.after->obj_type = "Chandelier";
  play_commit({broken}, 3);
  EXPECT_THAT(rows_of(lights), ElementsAre("dark")) << "what it was before is no longer true";
  EXPECT_THAT(errors.get("lamps/a")->message, HasSubstr("Chandelier"));
  play_commit({removed(Lamp{"a", 41})}, 4);
  EXPECT_TRUE(live.errors().empty());
}

TEST_F(LiveStoreFed, tells_writers_when_the_graph_shows_what_they_wrote) {
  ASSERT_TRUE(live.start());
  std::vector<int> told;
  live.when_at(at(5), [&](Version) { told.push_back(5); });
  play_snapshot({created(Lamp{"a", 1})}, 4);
  EXPECT_THAT(told, IsEmpty());
  live.when_at(at(4), [&](Version) { told.push_back(4); });
  EXPECT_THAT(told, ElementsAre(4));
  live.when_at(at(6), [&](Version) { told.push_back(6); });
  live.when_at(at(7), [&](Version version) {
    told.push_back(7);
    EXPECT_EQ(version, graph.version());
    EXPECT_EQ(lamps.get("a")->watts, 3);
  });
  play_commit({created(Lamp{"a", 2})}, 6);
  EXPECT_THAT(told, ElementsAre(4, 5, 6));
  play_commit({created(Lamp{"a", 3})}, 8);
  EXPECT_THAT(told, ElementsAre(4, 5, 6, 7));
}

TEST_F(LiveStoreFed, nobody_waits_for_a_history_that_is_gone) {
  ASSERT_TRUE(live.start());
  play_snapshot({}, 4);
  bool told = false;
  live.when_at(at(5), [&](Version) { told = true; });
  play({.kind = Batch::Kind::reset});
  EXPECT_FALSE(told);
  play({.kind = Batch::Kind::snapshot_end, .position = Position::make("other", 1)});
  EXPECT_TRUE(told);
}

TEST_F(LiveStoreFed, tells_trouble_and_goes_on) {
  ASSERT_TRUE(live.start());
  backend->receiver.on_trouble({.code = ErrorCode::unavailable, .primary = "the connection was lost"});
  EXPECT_EQ(live.progress().troubles, 1U);
  EXPECT_EQ(live.progress().last_trouble->primary, "the connection was lost");
  EXPECT_EQ(live.wait_until_ready(1ms).error().code, ErrorCode::unavailable);
  EXPECT_THAT(live.wait_until_ready(1ms).error().detail, HasSubstr("the connection was lost"));
  play_snapshot({created(Lamp{"a", 1})}, 1);
  EXPECT_TRUE(live.wait_until_ready(1ms));
}

TEST_F(LiveStoreFed, a_refused_commit_is_told_as_trouble) {
  const auto fussy = testing::map(lights, [](const std::string&, const std::string& light) -> Result<int> {
                       if (light == "13 W") return fail(ErrorCode::refused, "bad luck");
                       return 0;
                     }).strict();
  ASSERT_TRUE(live.start());
  play_snapshot({created(Lamp{"a", 1}), created(Room{"hall", "a"})}, 1);
  play_commit({created(Lamp{"a", 13})}, 2);
  EXPECT_EQ(lamps.get("a")->watts, 1);
  EXPECT_EQ(live.progress().refused_commits, 1U);
  EXPECT_THAT(live.progress().last_trouble->primary, HasSubstr("bad luck"));
}

TEST(LiveStoreBackpressure, the_feed_waits_while_commits_wait_for_the_graph) {
  Graph graph;
  const auto backend = std::make_shared<PlayedBackend>();
  LiveStore live(backend, graph, {.commits_waiting_max = 2});
  const auto lamps = live.collection<Lamp>();
  ASSERT_TRUE(live.start());
  std::atomic<int> delivered = 0;
  std::thread feed([&] {
    for (int i = 1; i <= 5; ++i) {
      ASSERT_TRUE(backend->receiver.on_batch({.kind = Batch::Kind::snapshot, .changes = {created(Lamp{"a", i})}}));
      ++delivered;
    }
  });
  while (delivered < 2) std::this_thread::yield();
  std::this_thread::sleep_for(20ms);
  EXPECT_EQ(delivered, 2);
  while (delivered < 5) graph.run_posted();
  feed.join();
  graph.run_posted();
  EXPECT_EQ(lamps.get("a")->watts, 5);
}

TEST(LiveStoreBackpressure, ends_while_the_feed_waits) {
  Graph graph;
  const auto backend = std::make_shared<PlayedBackend>();
  auto live = std::make_unique<LiveStore>(backend, graph, LiveOptions{.commits_waiting_max = 1});
  const auto lamps = live->collection<Lamp>();
  ASSERT_TRUE(live->start());
  std::atomic<int> delivered = 0;
  backend->played->player = std::thread([&] {
    while (backend->receiver.on_batch({.kind = Batch::Kind::snapshot, .changes = {created(Lamp{"a", 1})}})) ++delivered;
  });
  while (delivered < 1) std::this_thread::yield();
  live.reset();
  EXPECT_EQ(delivered, 1);
  graph.run_posted();  // what was posted before is applied, though nobody follows any more
  EXPECT_EQ(lamps.get("a")->watts, 1);
}

TEST(LiveStoreBackpressure, nothing_is_lost_when_others_fill_the_graphs_queue) {
  Graph graph({.posted_max = 1});
  const auto backend = std::make_shared<PlayedBackend>();
  LiveStore live(backend, graph);
  const auto lamps = live.collection<Lamp>();
  ASSERT_TRUE(live.start());
  ASSERT_TRUE(graph.post({}));
  std::thread feed([&] {
    ASSERT_TRUE(backend->receiver.on_batch({.kind = Batch::Kind::snapshot, .changes = {created(Lamp{"a", 7})}}));
  });
  std::this_thread::sleep_for(20ms);
  while (lamps.empty()) graph.run_posted();
  feed.join();
  EXPECT_EQ(lamps.get("a")->watts, 7);
}

}  // namespace
}  // namespace freshet
