// SPDX-License-Identifier: MIT
#include "freshet/store/query.hpp"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/store/testing/city.hpp"

namespace freshet::store {
namespace {

using testing::City;
using testing::city;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const Table& cities() { return table_of<City>(); }
std::size_t at(std::string_view column) { return cities().find(column); }
Cell text(std::string value) { return value; }

Row row_of(const City& object, std::string parent = {}) {
  const Write write = testing::write_of(WriteKind::set, object, std::move(parent));
  return {.key = write.key, .obj_type = write.obj_type, .revision = 1, .cells = write.cells};
}

std::vector<Row> some_rows() {
  std::vector<Row> rows;
  const auto add = [&](const char* id, std::int64_t people, std::optional<std::string> state) {
    City made = city(id, std::string("City of ") + id);
    made.people = people;
    made.state = std::move(state);
    rows.push_back(row_of(made));
  };
  add("SF", 800, "CA");
  add("LA", 3900, "CA");
  add("DC", 700, std::nullopt);
  add("NY", 8000, "NY");
  add("AL", 800, std::nullopt);
  return rows;
}

std::vector<std::string> ids(const std::vector<Row>& rows) {
  std::vector<std::string> result;
  for (const Row& row : rows) result.push_back(row.key.id);
  return result;
}

std::vector<std::string> arranged_ids(const Query& query) {
  const std::vector<Row> rows = some_rows();
  std::vector<const Row*> pointers;
  for (const Row& row : rows) pointers.push_back(&row);
  std::vector<std::string> result;
  for (const Row* row : arrange(query, pointers)) result.push_back(row->key.id);
  return result;
}

Query all() { return {.table = &cities()}; }

std::vector<std::string> matching(const Condition& condition) {
  Query query = all();
  query.conditions = {condition};
  EXPECT_TRUE(check(query).has_value()) << to_string(check(query).error());
  std::vector<Row> rows;
  for (Row& row : some_rows()) {
    if (matches(query, row)) rows.push_back(row);
  }
  return ids(rows);
}

TEST(Query, compares_a_column_with_a_value) {
  const std::size_t people = at("people");
  const Cell number = std::int64_t{800};
  EXPECT_THAT(matching({people, Comparison::equal, {number}}), ElementsAre("SF", "AL"));
  EXPECT_THAT(matching({people, Comparison::not_equal, {number}}), ElementsAre("LA", "DC", "NY"));
  EXPECT_THAT(matching({people, Comparison::less, {number}}), ElementsAre("DC"));
  EXPECT_THAT(matching({people, Comparison::less_equal, {number}}), ElementsAre("SF", "DC", "AL"));
  EXPECT_THAT(matching({people, Comparison::greater, {number}}), ElementsAre("LA", "NY"));
  EXPECT_THAT(matching({people, Comparison::greater_equal, {number}}), ElementsAre("SF", "LA", "NY", "AL"));
  EXPECT_THAT(matching({people, Comparison::in, {number, std::int64_t{700}}}), ElementsAre("SF", "DC", "AL"));
  EXPECT_THAT(matching({people, Comparison::in, {}}), IsEmpty());
}

TEST(Query, lets_null_equal_null_only) {
  const std::size_t state = at("state");
  EXPECT_THAT(matching({state, Comparison::equal, {Cell()}}), ElementsAre("DC", "AL"));
  EXPECT_THAT(matching({state, Comparison::not_equal, {Cell()}}), ElementsAre("SF", "LA", "NY"));
  EXPECT_THAT(matching({state, Comparison::not_equal, {text("CA")}}), ElementsAre("DC", "NY", "AL"));
  for (const Comparison comparison : {Comparison::less, Comparison::greater_equal, Comparison::in}) {
    EXPECT_THAT(matching({state, comparison, {text("A")}}),
                ::testing::Not(::testing::AnyOf(::testing::Contains("DC"), ::testing::Contains("AL"))));
  }
}

TEST(Query, asks_for_the_id) {
  EXPECT_THAT(matching({Table::kId, Comparison::in, {text("NY"), text("none")}}), ElementsAre("NY"));
  EXPECT_THAT(matching({Table::kId, Comparison::less, {text("LA")}}), ElementsAre("DC", "AL"));
}

TEST(Query, asks_lists_for_an_element) {
  City object = city("x", "X");
  object.regions = {"west", "south"};
  object.codes = {415};
  const Row row = row_of(object);
  const auto has = [&](std::string_view column, Cell wanted) {
    Query query = all();
    query.conditions = {{at(column), Comparison::contains, {std::move(wanted)}}};
    EXPECT_TRUE(check(query).has_value());
    return matches(query, row);
  };
  EXPECT_TRUE(has("regions", text("south")));
  EXPECT_FALSE(has("regions", text("sou")));
  EXPECT_TRUE(has("codes", std::int64_t{415}));
  EXPECT_FALSE(has("codes", std::int64_t{41}));
}

TEST(Query, keeps_to_a_collection_unless_it_asks_a_group) {
  const Row inside = row_of(city("x", "X"), "users/a");
  Query query = all();
  EXPECT_FALSE(matches(query, inside));
  query.parent = "users/a";
  EXPECT_TRUE(matches(query, inside));
  query.parent = std::nullopt;
  EXPECT_TRUE(matches(query, inside));
}

TEST(Query, keeps_to_the_variants_it_names) {
  const Row row = row_of(city("x", "X"));
  Query query = all();
  query.obj_types = {"Town", "City"};
  EXPECT_TRUE(matches(query, row));
  query.obj_types = {"Town"};
  EXPECT_FALSE(matches(query, row));
}

TEST(Query, orders_by_columns_then_by_id) {
  Query query = all();
  EXPECT_THAT(arranged_ids(query), ElementsAre("AL", "DC", "LA", "NY", "SF"));
  query.orders = {{at("people"), false}};
  EXPECT_THAT(arranged_ids(query), ElementsAre("DC", "AL", "SF", "LA", "NY"));
  query.orders = {{at("people"), true}};
  EXPECT_THAT(arranged_ids(query), ElementsAre("NY", "LA", "AL", "SF", "DC"));
  query.orders = {{at("state"), false}, {Table::kId, true}};
  EXPECT_THAT(arranged_ids(query), ElementsAre("DC", "AL", "SF", "LA", "NY")) << "nulls first";
  query.orders = {{at("state"), true}};
  EXPECT_THAT(arranged_ids(query), ElementsAre("NY", "LA", "SF", "AL", "DC")) << "nulls last";
}

TEST(Query, skips_and_stops) {
  Query query = all();
  query.offset = 1;
  query.limit = 2;
  EXPECT_THAT(arranged_ids(query), ElementsAre("DC", "LA"));
  query.offset = 9;
  EXPECT_THAT(arranged_ids(query), IsEmpty());
  query.offset = 0;
  query.limit = 0;
  EXPECT_THAT(arranged_ids(query), IsEmpty());
}

TEST(Query, begins_and_ends_at_cursors) {
  Query query = all();
  query.orders = {{at("people"), false}};
  const auto between = [&](std::optional<Cursor> start, std::optional<Cursor> end) {
    query.start = std::move(start);
    query.end = std::move(end);
    EXPECT_TRUE(check(query).has_value()) << to_string(check(query).error());
    return arranged_ids(query);
  };
  const Cell number = std::int64_t{800};
  EXPECT_THAT(between(Cursor{.cells = {number}}, {}), ElementsAre("AL", "SF", "LA", "NY"));
  EXPECT_THAT(between(Cursor{.cells = {number}, .inclusive = false}, {}), ElementsAre("LA", "NY"));
  EXPECT_THAT(between({}, Cursor{.cells = {number}}), ElementsAre("DC", "AL", "SF"));
  EXPECT_THAT(between({}, Cursor{.cells = {number}, .inclusive = false}), ElementsAre("DC"));
  EXPECT_THAT(between(Cursor{.cells = {number}, .key = Key{"", "AL"}, .inclusive = false}, {}),
              ElementsAre("SF", "LA", "NY"));
  EXPECT_THAT(between(Cursor{.cells = {number}, .key = Key{"", "B"}}, Cursor{.cells = {std::int64_t{3900}}}),
              ElementsAre("SF", "LA"));
  query.orders = {{at("people"), true}};
  EXPECT_THAT(between(Cursor{.cells = {number}}, {}), ElementsAre("AL", "SF", "DC"));
  query.orders = {{at("state"), false}};
  EXPECT_THAT(between(Cursor{.cells = {Cell()}, .inclusive = false}, {}), ElementsAre("LA", "SF", "NY"));
}

TEST(Query, begins_at_a_key_where_it_has_no_orders) {
  Query query = all();
  query.start = Cursor{.key = Key{"", "DC"}, .inclusive = false};
  ASSERT_TRUE(check(query).has_value());
  EXPECT_THAT(arranged_ids(query), ElementsAre("LA", "NY", "SF"));
}

TEST(Query, with_many_values_is_matched_quickly) {
  Query query = all();
  Condition condition{.column = Table::kId, .comparison = Comparison::in};
  for (std::size_t i = 0; i < Query::kOperandsMax; ++i) condition.operands.emplace_back(std::to_string(i));
  query.conditions = {condition};
  ASSERT_TRUE(check(query).has_value());
  const Matcher matcher(query);
  std::size_t found = 0;
  for (int i = 0; i < 10'000; ++i) found += matcher(row_of(city(std::to_string(i * 20), "x"))) ? 1 : 0;
  EXPECT_EQ(found, 5'000U);
}

std::string refusal(const Query& query) {
  const auto ok = check(query);
  return ok ? "no refusal" : to_string(ok.error());
}

std::string refusal(const Condition& condition) {
  Query query = all();
  query.conditions = {condition};
  return refusal(query);
}

TEST(Query, is_refused_where_operands_do_not_fit) {
  using enum Comparison;
  EXPECT_THAT(refusal(Condition{at("people"), equal, {text("x")}}),
              HasSubstr("'City.people' is compared with a text and keeps an integer"));
  EXPECT_THAT(refusal(Condition{at("people"), less, {Cell()}}), HasSubstr("null"));
  EXPECT_THAT(refusal(Condition{at("state"), in, {Cell()}}), HasSubstr("null"));
  EXPECT_THAT(refusal(Condition{at("people"), equal, {}}), HasSubstr("0 values"));
  EXPECT_THAT(refusal(Condition{at("area"), less, {Cell(std::nan(""))}}), HasSubstr("NaN"));
  EXPECT_THAT(refusal(Condition{at("name"), equal, {text("\xff")}}), HasSubstr("UTF-8"));
  EXPECT_THAT(refusal(Condition{at("name"), in, Cells(Query::kOperandsMax + 1, text("x"))}), HasSubstr("too many"));
  EXPECT_THAT(refusal(Condition{99, equal, {text("x")}}), HasSubstr("not there"));
  EXPECT_THAT(refusal(Condition{at("name"), contains, {text("x")}}), HasSubstr("'City.name' is no list"));
  EXPECT_THAT(refusal(Condition{at("mayor"), equal, {Cell(Json{"{}"})}}), HasSubstr("JSON"));
  EXPECT_EQ(refusal(Condition{at("mayor"), equal, {Cell()}}), "no refusal");
  EXPECT_THAT(refusal(Condition{at("codes"), contains, {text("x")}}), HasSubstr("keeps an integer"));
  EXPECT_THAT(refusal(Query()), HasSubstr("no table"));
}

TEST(Query, is_refused_where_orders_and_cursors_do_not_fit) {
  Query query = all();
  query.orders = {{at("regions"), false}};
  EXPECT_THAT(refusal(query), HasSubstr("'City.regions' is kept as JSON"));
  query.orders = {{at("name"), false}};
  query.start = Cursor{};
  EXPECT_THAT(refusal(query), HasSubstr("is empty"));
  query.start = Cursor{.key = Key{"", "x"}};
  EXPECT_THAT(refusal(query), HasSubstr("not all values"));
  query.start = Cursor{.cells = {text("a"), text("b")}};
  EXPECT_THAT(refusal(query), HasSubstr("more values"));
  query.start = Cursor{.cells = {std::int64_t{1}}};
  EXPECT_THAT(refusal(query), HasSubstr("'City.name' is compared with an integer"));
}

}  // namespace
}  // namespace freshet::store
