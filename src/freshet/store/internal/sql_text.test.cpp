// SPDX-License-Identifier: MIT
#include "freshet/store/internal/sql_text.hpp"

#include <cstdint>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace freshet::store::sql {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

Table cities() {
  Table table;
  table.name = "cities";
  table.columns = {{.name = "name", .kind = ColumnKind::text},
                   {.name = "population", .kind = ColumnKind::integer, .is_nullable = true},
                   {.name = "regions",
                    .kind = ColumnKind::json,
                    .is_list = true,
                    .element = ColumnKind::text,
                    .initial = Json{"[]"}},
                   {.name = "founded", .kind = ColumnKind::timestamp, .is_nullable = true}};
  table.variants = {{.name = "City", .type = nullptr, .columns = {}}};
  table.indexes = {{.columns = {"name", "population"}, .is_unique = false}};
  return table;
}

constexpr std::size_t kName = 0;
constexpr std::size_t kPopulation = 1;
constexpr std::size_t kRegions = 2;

const Dialect kNumbered = [] {
  Dialect dialect = kSqlite;
  dialect.parameter_sign = '$';
  dialect.orders_nulls_first = false;
  dialect.has_not_null = true;
  return dialect;
}();

Query query_of(const Table& table) {
  Query query;
  query.table = &table;
  return query;
}

/// What stands between WHERE and ORDER BY.
std::string where_of(const Query& query, const Dialect& dialect = kSqlite) {
  const std::string text = select(dialect, query).text;
  const auto begin = text.find(" WHERE ");
  if (begin == std::string::npos) return "";
  return text.substr(begin + 7, text.find(" ORDER BY ") - begin - 7);
}

std::string order_of(const Query& query, const Dialect& dialect = kSqlite) {
  const std::string text = select(dialect, query).text;
  return text.substr(text.find(" ORDER BY ") + 10);
}

TEST(SqlText, QuotesNamesSoThatNoneEndsItsIdentifier) {
  EXPECT_EQ(quoted("users"), R"("users")");
  EXPECT_EQ(quoted(R"(a"; DROP TABLE b; --)"), R"("a""; DROP TABLE b; --")");
  EXPECT_EQ(text_literal("it's"), "'it''s'");
}

TEST(SqlText, MakesATableWithSystemColumnsFirst) {
  const Table table = cities();
  const std::string text = create_table(kSqlite, table);
  EXPECT_THAT(text, StartsWith("CREATE TABLE \"cities\" (\n  \"_parent\" TEXT DEFAULT '' NOT NULL,\n"));
  EXPECT_THAT(text, HasSubstr("\"_type\" TEXT DEFAULT 'City' NOT NULL"));
  EXPECT_THAT(text, HasSubstr("  \"name\" TEXT,\n  \"population\" INTEGER,\n  \"regions\" TEXT DEFAULT '[]',\n"));
  EXPECT_THAT(text, EndsWith("PRIMARY KEY (\"_parent\", \"_id\")\n) STRICT"));
}

TEST(SqlText, DeclaresNotNullWhereTheDialectKeepsIt) {
  const Table table = cities();
  EXPECT_THAT(create_table(kNumbered, table), HasSubstr("\"name\" TEXT NOT NULL,\n  \"population\" INTEGER,\n"));
  EXPECT_THAT(add_column(kNumbered, table, table.columns[kRegions]),
              R"(ALTER TABLE "cities" ADD COLUMN "regions" TEXT DEFAULT '[]' NOT NULL)");
}

TEST(SqlText, WritesLiteralsThatReadBackAsTheyWere) {
  EXPECT_EQ(kSqlite.literal(true), "1");
  EXPECT_EQ(kSqlite.literal(std::numeric_limits<std::int64_t>::min()), "(-9223372036854775807 - 1)");
  EXPECT_EQ(kSqlite.literal(0.1), "0.10000000000000001");
  EXPECT_EQ(kSqlite.literal(3.0), "3.0");
  EXPECT_EQ(kSqlite.literal(-std::numeric_limits<double>::infinity()), "-9e999");
  EXPECT_EQ(kSqlite.literal(Timestamp(std::chrono::microseconds(5))), "5");
  EXPECT_EQ(kSqlite.literal(Json{R"({"a":"'"})"}), R"('{"a":"''"}')");
}

TEST(SqlText, NamesIndexesAfterTheirColumnsAndCutsLongNames) {
  Table table = cities();
  EXPECT_EQ(index_name(table, table.indexes[0]), "cities_by_name_population");
  EXPECT_EQ(create_index(table, {.columns = {"name"}, .is_unique = true}),
            R"(CREATE UNIQUE INDEX IF NOT EXISTS "cities_unique_name" ON "cities" ("name"))");
  const std::string long_name(60, 'x');
  const std::string other = std::string(59, 'x') + "y";
  const std::string first = index_name(table, {.columns = {long_name}, .is_unique = false});
  EXPECT_LE(first.size(), Table::kNameBytesMax);
  EXPECT_NE(first, index_name(table, {.columns = {other}, .is_unique = false}));
}

TEST(SqlText, CutsLongNamesOfIndexesBetweenCharacters) {
  const Table table = cities();
  for (const std::size_t before : {0, 1, 2}) {
    std::string column(before, 'x');
    for (int i = 0; i < 30; ++i) column += "é";
    const std::string name = index_name(table, {.columns = {column}, .is_unique = false});
    const std::string kept = name.substr(0, name.rfind('_'));
    EXPECT_NE(static_cast<unsigned char>(kept.back()) & 0xC0U, 0xC0U) << name;
  }
}

TEST(SqlText, WritesRowsByParameters) {
  const Table table = cities();
  EXPECT_EQ(insert_row(kNumbered, table),
            R"(INSERT INTO "cities" ("_parent", "_id", "_type", "_revision", "_created_at", "_updated_at", "name", )"
            R"("population", "regions", "founded") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10))");
  const std::vector<std::size_t> columns = {kPopulation};
  EXPECT_EQ(update_row(kNumbered, table, columns),
            R"(UPDATE "cities" SET "_type" = $1, "_revision" = $2, "_updated_at" = $3, "population" = $4 )"
            R"(WHERE "_parent" = $5 AND "_id" = $6)");
  EXPECT_EQ(remove_row(kSqlite, table), R"(DELETE FROM "cities" WHERE "_parent" = ?1 AND "_id" = ?2)");
  EXPECT_THAT(select_row(kSqlite, table), EndsWith(R"(FROM "cities" WHERE "_parent" = ?1 AND "_id" = ?2)"));
}

TEST(SqlText, AsksForOneCollectionOrAGroup) {
  const Table table = cities();
  Query query = query_of(table);
  EXPECT_EQ(where_of(query), R"("_parent" = ?1)");
  EXPECT_EQ(order_of(query), R"("_id")");
  query.parent = std::nullopt;
  EXPECT_EQ(where_of(query), "");
  EXPECT_EQ(order_of(query), R"("_parent", "_id")");
  query.obj_types = {"City", "Town"};
  EXPECT_EQ(where_of(query), R"("_type" IN (?1, ?2))");
}

TEST(SqlText, KeepsValuesOutOfTheText) {
  const Table table = cities();
  Query query = query_of(table);
  const std::string evil = "'; DROP TABLE cities; --";
  query.parent = evil;
  query.obj_types = {evil};
  query.conditions = {{.column = kName, .comparison = Comparison::equal, .operands = {evil}},
                      {.column = kRegions, .comparison = Comparison::contains, .operands = {evil}},
                      {.column = kName, .comparison = Comparison::in, .operands = {evil, evil}}};
  query.orders = {{.column = kName, .descending = true}};
  query.start = Cursor{.cells = {evil}, .key = Key{evil, evil}, .inclusive = false};
  query.end = query.start;
  const Statement statement = select(kSqlite, query);
  EXPECT_EQ(statement.text.find("DROP"), std::string::npos);
  EXPECT_THAT(statement.parameters, SizeIs(testing::Ge(10U)));
}

TEST(SqlText, ComparesNullsAsQueriesSay) {
  const Table table = cities();
  Query query = query_of(table);
  query.parent = std::nullopt;
  const auto where = [&](std::size_t column, Comparison comparison, Cell operand) {
    query.conditions = {{.column = column, .comparison = comparison, .operands = {std::move(operand)}}};
    return where_of(query);
  };
  EXPECT_EQ(where(kPopulation, Comparison::equal, {}), R"("population" IS NULL)");
  EXPECT_EQ(where(kPopulation, Comparison::not_equal, {}), R"("population" IS NOT NULL)");
  EXPECT_EQ(where(kPopulation, Comparison::equal, std::int64_t{5}), R"("population" = ?1)");
  EXPECT_EQ(where(kPopulation, Comparison::not_equal, std::int64_t{5}),
            R"(("population" <> ?1 OR "population" IS NULL))");
  EXPECT_EQ(where(kName, Comparison::not_equal, std::string("x")), R"("name" <> ?1)");
  EXPECT_EQ(where(Table::kId, Comparison::greater_equal, std::string("x")), R"("_id" >= ?1)");
  query.conditions = {{.column = kName, .comparison = Comparison::in, .operands = {}}};
  EXPECT_EQ(where_of(query), "1 = 0");
}

TEST(SqlText, AsksListsByTheKindOfElement) {
  const Table table = cities();
  Query query = query_of(table);
  query.parent = std::nullopt;
  const auto contains = [&](Cell element) {
    query.conditions = {{.column = kRegions, .comparison = Comparison::contains, .operands = {std::move(element)}}};
    return select(kSqlite, query);
  };
  EXPECT_THAT(contains(std::string("west")).text,
              HasSubstr("json_each(\"regions\") WHERE type = 'text' AND value = ?1"));
  EXPECT_THAT(contains(std::int64_t{1}).text, HasSubstr("type = 'integer' AND value = ?1"));
  EXPECT_THAT(contains(1.5).text, HasSubstr("type IN ('integer', 'real') AND value = ?1"));
  const Statement truth = contains(true);
  EXPECT_THAT(truth.text, HasSubstr("WHERE type = ?1"));
  EXPECT_THAT(truth.parameters, ElementsAre(Cell(std::string("true"))));
}

TEST(SqlText, OrdersNullsFirstInEveryDialect) {
  const Table table = cities();
  Query query = query_of(table);
  query.orders = {{.column = kPopulation, .descending = true}, {.column = kName, .descending = false}};
  EXPECT_EQ(order_of(query), R"("population" DESC, "name", "_id")");
  EXPECT_EQ(order_of(query, kNumbered), R"("population" DESC NULLS LAST, "name", "_id")");
}

TEST(SqlText, TurnsACursorIntoWhatComesAfterIt) {
  const Table table = cities();
  Query query = query_of(table);
  query.parent = std::nullopt;
  query.orders = {{.column = kPopulation, .descending = false}};
  query.start = Cursor{.cells = {std::int64_t{7}}, .key = std::nullopt, .inclusive = true};
  EXPECT_EQ(where_of(query), R"(("population" > ?1 OR "population" = ?2))");
  query.start->inclusive = false;
  EXPECT_EQ(where_of(query), R"("population" > ?1)");
  query.start->key = Key{"", "x"};
  EXPECT_EQ(where_of(query), R"(("population" > ?1 OR ("population" = ?2 AND ("_parent" > ?3 OR )"
                             R"(("_parent" = ?4 AND "_id" > ?5)))))");
  query.start = Cursor{.cells = {Cell()}, .key = std::nullopt, .inclusive = false};
  EXPECT_EQ(where_of(query), R"("population" IS NOT NULL)");
}

TEST(SqlText, TurnsACursorIntoWhatComesBeforeIt) {
  const Table table = cities();
  Query query = query_of(table);
  query.parent = std::nullopt;
  query.orders = {{.column = kPopulation, .descending = false}};
  query.end = Cursor{.cells = {std::int64_t{7}}, .key = std::nullopt, .inclusive = false};
  EXPECT_EQ(where_of(query), R"(("population" < ?1 OR "population" IS NULL))");
  query.end = Cursor{.cells = {Cell()}, .key = std::nullopt, .inclusive = false};
  EXPECT_EQ(where_of(query), "1 = 0") << "nothing comes before null";
  query.end->inclusive = true;
  EXPECT_EQ(where_of(query), R"("population" IS NULL)");
  query.end = Cursor{.cells = {}, .key = std::nullopt, .inclusive = true};
  EXPECT_EQ(where_of(query), "") << "every row begins like no cells";
}

TEST(SqlText, TurnsACursorAroundWhereTheOrderDescends) {
  const Table table = cities();
  Query query = query_of(table);
  query.parent = std::nullopt;
  query.orders = {{.column = kPopulation, .descending = true}};
  query.start = Cursor{.cells = {std::int64_t{7}}, .key = std::nullopt, .inclusive = false};
  EXPECT_EQ(where_of(query), R"(("population" < ?1 OR "population" IS NULL))");
  query.start->cells = {Cell()};
  EXPECT_EQ(where_of(query), "1 = 0") << "null comes last";
  query.start.reset();
  query.end = Cursor{.cells = {Cell()}, .key = std::nullopt, .inclusive = false};
  EXPECT_EQ(where_of(query), R"("population" IS NOT NULL)");
}

TEST(SqlText, CutsAWindowOutOfTheResult) {
  const Table table = cities();
  Query query = query_of(table);
  EXPECT_EQ(order_of(query), R"("_id")");
  query.limit = 10;
  EXPECT_EQ(order_of(query), R"("_id" LIMIT ?2)");
  query.offset = 5;
  EXPECT_EQ(order_of(query), R"("_id" LIMIT ?2 OFFSET ?3)");
  query.limit = Query::kNoLimit;
  EXPECT_THAT(select(kSqlite, query).parameters,
              ElementsAre(Cell(std::string()), Cell(std::numeric_limits<std::int64_t>::max()), Cell(std::int64_t{5})));
}

}  // namespace
}  // namespace freshet::store::sql
