// SPDX-License-Identifier: MIT
#include <algorithm>

#include <gmock/gmock.h>

#include "freshet/store/testing/conformance.hpp"

namespace freshet::store::testing {
namespace {

using ::testing::HasSubstr;

const Table& cities() { return table_of<City>(); }

// A newer program's City: it has a motto, and whether it has an airport.
const Table& newer_cities() {
  static const Table kTable = changed_table([](Table& table) {
    table.columns.insert(table.columns.begin(),
                         {.name = "motto", .kind = ColumnKind::text, .initial = Cell(std::string("it's \"grown\""))});
    table.columns.push_back({.name = "airport", .kind = ColumnKind::boolean, .is_nullable = true});
    table.columns.push_back({.name = "twins", .kind = ColumnKind::json, .is_list = true, .initial = Cell(Json{"[]"})});
    table.indexes = {{.columns = {"motto"}}};
  });
  return kTable;
}

TEST_P(StoreConformance, prepares_a_table_again_and_again) {
  create(city("SF", "San Francisco"));
  prepare({&cities()});
  reopen();
  prepare({&cities(), &cities()});
  if (site().is_durable()) {
    EXPECT_EQ(all(cities()).size(), 1U);
  }
}

TEST_P(StoreConformance, adds_the_columns_that_a_newer_program_knows) {
  const Row old = *create(city("SF", "San Francisco"));
  prepare({&newer_cities()});
  const Table& newer = newer_cities();
  const auto found = get(newer, {.id = "SF"});
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->revision, old.revision) << "to get a column is no change";
  EXPECT_EQ(found->cells[newer.find("motto")], Cell(std::string("it's \"grown\"")));
  EXPECT_EQ(found->cells[newer.find("airport")], Cell());
  EXPECT_EQ(found->cells[newer.find("twins")], Cell(Json{"[]"}));
  EXPECT_EQ(found->cells[newer.find("name")], Cell(std::string("San Francisco")));

  Write update{.kind = WriteKind::update, .table = &newer, .key = {.id = "SF"}, .cells = found->cells};
  update.cells[newer.find("motto")] = std::string("Oro en Paz");
  update.columns = {newer.find("motto")};
  write(update);
  EXPECT_EQ(get(newer, {.id = "SF"})->cells[newer.find("motto")], Cell(std::string("Oro en Paz")));
  const Query by_motto{.table = &newer,
                       .conditions = {{newer.find("motto"), Comparison::equal, {Cell(std::string("Oro en Paz"))}}}};
  EXPECT_EQ(query(by_motto).size(), 1U);
}

TEST_P(StoreConformance, lets_an_older_program_use_a_newer_table) {
  prepare({&newer_cities(), &cities()});
  create(city("SF", "San Francisco"));
  EXPECT_EQ(object_of<City>(*get(cities(), {.id = "SF"})), city("SF", "San Francisco"));
  const auto seen = get(newer_cities(), {.id = "SF"});
  ASSERT_TRUE(seen.has_value());
  EXPECT_EQ(seen->cells[newer_cities().find("motto")], Cell(std::string("it's \"grown\"")));
}

TEST_P(StoreConformance, feeds_a_table_that_has_grown) {
  create(city("SF", "San Francisco"));
  prepare({&newer_cities()});
  FeedLog log;
  const auto feed = follow(log, {.tables = {&newer_cities()}});
  Write update{.kind = WriteKind::update, .table = &newer_cities(), .key = {.id = "SF"}};
  update.cells = get(newer_cities(), {.id = "SF"})->cells;
  update.cells[newer_cities().find("airport")] = true;
  update.columns = {newer_cities().find("airport")};
  write(update);
  // As a change, or already as a part of the snapshot.
  const auto is_updated = [](const Change& change) { return change.after && change.after->revision == 2; };
  ASSERT_TRUE(log.wait_until([&](const auto& batches) {
    return std::ranges::any_of(batches,
                               [&](const Batch& batch) { return std::ranges::any_of(batch.changes, is_updated); });
  }));
  const Row row = log.copy().begin()->second;
  ASSERT_EQ(row.cells.size(), newer_cities().columns.size());
  EXPECT_EQ(row.cells[newer_cities().find("airport")], Cell(true));
  EXPECT_EQ(row.cells[newer_cities().find("motto")], Cell(std::string("it's \"grown\"")));
  EXPECT_THAT(log.faults(), ::testing::IsEmpty());
}

TEST_P(StoreConformance, refuses_a_column_of_another_kind_and_names_it) {
  static const Table kOther = changed_table([](Table& table) {
    table.columns[table.find("people")].kind = ColumnKind::text;
    table.columns[table.find("people")].initial = Cell(std::string());
  });
  create(city("SF", "San Francisco"));
  const Table* const tables[] = {&kOther};
  const auto refused = backend().prepare(tables);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::refused);
  EXPECT_THAT(to_string(refused.error()), HasSubstr("City.people"));
  EXPECT_TRUE(set(city("SF", "Frisco")).has_value()) << "the store goes on as it was";
}

TEST_P(StoreConformance, refuses_a_unique_index_that_documents_break) {
  create(city("SF", "twin"));
  create(city("LA", "twin"));
  static const Table kUnique =
      changed_table([](Table& table) { table.indexes = {{.columns = {"name"}, .is_unique = true}}; });
  const Table* const tables[] = {&kUnique};
  const auto refused = backend().prepare(tables);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::refused);
  EXPECT_THAT(to_string(refused.error()), HasSubstr("City"));
  set(city("LA", "no twin"));
  prepare({&kUnique});
  EXPECT_EQ(try_write(write_of(WriteKind::create, city("NY", "twin"))).error().code, ErrorCode::already_exists);
}

}  // namespace
}  // namespace freshet::store::testing
