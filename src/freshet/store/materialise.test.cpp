// SPDX-License-Identifier: MIT
#include "freshet/store/materialise.hpp"

#include <chrono>
#include <future>
#include <map>
#include <random>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/graph/testing/functions.hpp"
#include "freshet/store/memory/memory_store.hpp"

namespace freshet {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre, ::testing::Pair, ::testing::UnorderedElementsAre;

struct Post {
  std::string id;
  std::string author;
  std::string text;
};
constexpr auto describe(of<Post>) {
  return model("posts", key<&Post::id>(), field<&Post::author>(), field<&Post::text>());
}

struct Reader {
  std::string id;
  std::vector<std::string> follows;
};
constexpr auto describe(of<Reader>) { return model("readers", key<&Reader::id>(), field<&Reader::follows>()); }

/// A post in the feed of one reader: a document of its own.
struct FeedItem {
  std::string id;
  std::string text;
};
constexpr auto describe(of<FeedItem>) { return model("feed", key<&FeedItem::id>(), field<&FeedItem::text>()); }

// [view_refs]
/// Each post, under the paths of the documents that it is to be in.
std::vector<std::pair<std::string, FeedItem>> fan_out(const std::string&, const Post& post,
                                                      const Collection<std::string, Reader>& readers) {
  std::vector<std::pair<std::string, FeedItem>> documents;
  readers.for_each([&](const std::string& id, const Values<Reader>& values) {
    if (std::ranges::count(values.front().follows, post.author) == 0) return;
    documents.emplace_back("readers/" + id + "/feed/" + post.id, FeedItem{post.id, post.text});
  });
  return documents;
}
Collection<std::string, FeedItem> feed_of(Models& models) {
  return testing::flat_map(models.collection<Post>(), fan_out, models.collection<Reader>());
}
// [/view_refs]

/// One run of the program that materialises: from its start to its end.
struct Program {
  explicit Program(std::shared_ptr<store::Backend> backend, MaterialiseOptions options = {})
      : live(std::move(backend), graph), documents("feed", live, feed_of(live), std::move(options)) {
    EXPECT_TRUE(live.start());
    EXPECT_TRUE(live.wait_until_ready());
  }
  void settle() {
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (graph.run_posted() != 0 || !documents.progress().settled) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline);
      std::this_thread::sleep_for(100us);
    }
  }
  void settle_at(const store::Position& position) {
    auto reached = std::make_shared<bool>(false);
    live.when_at(position, [reached](Version) { *reached = true; });
    while (!*reached) graph.run_posted();
    settle();
  }

  Graph graph;
  LiveStore live;
  MaterialisedView documents;
};

class Materialised : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::vector<const store::Table*> tables{&store::table_of<Post>(), &store::table_of<Reader>(),
                                                  &store::table_of<FeedItem>()};
    ASSERT_TRUE(backend->prepare(tables));
    put(Reader{"ann", {"zoe"}});
    put(Reader{"ben", {"zoe", "yan"}});
  }

  store::Position run(const store::TransactionBody& body) {
    std::promise<Result<store::Position>> done;
    backend->write(body, [&](Result<store::Position> end) { done.set_value(std::move(end)); });
    return done.get_future().get().value();
  }
  template <class T> store::Position put(const T& value, std::string parent = {}) {
    const store::Table& table = store::table_of<T>();
    return run([&](store::BackendTransaction& transaction) -> Result<void> {
      auto written = transaction.write({.kind = store::WriteKind::set,
                                        .table = &table,
                                        .key = {.parent = parent, .id = value.id},
                                        .obj_type = table.variants.front().name,
                                        .cells = store::to_cells(table, table.variants.front(), &value).value()});
      return written ? Result<void>() : fail(written.error());
    });
  }
  template <class T> store::Position remove(const std::string& id, const std::string& parent = {}) {
    return run([&](store::BackendTransaction& transaction) -> Result<void> {
      auto written = transaction.write(
          {.kind = store::WriteKind::remove, .table = &store::table_of<T>(), .key = {.parent = parent, .id = id}});
      return written ? Result<void>() : fail(written.error());
    });
  }
  /// The documents as they are, with their revisions.
  std::map<std::string, std::pair<std::string, Revision>> feed() {
    std::map<std::string, std::pair<std::string, Revision>> documents;
    const store::Table& table = store::table_of<FeedItem>();
    run([&](store::BackendTransaction& transaction) -> Result<void> {
      const auto rows = transaction.query({.table = &table, .parent = std::nullopt});
      for (const store::Row& row : rows.value()) {
        FeedItem item;
        EXPECT_TRUE(store::from_cells(table, table.variants.front(), row.key.id, row.cells, &item));
        documents[row.key.parent + "/" + row.key.id] = {item.text, row.revision};
      }
      return {};
    });
    return documents;
  }
  std::map<std::string, std::string> texts() {
    std::map<std::string, std::string> texts;
    for (const auto& [path, document] : feed()) texts[path] = document.first;
    return texts;
  }

  std::shared_ptr<store::Backend> backend = store::open_memory();
};

TEST_F(Materialised, rows_are_written_to_where_they_say_and_follow_the_view) {
  put(Post{"p1", "zoe", "hello"});
  // [materialise]
  Program program(backend);
  program.settle();
  EXPECT_THAT(texts(), ElementsAre(Pair("readers/ann/p1", "hello"), Pair("readers/ben/p1", "hello")));
  program.settle_at(put(Post{"p2", "yan", "hi"}));
  EXPECT_THAT(texts(), ElementsAre(Pair("readers/ann/p1", "hello"), Pair("readers/ben/p1", "hello"),
                                   Pair("readers/ben/p2", "hi")));
  // [/materialise]
  program.settle_at(put(Post{"p1", "zoe", "HELLO"}));
  program.settle_at(put(Reader{"ann", {}}));  // a reference that goes takes the document with it
  EXPECT_THAT(texts(), ElementsAre(Pair("readers/ben/p1", "HELLO"), Pair("readers/ben/p2", "hi")));
  program.settle_at(remove<Post>("p1"));
  EXPECT_THAT(texts(), ElementsAre(Pair("readers/ben/p2", "hi")));
  EXPECT_EQ(program.documents.progress().troubles, 0U);
}

TEST_F(Materialised, only_what_changed_is_written) {
  for (int i = 0; i < 20; ++i) put(Post{"p" + std::to_string(i), "zoe", "x"});
  Program program(backend);
  program.settle();
  EXPECT_EQ(program.documents.progress().written, 40U);
  program.settle_at(put(Post{"p3", "zoe", "y"}));
  EXPECT_EQ(program.documents.progress().written, 42U);
  const auto documents = feed();
  EXPECT_EQ(documents.at("readers/ann/p3").second, 2);
  EXPECT_EQ(documents.at("readers/ann/p4").second, 1);
}

TEST_F(Materialised, a_restart_neither_loses_nor_repeats) {
  put(Post{"p1", "zoe", "one"});
  put(Post{"p2", "zoe", "two"});
  put(Post{"p3", "yan", "three"});
  { Program(backend).settle(); }
  // While nobody looks: one changes, one goes, one comes.
  put(Post{"p1", "zoe", "ONE"});
  remove<Post>("p2");
  put(Post{"p4", "yan", "four"});
  Program again(backend);
  again.settle();
  EXPECT_THAT(texts(), ElementsAre(Pair("readers/ann/p1", "ONE"), Pair("readers/ben/p1", "ONE"),
                                   Pair("readers/ben/p3", "three"), Pair("readers/ben/p4", "four")));
  EXPECT_EQ(again.documents.progress().written, 3U) << "p1 twice and p4; p3 is as it was";
  EXPECT_EQ(again.documents.progress().removed, 2U);
  EXPECT_EQ(feed().at("readers/ben/p3").second, 1);
}

TEST_F(Materialised, a_rebuild_mends_what_others_did_to_the_documents) {
  put(Post{"p1", "zoe", "one"});
  Program program(backend);
  program.settle();
  put(FeedItem{"p1", "forged"}, "readers/ann");
  put(FeedItem{"p9", "smuggled"}, "readers/ann");
  remove<FeedItem>("p1", "readers/ben");
  program.documents.rebuild();
  program.settle();
  EXPECT_THAT(texts(), ElementsAre(Pair("readers/ann/p1", "one"), Pair("readers/ben/p1", "one")));
  EXPECT_EQ(program.documents.progress().rebuilds, 2U);
}

TEST_F(Materialised, what_is_kept_step_by_step_equals_a_rebuild) {
  std::mt19937 random(7);
  const auto pick = [&](std::size_t count) { return std::to_string(random() % count); };
  auto program = std::make_unique<Program>(backend, MaterialiseOptions{.writes_max = 7, .page_rows = 5});
  for (int round = 0; round < 8; ++round) {
    store::Position last;
    for (int i = 0; i < 25; ++i) {
      switch (random() % 4) {
        case 0:
          last = remove<Post>("p" + pick(12));
          break;
        case 1:
          last = put(Reader{"r" + pick(6), {"a" + pick(3), "a" + pick(3)}});
          break;
        default:
          last = put(Post{"p" + pick(12), "a" + pick(3), pick(1000)});
      }
      if (random() % 5 == 0) program->graph.run_posted();
    }
    // Ended in the middle of it, and begun again.
    if (round % 3 == 2) {
      program.reset();
      program = std::make_unique<Program>(backend, MaterialiseOptions{.writes_max = 3});
    }
    program->settle_at(last);
    const auto before = program->documents.progress();
    const auto kept = feed();
    program->documents.rebuild();
    program->settle();
    ASSERT_EQ(feed(), kept) << "round " << round;
    ASSERT_EQ(program->documents.progress().written, before.written);
    ASSERT_EQ(program->documents.progress().removed, before.removed);
  }
}

TEST_F(Materialised, keeps_its_place_in_the_store) {
  Program program(backend);
  program.settle();
  const auto position = put(Post{"p1", "zoe", "one"});
  program.settle_at(position);
  const auto later = put(Post{"p2", "zoe", "two"});
  program.settle_at(later);
  MaterialisedState state;
  run([&](store::BackendTransaction& transaction) -> Result<void> {
    const store::Table& table = store::table_of<MaterialisedState>();
    const store::Key key{.parent = {}, .id = "feed"};
    const auto rows = transaction.get_many(table, std::span(&key, 1));
    return store::from_cells(table, table.variants.front(), "feed", rows.value()[0].value().cells, &state);
  });
  EXPECT_TRUE(store::reached({state.position}, position)) << state.position;
}

std::vector<std::pair<std::string, FeedItem>> misplaced(const std::string&, const Post& post) {
  if (post.id == "lost") return {{"nowhere", FeedItem{"lost", ""}}};
  if (post.id == "other") return {{"readers/ann/feed/elsewhere", FeedItem{"other", ""}}};
  return {{"readers/ann/feed/" + post.id, FeedItem{post.id, post.text}}};
}

TEST_F(Materialised, a_row_that_no_document_can_hold_is_told_and_left_out) {
  Graph graph;
  LiveStore live(backend, graph);
  std::vector<std::string> told;
  std::mutex mutex;
  const MaterialisedView documents("feed", live, testing::flat_map(live.collection<Post>(), misplaced),
                                   {.on_trouble = [&](const Error& error) {
                                     const std::lock_guard lock(mutex);
                                     told.push_back(error.detail);
                                   }});
  put(Post{"lost", "", ""});
  put(Post{"other", "", ""});
  put(Post{"right", "", "here"});
  ASSERT_TRUE(live.start());
  ASSERT_TRUE(live.wait_until_ready());
  while (!documents.progress().settled) std::this_thread::sleep_for(1ms);
  EXPECT_THAT(texts(), ElementsAre(Pair("readers/ann/right", "here")));
  const std::lock_guard lock(mutex);
  EXPECT_THAT(told, UnorderedElementsAre("nowhere", "readers/ann/feed/elsewhere, key other"));
}

}  // namespace
}  // namespace freshet
