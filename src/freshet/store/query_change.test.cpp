// SPDX-License-Identifier: MIT
#include "freshet/store/query_change.hpp"

#include <gtest/gtest.h>

#include "freshet/store/testing/city.hpp"

namespace freshet::store {
namespace {

using testing::City;
using testing::city;

std::optional<Row> in_country(const char* country) {
  if (country == nullptr) return std::nullopt;
  const Write write = testing::write_of(WriteKind::set, city("x", "X", country));
  return Row{.key = write.key, .obj_type = write.obj_type, .revision = 1, .cells = write.cells};
}

QueryChange meaning(const char* before, const char* after) {
  const Table& table = table_of<City>();
  Query query{.table = &table};
  query.conditions = {{table.find("country"), Comparison::equal, {Cell(std::string("USA"))}}};
  Change change{.table = &table, .key = {.id = "x"}, .before = in_country(before), .after = in_country(after)};
  return classify(Matcher(query), change);
}

TEST(QueryChange, tells_what_enters_from_what_stays) {
  EXPECT_EQ(meaning(nullptr, "USA"), QueryChange::entered);
  EXPECT_EQ(meaning("Spain", "USA"), QueryChange::entered);
  EXPECT_EQ(meaning("USA", "USA"), QueryChange::updated);
}

TEST(QueryChange, tells_what_leaves_from_what_is_deleted) {
  EXPECT_EQ(meaning("USA", "Spain"), QueryChange::left);
  EXPECT_EQ(meaning("USA", nullptr), QueryChange::removed);
}

TEST(QueryChange, passes_over_what_never_belonged) {
  EXPECT_EQ(meaning("Spain", "Japan"), QueryChange::none);
  EXPECT_EQ(meaning("Spain", nullptr), QueryChange::none);
  EXPECT_EQ(meaning(nullptr, "Spain"), QueryChange::none);
  const Change elsewhere{.table = &table_of<testing::Counter>(), .key = {.id = "1"}};
  EXPECT_EQ(classify(Matcher({.table = &table_of<City>()}), elsewhere), QueryChange::none);
}

}  // namespace
}  // namespace freshet::store
