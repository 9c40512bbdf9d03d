// SPDX-License-Identifier: MIT
// What other programs do to the database, with the sqlite3 shell as the other program.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/store/sqlite/sqlite_store.hpp"
#include "freshet/store/sqlite/testing/sqlite_site.hpp"

namespace freshet::store {
namespace {

using testing::city;
using testing::City;
using testing::commit;
using testing::Counter;
using testing::FeedLog;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::object_of;
using testing::read_all;
using ::testing::SizeIs;
using testing::wait_for_changes;
using testing::write_of;

class ForeignWriter : public ::testing::Test {
 protected:
  void SetUp() override {
    store_ = testing::open_prepared(file_, {.poll_interval = std::chrono::milliseconds(10)});
    ASSERT_NE(store_, nullptr);
    feed_ = store_->follow({.tables = {&table_of<City>(), &table_of<Counter>()}}, log_.receiver()).value();
    ASSERT_TRUE(log_.wait_until([](const auto& batches) { return !batches.empty(); }));
  }
  void TearDown() override { EXPECT_THAT(log_.faults(), IsEmpty()); }

  void shell(const std::string& sql) {
    const auto [output, is_done] = testing::run_shell(file_, sql);
    EXPECT_TRUE(is_done) << output;
  }
  std::string refusal(const std::string& sql) {
    const auto [output, is_done] = testing::run_shell(file_, sql);
    EXPECT_FALSE(is_done);
    return output;
  }
  std::vector<Change> changes(std::size_t count) {
    EXPECT_TRUE(wait_for_changes(log_, count));
    return log_.changes();
  }
  // Requires: all changes have come.
  void expect_copy_is_whole() {
    for (const Table* const table : {&table_of<City>(), &table_of<Counter>()}) {
      const auto stored = read_all(*store_, *table).value();
      const auto copy = log_.copy();
      for (const Row& row : stored) {
        const auto found = copy.find({table->name, row.key});
        ASSERT_NE(found, copy.end()) << row.key.id;
        EXPECT_TRUE(testing::same(found->second, row)) << row.key.id;
      }
    }
  }

  testing::TemporaryFolder folder_;
  const std::string file_ = folder_.file("store.db");
  std::unique_ptr<Backend> store_;
  FeedLog log_;
  std::unique_ptr<Feed> feed_;
};

TEST_F(ForeignWriter, makes_a_document_with_what_it_gives_and_defaults_for_the_rest) {
  shell("INSERT INTO City (_id, name, people) VALUES ('sf', 'San Francisco', 870000);");
  const auto seen = changes(1);
  EXPECT_EQ(seen.at(0).kind, ChangeKind::create);
  const Row& row = seen.at(0).after.value();
  EXPECT_EQ(row.revision, 1);
  EXPECT_EQ(row.obj_type, "City");
  EXPECT_GT(row.created_at, Timestamp(std::chrono::hours(24 * 365 * 50)));
  City wanted = city("sf", "San Francisco");
  wanted.people = 870000;
  EXPECT_EQ(object_of<City>(row), wanted) << "what it left out is as the model says";
  expect_copy_is_whole();
}

TEST_F(ForeignWriter, counts_revisions_without_knowing) {
  ASSERT_TRUE(commit(*store_, write_of(WriteKind::create, city("sf", "San Francisco"))));
  shell("UPDATE City SET people = 5 WHERE _id = 'sf'; UPDATE City SET people = 6 WHERE _id = 'sf';");
  const auto seen = changes(3);
  EXPECT_EQ(seen.at(1).kind, ChangeKind::update);
  EXPECT_EQ(seen.at(1).after->revision, 2);
  EXPECT_EQ(seen.at(2).after->revision, 3);
  EXPECT_GT(seen.at(2).after->updated_at, seen.at(1).after->updated_at);
  EXPECT_EQ(object_of<City>(*seen.at(2).before).people, 5);
  expect_copy_is_whole();
}

TEST_F(ForeignWriter, makes_no_change_by_writing_what_was_there) {
  ASSERT_TRUE(commit(*store_, write_of(WriteKind::create, city("sf", "San Francisco"))));
  shell("UPDATE City SET name = 'San Francisco'; UPDATE City SET name = 'Frisco';");
  EXPECT_THAT(changes(2), SizeIs(2));
  EXPECT_EQ(log_.changes().at(1).after->revision, 2);
}

TEST_F(ForeignWriter, removes_documents_whose_revisions_go_on_when_they_return) {
  shell("INSERT INTO Counter (_id, count) VALUES ('1', 1); UPDATE Counter SET count = 2; DELETE FROM Counter;");
  shell("INSERT INTO Counter (_id, count) VALUES ('1', 3);");
  const auto seen = changes(4);
  EXPECT_EQ(seen.at(2).kind, ChangeKind::remove);
  EXPECT_EQ(seen.at(2).before->revision, 2);
  EXPECT_EQ(seen.at(3).kind, ChangeKind::create);
  EXPECT_EQ(seen.at(3).after->revision, 3);
  ASSERT_TRUE(commit(*store_, write_of(WriteKind::set, Counter{.id = 1, .count = 9})));
  EXPECT_EQ(changes(5).at(4).after->revision, 4);
  expect_copy_is_whole();
}

TEST_F(ForeignWriter, gives_a_document_another_id) {
  shell("INSERT INTO Counter (_id, count) VALUES ('1', 1); UPDATE Counter SET _id = '2';");
  const auto seen = changes(3);
  EXPECT_EQ(seen.at(1).kind, ChangeKind::remove);
  EXPECT_EQ(seen.at(1).key.id, "1");
  EXPECT_EQ(seen.at(2).kind, ChangeKind::create);
  EXPECT_EQ(seen.at(2).key.id, "2");
  expect_copy_is_whole();
}

TEST_F(ForeignWriter, is_refused_what_no_document_can_be) {
  EXPECT_THAT(refusal("INSERT INTO City (_id, name) VALUES ('sf', NULL);"), HasSubstr("City.name must not be null"));
  EXPECT_THAT(refusal("INSERT INTO City (_id, name, regions) VALUES ('sf', 'x', '[');"), HasSubstr("is no JSON"));
  EXPECT_THAT(refusal("INSERT INTO City (_id, name, capital) VALUES ('sf', 'x', 2);"), HasSubstr("neither 0 nor 1"));
  EXPECT_THAT(refusal("INSERT INTO City (_id, name, people) VALUES ('sf', 'x', 'many');"), HasSubstr("INTEGER"));
  EXPECT_THAT(refusal("INSERT INTO City (_id, name) VALUES ('a/b', 'x');"), HasSubstr("City._id"));
  ASSERT_TRUE(commit(*store_, write_of(WriteKind::create, city("sf", "San Francisco"))));
  EXPECT_THAT(refusal("UPDATE City SET name = NULL;"), HasSubstr("City.name must not be null"));
  EXPECT_THAT(changes(1), SizeIs(1)) << "nothing of it was seen";
}

TEST_F(ForeignWriter, replaces_by_an_upsert_and_tells_of_an_update) {
  ASSERT_TRUE(commit(*store_, write_of(WriteKind::create, Counter{.id = 1, .count = 1})));
  shell("INSERT INTO Counter (_id, count) VALUES ('1', 2) ON CONFLICT DO UPDATE SET count = excluded.count;");
  const auto seen = changes(2);
  EXPECT_EQ(seen.at(1).kind, ChangeKind::update);
  EXPECT_EQ(seen.at(1).after->revision, 2);
  expect_copy_is_whole();
}

TEST_F(ForeignWriter, replaces_as_documented_with_triggers_that_recurse) {
  ASSERT_TRUE(commit(*store_, write_of(WriteKind::create, Counter{.id = 1, .count = 1})));
  shell("PRAGMA recursive_triggers = ON; INSERT OR REPLACE INTO Counter (_id, count) VALUES ('1', 2);");
  const auto seen = changes(3);
  EXPECT_EQ(seen.at(1).kind, ChangeKind::remove);
  EXPECT_EQ(seen.at(2).kind, ChangeKind::create);
  EXPECT_EQ(seen.at(2).after->revision, 2) << "it goes on counting";
  expect_copy_is_whole();
}

TEST_F(ForeignWriter, is_seen_whole_or_not_at_all) {
  const std::string first = "INSERT INTO Counter (_id, count) VALUES ('1', 1);";
  const std::string second = "INSERT INTO City (_id, name) VALUES ('sf', 'x');";
  shell("BEGIN;" + first + "ROLLBACK;");
  shell("BEGIN;" + first + second + "COMMIT;");
  EXPECT_THAT(changes(2), SizeIs(2));
  for (const Batch& batch : log_.batches()) {
    EXPECT_THAT(batch.changes, SizeIs(batch.kind == Batch::Kind::commit ? 2 : 0));
  }
}

TEST_F(ForeignWriter, is_kept_apart_from_the_transactions_of_the_store) {
  feed_.reset();
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(commit(*store_, write_of(WriteKind::create, Counter{.id = i, .count = i})));
    shell("INSERT INTO City (_id, name) VALUES ('" + std::to_string(i) + "', 'x');");
  }
  FeedLog log;
  const auto feed = store_->follow(
      {.tables = {&table_of<City>(), &table_of<Counter>()}, .after = log_.position(), .commit_changes = 1},
      log.receiver());
  ASSERT_TRUE(wait_for_changes(log, 10));
  EXPECT_THAT(log.batches(), SizeIs(10)) << "one transaction each";
}

TEST_F(ForeignWriter, is_not_confused_with_the_store_by_a_write_in_between) {
  auto other = testing::open_prepared(file_);
  std::string last;
  for (int i = 0; i < 20; ++i) {
    Backend& writer = i % 2 == 0 ? *store_ : *other;
    const auto position = commit(writer, write_of(WriteKind::set, Counter{.id = 7, .count = i}));
    ASSERT_TRUE(position) << to_string(position.error());
    last = position->text;
  }
  EXPECT_TRUE(log_.wait_for({last}));
  const auto seen = changes(20);
  EXPECT_EQ(seen.back().after->revision, 20);
  expect_copy_is_whole();
}

}  // namespace
}  // namespace freshet::store
