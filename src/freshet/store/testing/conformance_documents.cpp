// SPDX-License-Identifier: MIT
#include <limits>
#include <thread>

#include <gmock/gmock.h>

#include "freshet/store/testing/conformance.hpp"

namespace freshet::store::testing {
namespace {

using ::testing::HasSubstr;

const Table& cities() { return table_of<City>(); }
Key key_of(std::string id, std::string parent = {}) { return {.parent = std::move(parent), .id = std::move(id)}; }

City full() {
  City made = city("SF", "San Francisco – 旧金山 🌁");
  made.capital = true;
  made.people = std::numeric_limits<std::int64_t>::max();
  made.area = 0.1;
  made.size = Size::large;
  made.founded = Timestamp(std::chrono::microseconds(-6106060799999999));
  made.state = "";
  made.metro_lines = std::numeric_limits<std::int64_t>::min();
  made.regions = {"west_coast", "\"quoted\" \\ \n", ""};
  made.codes = {9007199254740993, -1};
  made.scores = {{"food", 9}, {"wetter ☁", -3}};
  made.mayor = Mayor{.name = "x'; DROP TABLE \"City\"; --", .since = 2025};
  made.notes = Value(Value::Object{{"a", Value(Value::List{Value(1), Value(2.5), Value(), Value(true)})}});
  return made;
}

TEST_P(StoreConformance, keeps_a_document_with_every_kind_of_value) {
  for (const City& object : {full(), city("empty", "")}) {
    const auto written = create(object);
    ASSERT_TRUE(written.has_value());
    const auto found = get(cities(), key_of(object.id));
    ASSERT_TRUE(found.has_value());
    EXPECT_TRUE(same(*written, *found));
    EXPECT_EQ(object_of<City>(*found), object);
    EXPECT_EQ(found->obj_type, "City");
  }
}

TEST_P(StoreConformance, keeps_numbers_to_the_last_bit) {
  City object = city("x", "X");
  for (const double area : {1.0 / 3, 1e308, -2.2250738585072014e-308, 5e-324, 9007199254740993.0,
                            std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()}) {
    object.area = area;
    set(object);
    EXPECT_EQ(object_of<City>(*get(cities(), key_of("x"))).area, area);
  }
  for (const std::int64_t people : {std::numeric_limits<std::int64_t>::min(), std::int64_t{-1},
                                    std::int64_t{9007199254740993}, std::numeric_limits<std::int64_t>::max()}) {
    object.people = people;
    set(object);
    EXPECT_EQ(object_of<City>(*get(cities(), key_of("x"))).people, people);
  }
}

TEST_P(StoreConformance, keeps_times_to_the_microsecond) {
  City object = city("x", "X");
  using std::chrono::sys_days;
  using std::chrono::year;
  for (const Timestamp founded : {Timestamp(sys_days(year(0) / 1 / 1)), Timestamp(std::chrono::microseconds(-1)),
                                  Timestamp(sys_days(year(2026) / 11 / 21)) + std::chrono::microseconds(123456),
                                  Timestamp(sys_days(year(10000) / 1 / 1)) - std::chrono::microseconds(1)}) {
    object.founded = founded;
    set(object);
    EXPECT_EQ(object_of<City>(*get(cities(), key_of("x"))).founded, founded) << founded.time_since_epoch().count();
  }
}

TEST_P(StoreConformance, keeps_json_byte_by_byte) {
  Write write = write_of(WriteKind::set, city("x", "X"));
  const Cell json = Json{R"({"z":1.50,"a":[1, 2.0],"big":18446744073709551615,"é":"\u0001"})"};
  write.cells[cities().find("notes")] = json;
  this->write(write);
  EXPECT_EQ(get(cities(), key_of("x"))->cells[cities().find("notes")], json);
}

TEST_P(StoreConformance, keeps_a_megabyte_in_one_cell) {
  City object = city("x", std::string(mib(1), 'n'));
  for (int i = 0; i < 20'000; ++i)
    object.regions.push_back("a region with a rather long name, number " + std::to_string(i));
  create(object);
  EXPECT_EQ(object_of<City>(*get(cities(), key_of("x"))), object);
}

TEST_P(StoreConformance, takes_any_id_that_is_a_name) {
  const std::vector<std::string> odd = {"a b",  "ü",  "🌁", "%",  "'",
                                        "\"",   "\\", ".", "..", "*",
                                        "null", "A",  "a", "-1", std::string(Reference::kNameBytesMax, 'x')};
  for (const std::string& id : odd) create(city(id, "called " + id));
  for (const std::string& id : odd) {
    const auto found = get(cities(), key_of(id));
    ASSERT_TRUE(found.has_value()) << id;
    EXPECT_EQ(object_of<City>(*found).name, "called " + id);
  }
  EXPECT_EQ(all(cities()).size(), odd.size()) << "ids are told apart by their bytes";
}

TEST_P(StoreConformance, gives_nothing_where_nothing_is) {
  EXPECT_FALSE(get(cities(), key_of("none")).has_value());
  EXPECT_FALSE(get(cities(), key_of("none", "users/a")).has_value());
  EXPECT_TRUE(get_many(cities(), {}).empty());
}

TEST_P(StoreConformance, gets_many_in_the_order_asked_for) {
  constexpr int kCount = 2'500;
  ASSERT_TRUE(commit([&](BackendTransaction& transaction) -> Result<void> {
                for (int i = 0; i < kCount; ++i) {
                  auto ok = transaction.write(write_of(WriteKind::create, Counter{.id = i, .count = i * 2}));
                  if (!ok) return fail(std::move(ok.error()));
                }
                return {};
              }).has_value());
  std::vector<Key> keys;
  for (int i = 0; i < kCount + 10; ++i) keys.push_back(key_of(std::to_string((i * 7) % (kCount + 10))));
  keys.push_back(keys.front());
  const auto rows = get_many(table_of<Counter>(), keys);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const std::int64_t id = std::stoll(keys[i].id);
    ASSERT_EQ(rows[i].has_value(), id < kCount) << id;
    if (rows[i]) {
      EXPECT_EQ(object_of<Counter>(*rows[i]), (Counter{.id = id, .count = id * 2}));
    }
  }
}

TEST_P(StoreConformance, tells_collections_apart) {
  create(city("x", "in the root"));
  create(city("x", "in a"), "users/a");
  create(city("x", "in b"), "users/b");
  EXPECT_EQ(object_of<City>(*get(cities(), key_of("x"))).name, "in the root");
  EXPECT_EQ(object_of<City>(*get(cities(), key_of("x", "users/b"))).name, "in b");
  write(write_of(WriteKind::remove, city("x", ""), "users/a"));
  EXPECT_FALSE(get(cities(), key_of("x", "users/a")).has_value());
  EXPECT_EQ(all(cities()).size(), 2U);
}

TEST_P(StoreConformance, replaces_updates_and_removes) {
  set(full());
  set(city("SF", "Frisco"));
  EXPECT_EQ(object_of<City>(*get(cities(), key_of("SF"))), city("SF", "Frisco")) << "a set leaves nothing of before";
  City changed = full();
  Write update = write_of(WriteKind::update, changed);
  update.columns = {cities().find("mayor"), cities().find("state")};
  write(update);
  City expected = city("SF", "Frisco");
  expected.mayor = changed.mayor;
  expected.state = changed.state;
  EXPECT_EQ(object_of<City>(*get(cities(), key_of("SF"))), expected);
  EXPECT_FALSE(write(write_of(WriteKind::remove, changed)).has_value());
  EXPECT_FALSE(get(cities(), key_of("SF")).has_value());
  EXPECT_FALSE(write(write_of(WriteKind::remove, changed)).has_value()) << "what is not there can be removed";
}

TEST_P(StoreConformance, refuses_to_create_what_is_there_and_to_update_what_is_not) {
  create(city("SF", "San Francisco"));
  const auto again = try_write(write_of(WriteKind::create, city("SF", "Frisco")));
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().code, ErrorCode::already_exists);
  EXPECT_THAT(to_string(again.error()), HasSubstr("City/SF"));
  Write update = write_of(WriteKind::update, city("LA", "Los Angeles"));
  update.columns = {0};
  const auto missing = try_write(update);
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code, ErrorCode::not_found);
  EXPECT_THAT(to_string(missing.error()), HasSubstr("City/LA"));
}

TEST_P(StoreConformance, counts_revisions_and_tells_times) {
  const Row first = *create(city("SF", "San Francisco"));
  EXPECT_EQ(first.revision, 1);
  EXPECT_EQ(first.created_at, first.updated_at);
  const Row second = *set(city("SF", "Frisco"));
  const Row third = *set(city("SF", "San Francisco"));
  EXPECT_EQ(second.revision, 2);
  EXPECT_EQ(third.revision, 3);
  EXPECT_EQ(third.created_at, first.created_at);
  EXPECT_LT(first.updated_at, second.updated_at);
  EXPECT_LT(second.updated_at, third.updated_at);
  EXPECT_TRUE(same(third, *get(cities(), key_of("SF"))));
}

TEST_P(StoreConformance, goes_on_counting_after_a_delete) {
  create(city("SF", "San Francisco"));
  set(city("SF", "Frisco"));
  write(write_of(WriteKind::remove, city("SF", "")));
  EXPECT_EQ(create(city("SF", "San Francisco"))->revision, 3);
  ASSERT_TRUE(commit([&](BackendTransaction& transaction) -> Result<void> {
                if (auto ok = transaction.write(write_of(WriteKind::remove, city("SF", ""))); !ok)
                  return fail(ok.error());
                const auto made = transaction.write(write_of(WriteKind::create, city("SF", "again")));
                EXPECT_EQ(made.value()->revision, 4) << "also within one transaction";
                return {};
              }).has_value());
  EXPECT_EQ(get(cities(), key_of("SF"))->revision, 4);
}

TEST_P(StoreConformance, keeps_revision_and_time_where_nothing_changes) {
  const Row first = *create(full());
  EXPECT_TRUE(same(*set(full()), first));
  Write update = write_of(WriteKind::update, full());
  update.columns = {0, 1, 2};
  EXPECT_TRUE(same(*write(update), first));
  EXPECT_TRUE(same(*get(cities(), key_of("SF")), first));
}

TEST_P(StoreConformance, writes_only_where_preconditions_hold) {
  const Row stored = *create(city("SF", "San Francisco"));
  const auto code_of = [&](std::string id, Precondition precondition, WriteKind kind) -> std::optional<ErrorCode> {
    Write write = write_of(kind, city(std::move(id), "changed"));
    write.precondition = precondition;
    write.columns = {0};
    const auto outcome = try_write(write);
    if (outcome) return std::nullopt;
    EXPECT_FALSE(is_lost_race(outcome.error())) << "it would fail again";
    return outcome.error().code;
  };
  const Precondition old_time{.updated_at = stored.updated_at - std::chrono::microseconds(1)};
  for (const WriteKind kind : {WriteKind::set, WriteKind::update, WriteKind::remove}) {
    EXPECT_EQ(code_of("SF", {.exists = false}, kind), ErrorCode::already_exists);
    EXPECT_EQ(code_of("SF", {.revision = 2}, kind), ErrorCode::conflict);
    EXPECT_EQ(code_of("SF", old_time, kind), ErrorCode::conflict);
    EXPECT_EQ(code_of("LA", {.exists = true}, kind), ErrorCode::not_found);
    EXPECT_EQ(code_of("LA", {.revision = 1}, kind), ErrorCode::conflict);
  }
  EXPECT_TRUE(same(*get(cities(), key_of("SF")), stored)) << "nothing of it happened";
  EXPECT_FALSE(get(cities(), key_of("LA")).has_value());
  EXPECT_EQ(code_of("SF", {.exists = true, .revision = 1, .updated_at = stored.updated_at}, WriteKind::update),
            std::nullopt);
  EXPECT_EQ(code_of("LA", {.exists = false}, WriteKind::set), std::nullopt);
  EXPECT_EQ(code_of("SF", {.revision = 2}, WriteKind::remove), std::nullopt);
}

TEST_P(StoreConformance, refuses_text_that_is_none_and_keeps_nothing_of_it) {
  for (const std::string& bad : {std::string("a\0b", 3), std::string("\xff\xfe"), std::string("\xed\xa0\x80")}) {
    Write write = write_of(WriteKind::set, city("x", "X"));
    write.cells[cities().find("name")] = bad;
    const auto outcome = try_write(write);
    ASSERT_FALSE(outcome.has_value());
    EXPECT_EQ(outcome.error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(outcome.error().path, "$.name");
    write = write_of(WriteKind::set, city("x", "X"));
    write.key.id = bad;
    EXPECT_FALSE(try_write(write).has_value());
    write.key = key_of("x", "users/" + bad);
    EXPECT_FALSE(try_write(write).has_value());
  }
  EXPECT_TRUE(all(cities()).empty());
}

TEST_P(StoreConformance, refuses_cells_that_do_not_fit_their_columns) {
  Write write = write_of(WriteKind::set, city("x", "X"));
  write.cells[cities().find("people")] = std::string("many");
  const auto outcome = try_write(write);
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().path, "$.people");
  write.cells[cities().find("people")] = Cell();
  EXPECT_FALSE(try_write(write).has_value());
  EXPECT_TRUE(all(cities()).empty());
}

TEST_P(StoreConformance, keeps_unique_indexes) {
  static const Table kUnique = changed_table([](Table& table) {
    table.name = "UniqueCity";
    table.indexes = {{.columns = {"country", "state"}, .is_unique = true}, {.columns = {"people"}}};
  });
  prepare({&kUnique});
  const auto write_city = [&](WriteKind kind, std::string id, std::optional<std::string> state) {
    City object = city(std::move(id), "x");
    object.state = std::move(state);
    Write write = write_of(kind, object);
    write.table = &kUnique;
    return try_write(write);
  };
  EXPECT_TRUE(write_city(WriteKind::create, "SF", "CA").has_value());
  EXPECT_TRUE(write_city(WriteKind::create, "DC", std::nullopt).has_value());
  EXPECT_TRUE(write_city(WriteKind::create, "PR", std::nullopt).has_value()) << "null is not equal to null";
  const auto second = write_city(WriteKind::set, "LA", "CA");
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, ErrorCode::already_exists);
  EXPECT_THAT(to_string(second.error()), HasSubstr("UniqueCity"));
  EXPECT_TRUE(write_city(WriteKind::set, "SF", "NY").has_value());
  EXPECT_TRUE(write_city(WriteKind::set, "LA", "CA").has_value()) << "the entry is free again";
  EXPECT_TRUE(write_city(WriteKind::remove, "LA", {}).has_value());
  EXPECT_TRUE(write_city(WriteKind::create, "SD", "CA").has_value());
}

TEST_P(StoreConformance, refuses_what_is_beyond_its_limits) {
  reopen({.document_bytes_max = 2000, .transaction_writes_max = 10, .answer_rows_max = 8});
  const auto large = try_write(write_of(WriteKind::set, city("x", std::string(2001, 'x'))));
  ASSERT_FALSE(large.has_value());
  EXPECT_EQ(large.error().code, ErrorCode::too_large);
  const auto write_many = [&](int count) {
    return commit([&](BackendTransaction& transaction) -> Result<void> {
      for (int i = 0; i < count; ++i) {
        auto ok = transaction.write(write_of(WriteKind::set, Counter{.id = i}));
        if (!ok) return fail(std::move(ok.error()));
      }
      return {};
    });
  };
  EXPECT_EQ(write_many(11).error().code, ErrorCode::limit_exceeded);
  EXPECT_TRUE(all(table_of<Counter>()).empty());
  EXPECT_TRUE(write_many(10).has_value());
  const auto read_many = [&](std::size_t limit) {
    return read([&](BackendTransaction& transaction) -> Result<void> {
      auto rows = transaction.query({.table = &table_of<Counter>(), .limit = limit});
      if (!rows) return fail(std::move(rows.error()));
      return {};
    });
  };
  EXPECT_EQ(read_many(Query::kNoLimit).error().code, ErrorCode::limit_exceeded);
  EXPECT_TRUE(read_many(8).has_value());
}

TEST_P(StoreConformance, says_that_a_table_is_not_prepared) {
  static const Table kOther = changed_table([](Table& table) { table.name = "Unprepared"; });
  Write write = write_of(WriteKind::set, city("x", "X"));
  write.table = &kOther;
  const auto outcome = try_write(write);
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, ErrorCode::invalid_argument);
  EXPECT_THAT(to_string(outcome.error()), HasSubstr("Unprepared"));
  FeedLog log;
  EXPECT_FALSE(backend().follow({.tables = {&kOther}}, log.receiver()).has_value());
}

TEST_P(StoreConformance, keeps_what_was_committed_when_it_is_closed) {
  if (!site().is_durable()) GTEST_SKIP() << "nothing is durable here";
  const Row stored = *create(full());
  create(city("gone", "x"));
  write(write_of(WriteKind::remove, city("gone", "")));
  reopen();
  EXPECT_TRUE(same(*get(cities(), key_of("SF")), stored));
  EXPECT_EQ(all(cities()).size(), 1U);
  EXPECT_EQ(create(city("gone", "again"))->revision, 2) << "revisions of removed documents are remembered";
}

}  // namespace
}  // namespace freshet::store::testing
