// SPDX-License-Identifier: MIT
#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/model/record.hpp"
#include "freshet/model/testing/models.hpp"
#include "freshet/store/row.hpp"
#include "freshet/store/table.hpp"
#include "freshet/store/testing/city.hpp"

namespace freshet::store {
namespace {

using testing::City;
using testing::Counter;
using ::testing::HasSubstr;
using testing::Size;

const Table& cities() { return table_of<City>(); }
Cell cell_of(const City& city, std::string_view column) {
  return to_cells(cities(), cities().variants.front(), &city).value()[cities().find(column)];
}
Result<void> fill(City& city, const Cells& cells) {
  return from_cells(cities(), cities().variants.front(), city.id, cells, &city);
}

City full() {
  City city = testing::city("SF", "San Francisco");
  city.people = std::numeric_limits<std::int64_t>::max();
  city.area = 121.4;
  city.size = Size::large;
  city.founded = Timestamp(std::chrono::microseconds(-6106060799999999));
  city.state = "CA";
  city.metro_lines = 0;
  city.regions = {"west_coast", "norcal", "東"};
  city.codes = {415, -1};
  city.scores = {{"food", 9}};
  city.mayor = testing::Mayor{.name = "Someone \"quoted\"", .since = 2025};
  city.notes = Value(Value::Object{{"a", Value(Value::List{Value(1), Value(2.0), Value()})}});
  return city;
}

TEST(Cells, keep_an_object_and_give_it_back) {
  for (const City& city : {full(), testing::city("x", "")}) {
    const auto cells = to_cells(cities(), cities().variants.front(), &city);
    ASSERT_TRUE(cells.has_value()) << to_string(cells.error());
    City back;
    back.id = city.id;
    const auto filled = fill(back, *cells);
    ASSERT_TRUE(filled.has_value()) << to_string(filled.error());
    EXPECT_EQ(back, city);
  }
}

TEST(Cells, are_of_the_kind_of_their_column) {
  const City city = full();
  EXPECT_EQ(cell_of(city, "name"), Cell(std::string("San Francisco")));
  EXPECT_EQ(cell_of(city, "capital"), Cell(false));
  EXPECT_EQ(cell_of(city, "people"), Cell(city.people));
  EXPECT_EQ(cell_of(city, "size"), Cell(std::string("large")));
  EXPECT_EQ(cell_of(city, "founded"), Cell(city.founded));
  EXPECT_EQ(cell_of(city, "state"), Cell(std::string("CA")));
  EXPECT_EQ(cell_of(city, "regions"), Cell(Json{R"(["west_coast","norcal","東"])"}));
  EXPECT_EQ(cell_of(City(), "state"), Cell());
  EXPECT_EQ(cell_of(City(), "mayor"), Cell());
  EXPECT_EQ(cell_of(City(), "notes"), Cell(Json{"null"})) << "a Value that is null is a value";
}

TEST(Cells, take_their_id_from_the_key_field) {
  const Counter counter{.id = -7, .count = 3};
  const Table& table = table_of<Counter>();
  EXPECT_EQ(id_of(table.variants.front(), &counter), "-7");
  Counter back;
  ASSERT_TRUE(from_cells(table, table.variants.front(), "-7", {Cell(std::int64_t{3})}, &back).has_value());
  EXPECT_EQ(back, counter);
  const auto wrong = from_cells(table, table.variants.front(), "seven", {Cell(std::int64_t{3})}, &back);
  ASSERT_FALSE(wrong.has_value());
  EXPECT_EQ(wrong.error().path, "$.id");
}

struct Unsigned : Record {
  std::string id;
  std::uint64_t large = 0;
  std::uint8_t small = 0;
  float ratio = 0;
  void describe(Describer& d) {
    d.name("Unsigned");
    d.key("id", id);
    d.field("large", large);
    d.field("small", small);
    d.field("ratio", ratio);
  }
};

TEST(Cells, refuse_integers_that_no_store_keeps) {
  const Table& table = table_of<Unsigned>();
  Unsigned object;
  object.large = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  EXPECT_TRUE(to_cells(table, table.variants.front(), &object).has_value());
  ++object.large;
  const auto cells = to_cells(table, table.variants.front(), &object);
  ASSERT_FALSE(cells.has_value());
  EXPECT_EQ(cells.error().code, ErrorCode::out_of_range);
  EXPECT_EQ(cells.error().path, "$.large");
  EXPECT_THAT(to_string(cells.error()), HasSubstr("9223372036854775808"));
}

TEST(Cells, refuse_what_does_not_fit_the_member) {
  const Table& table = table_of<Unsigned>();
  Unsigned object;
  const auto fill_with = [&](Cell large, Cell small, Cell ratio) {
    return from_cells(table, table.variants.front(), "x", {std::move(large), std::move(small), std::move(ratio)},
                      &object);
  };
  const Cell zero = std::int64_t{0};
  EXPECT_TRUE(fill_with(zero, std::int64_t{255}, 0.5).has_value());
  EXPECT_EQ(fill_with(std::int64_t{-1}, zero, 0.0).error().path, "$.large");
  EXPECT_EQ(fill_with(zero, std::int64_t{256}, 0.0).error().path, "$.small");
  EXPECT_EQ(fill_with(zero, zero, 1e300).error().path, "$.ratio");
  EXPECT_EQ(fill_with(zero, Cell(), 0.0).error().path, "$.small");
  EXPECT_THAT(fill_with(zero, zero, std::string("x")).error().primary, HasSubstr("a text"));
}

TEST(Cells, refuse_text_that_no_store_keeps_wherever_it_stands) {
  const std::string with_nul("a\0b", 3);
  City city = testing::city("x", with_nul);
  const auto path_of_error = [&] {
    const auto cells = to_cells(cities(), cities().variants.front(), &city);
    return cells ? "no error" : cells.error().path;
  };
  EXPECT_EQ(path_of_error(), "$.name");
  city.name = "\xc3";
  EXPECT_EQ(path_of_error(), "$.name");
  city.name = "ok";
  city.regions = {"ok", with_nul};
  EXPECT_EQ(path_of_error(), "$.regions[1]");
  city.regions = {"\xff"};
  EXPECT_EQ(path_of_error(), "$.regions[0]") << "JSON would replace it";
  city.regions.clear();
  city.scores = {{with_nul, 1}};
  EXPECT_EQ(path_of_error(), "$.scores");
  city.scores.clear();
  city.mayor = testing::Mayor{.name = with_nul};
  EXPECT_EQ(path_of_error(), "$.mayor.name");
  city.mayor.reset();
  city.notes = Value(Value::Object{{"b", Value(Value::List{Value(1), Value(with_nul)})}});
  EXPECT_EQ(path_of_error(), "$.notes.b[1]");
  city.notes = Value(with_nul);
  EXPECT_EQ(path_of_error(), "$.notes");
  city.notes = Value();
  EXPECT_EQ(path_of_error(), "no error");
}

TEST(Cells, refuse_what_is_no_number_no_name_and_no_year) {
  const auto error_of = [](const City& city) {
    const auto cells = to_cells(cities(), cities().variants.front(), &city);
    return cells ? std::string("no error") : to_string(cells.error());
  };
  City city;
  city.area = std::nan("");
  EXPECT_THAT(error_of(city), HasSubstr("$.area"));
  city.area = std::numeric_limits<double>::infinity();
  EXPECT_EQ(error_of(city), "no error");
  city.size = static_cast<Size>(9);
  EXPECT_THAT(error_of(city), HasSubstr("$.size"));
  city.size = Size::small;
  city.founded = Timestamp::max();
  EXPECT_THAT(error_of(city), HasSubstr("$.founded"));
  city.founded = Timestamp(std::chrono::sys_days(std::chrono::year(10000) / 1 / 1));
  EXPECT_THAT(error_of(city), HasSubstr("0000 to 9999"));
  city.founded -= std::chrono::microseconds(1);
  EXPECT_EQ(error_of(city), "no error");
}

TEST(Cells, refuse_json_that_is_another_thing) {
  City city = testing::city("x", "X");
  Cells cells = to_cells(cities(), cities().variants.front(), &city).value();
  cells[cities().find("mayor")] = Json{R"({"name": "M", "since": "long"})"};
  EXPECT_EQ(fill(city, cells).error().path, "$.mayor.since");
  cells[cities().find("mayor")] = Json{R"({"name": "M", "since": 1, "later": true})"};
  EXPECT_TRUE(fill(city, cells).has_value()) << "members that another version of the program knows are passed over";
  cells[cities().find("regions")] = Json{"[1"};
  EXPECT_THAT(fill(city, cells).error().path, HasSubstr("$.regions"));
  cells[cities().find("regions")] = Cell();
  EXPECT_EQ(fill(city, cells).error().path, "$.regions");
}

using samples::Classic;
using samples::Meta;

template <class Face> class CellsOf : public ::testing::Test {};
using Faces = ::testing::Types<Meta, Classic>;
TYPED_TEST_SUITE(CellsOf, Faces);

template <class T> Row row_of(const T& object) {
  const Table& table = table_of<T>();
  const Stored stored = stored_form(table, type_of<T>(), &object);
  Row row{.key = {.id = id_of(*stored.variant, stored.object)}, .obj_type = stored.variant->name};
  row.cells = to_cells(table, *stored.variant, stored.object).value();
  return row;
}

template <class T> std::optional<T> object_in(const Row& row) {
  T object{};
  const auto is_one = from_row(table_of<T>(), row, type_of<T>(), &object);
  EXPECT_TRUE(is_one.has_value()) << to_string(is_one.error());
  return is_one.value_or(false) ? std::optional(object) : std::nullopt;
}

TYPED_TEST(CellsOf, a_poly_are_those_of_its_class) {
  using City_ = typename TypeParam::City;
  using StandardCity = typename TypeParam::StandardCity;
  StandardCity la;
  la.id = "LA";
  la.name = "Los Angeles";
  la.state = "CA";
  la.regions = {"west_coast", "socal"};
  const Row row = row_of(Poly<City_>(la));
  EXPECT_EQ(row.obj_type, "StandardCity");
  EXPECT_EQ(row.key.id, "LA");
  const auto poly = object_in<Poly<City_>>(row);
  ASSERT_NE(poly->template as<StandardCity>(), nullptr);
  EXPECT_EQ(poly->template as<StandardCity>()->regions, la.regions);
  EXPECT_EQ(object_in<StandardCity>(row)->state, "CA");
  EXPECT_EQ(object_in<City_>(row)->name, "Los Angeles") << "what is a City in it";
  EXPECT_FALSE(object_in<typename TypeParam::Municipality>(row).has_value());
  EXPECT_FALSE(object_in<Poly<typename TypeParam::Municipality>>(row).has_value());
}

TYPED_TEST(CellsOf, another_class_are_null_and_give_defaults) {
  using City_ = typename TypeParam::City;
  City_ plain;
  plain.id = "X";
  Row row = row_of(plain);
  const Table& table = table_of<City_>();
  EXPECT_TRUE(is_null(row.cells[table.find("state")]));
  row.obj_type = "StandardCity";
  EXPECT_EQ(object_in<typename TypeParam::StandardCity>(row)->state, "");
  row.obj_type = "Hamlet";
  City_ filled;
  const auto unknown = from_row(table, row, type_of<City_>(), &filled);
  ASSERT_FALSE(unknown.has_value());
  EXPECT_THAT(to_string(unknown.error()), HasSubstr("'Hamlet'"));
}

TYPED_TEST(CellsOf, relations_are_ids_and_value_objects_are_whole) {
  typename TypeParam::Article article;
  article.id = "a";
  article.category = Ref<typename TypeParam::Category>("c");
  article.authors = {Ref<typename TypeParam::User>("u1"), Ref<typename TypeParam::User>("u2")};
  article.parts = {{"first", Nested<typename TypeParam::Article>("b")}};
  article.hotline.emplace();
  article.hotline->country = "86";
  article.hotline->number = "132";
  const Row row = row_of(article);
  const Table& table = table_of<typename TypeParam::Article>();
  EXPECT_EQ(row.cells[table.find("category")], Cell(std::string("c")));
  EXPECT_EQ(row.cells[table.find("authors")], Cell(Json{R"(["u1","u2"])"}));
  EXPECT_EQ(row.cells[table.find("parts")], Cell(Json{R"({"first":"b"})"}));
  const auto back = object_in<typename TypeParam::Article>(row);
  EXPECT_EQ(back->category, article.category);
  EXPECT_EQ(back->authors, article.authors);
  EXPECT_EQ(back->parts, article.parts);
  EXPECT_EQ(back->hotline->number, "132");
}

TYPED_TEST(CellsOf, a_model_with_unknown_members_keep_them) {
  typename TypeParam::Post post;
  post.id = "p";
  post.tags = {"b", "a"};
  post.rest["hello"] = Value("world");
  const Row row = row_of(post);
  const auto back = object_in<typename TypeParam::Post>(row);
  EXPECT_EQ(back->tags, post.tags);
  EXPECT_EQ(back->rest, post.rest);
}

}  // namespace
}  // namespace freshet::store
