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

TEST(SqlText, quotes_names_so_that_none_ends_its_identifier) {
  EXPECT_EQ(quoted("users"), R"("users")");
  EXPECT_EQ(quoted(R"(a"; DROP TABLE b; --)"), R"("a""; DROP TABLE b; --")");
  EXPECT_EQ(text_literal("it's"), "'it''s'");
}

TEST(SqlText, makes_a_table_with_system_columns_first) {
  const Table table = cities();
  const std::string text = create_table(kSqlite, table);
  EXPECT_THAT(text, StartsWith("CREATE TABLE \"cities\" (\n  \"_parent\" TEXT DEFAULT '' NOT NULL,\n"));
  EXPECT_THAT(text, HasSubstr("\"_type\" TEXT DEFAULT 'City' NOT NULL"));
  EXPECT_THAT(text, HasSubstr("  \"name\" TEXT,\n  \"population\" INTEGER,\n  \"regions\" TEXT DEFAULT '[]',\n"));
  EXPECT_THAT(text, EndsWith("PRIMARY KEY (\"_parent\", \"_id\")\n) STRICT"));
}

TEST(SqlText, declares_not_null_where_the_dialect_keeps_it) {
  const Table table = cities();
  EXPECT_THAT(create_table(kNumbered, table), HasSubstr("\"name\" TEXT NOT NULL,\n  \"population\" INTEGER,\n"));
  EXPECT_THAT(add_column(kNumbered, table, table.columns[kRegions]),
              R"(ALTER TABLE "cities" ADD COLUMN "regions" TEXT DEFAULT '[]' NOT NULL)");
}

TEST(SqlText, writes_literals_that_read_back_as_they_were) {
  EXPECT_EQ(kSqlite.literal(true), "1");
  EXPECT_EQ(kSqlite.literal(std::numeric_limits<std::int64_t>::min()), "(-9223372036854775807 - 1)");
  EXPECT_EQ(kSqlite.literal(0.1), "0.10000000000000001");
  EXPECT_EQ(kSqlite.literal(3.0), "3.0");
  EXPECT_EQ(kSqlite.literal(-std::numeric_limits<double>::infinity()), "-9e999");
  EXPECT_EQ(kSqlite.literal(Timestamp(std::chrono::microseconds(5))), "5");
  EXPECT_EQ(kSqlite.literal(Json{R"({"a":"'"})"}), R"('{"a":"''"}')");
}

TEST(SqlText, names_indexes_after_their_columns_and_cuts_long_names) {
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

TEST(SqlText, cuts_long_names_of_indexes_between_characters) {
  const Table table = cities();
  for (const std::size_t before : {0, 1, 2}) {
    std::string column(before, 'x');
    for (int i = 0; i < 30; ++i) column += "é";
    const std::string name = index_name(table, {.columns = {column}, .is_unique = false});
    const std::string kept = name.substr(0, name.rfind('_'));
    EXPECT_NE(static_cast<unsigned char>(kept.back()) & 0xC0U, 0xC0U) << name;
  }
}

TEST(SqlText, writes_rows_by_parameters) {
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

TEST(SqlText, asks_for_one_collection_or_a_group) {
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

TEST(SqlText, keeps_values_out_of_the_text) {
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

TEST(SqlText, compares_nulls_as_queries_say) {
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

TEST(SqlText, asks_lists_by_the_kind_of_element) {
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

TEST(SqlText, passes_many_operands_as_one) {
  const Table table = cities();
  Query query = query_of(table);
  query.parent = std::nullopt;
  query.conditions = {{.column = kName, .comparison = Comparison::in, .operands = Cells(101, std::string("a\"\n\\"))}};
  const Statement texts = select(kSqlite, query);
  EXPECT_THAT(texts.text, HasSubstr("\"name\" IN (SELECT value FROM json_each(?1))"));
  EXPECT_THAT(std::get<std::string>(texts.parameters.at(0)), StartsWith(R"(["a\"\u000a\\","a\")"));
  query.conditions = {
      {.column = kPopulation, .comparison = Comparison::in, .operands = Cells(101, std::int64_t{INT64_MIN})}};
  EXPECT_THAT(std::get<std::string>(select(kSqlite, query).parameters.at(0)),
              StartsWith("[-9223372036854775808,-9223372036854775808,"));
}

TEST(SqlText, orders_nulls_first_in_every_dialect) {
  const Table table = cities();
  Query query = query_of(table);
  query.orders = {{.column = kPopulation, .descending = true}, {.column = kName, .descending = false}};
  EXPECT_EQ(order_of(query), R"("population" DESC, "name", "_id")");
  EXPECT_EQ(order_of(query, kNumbered), R"("population" DESC NULLS LAST, "name", "_id")");
}

TEST(SqlText, turns_a_cursor_into_what_comes_after_it) {
  const Table table = cities();
  Query query = query_of(table);
  query.parent = std::nullopt;
  query.orders = {{.column = kPopulation, .descending = false}};
  query.start = Cursor{.cells = {std::int64_t{7}}, .key = std::nullopt, .inclusive = true};
  EXPECT_EQ(where_of(query), R"(("population" > ?1 OR "population" = ?2))");
  query.start->inclusive = false;
  EXPECT_EQ(where_of(query), R"("population" > ?1)");
  query.start->key = Key{"", "x"};
  EXPECT_EQ(where_of(query), R"(("population" > ?1 OR ("population" = ?5 AND ("_parent" > ?2 OR )"
                             R"(("_parent" = ?4 AND "_id" > ?3)))))");
  EXPECT_THAT(select(kSqlite, query).parameters, SizeIs(5)) << "as many as the text names";
  query.start = Cursor{.cells = {Cell()}, .key = std::nullopt, .inclusive = false};
  EXPECT_EQ(where_of(query), R"("population" IS NOT NULL)");
}

TEST(SqlText, turns_a_cursor_into_what_comes_before_it) {
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

TEST(SqlText, turns_a_cursor_around_where_the_order_descends) {
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

TEST(SqlText, knows_where_a_collection_lies_to_a_key_of_another) {
  const Table table = cities();
  Query query = query_of(table);
  query.parent = "users/b";
  const auto where = [&](const char* parent, bool is_start) {
    query.start.reset();
    query.end.reset();
    (is_start ? query.start : query.end) = Cursor{.cells = {}, .key = Key{parent, "x"}, .inclusive = true};
    return where_of(query);
  };
  EXPECT_EQ(where("users/a", true), R"("_parent" = ?1)") << "all of it comes after";
  EXPECT_EQ(where("users/c", true), R"("_parent" = ?1 AND 1 = 0)");
  EXPECT_EQ(where("users/a", false), R"("_parent" = ?1 AND 1 = 0)");
  EXPECT_EQ(where("users/c", false), R"("_parent" = ?1)");
  EXPECT_EQ(where("users/b", true), R"("_parent" = ?1 AND ("_id" > ?2 OR "_id" = ?3))");
}

TEST(SqlText, cuts_a_window_out_of_the_result) {
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
