// SPDX-License-Identifier: MIT
#include "freshet/stream/rows.hpp"

#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/model/type_of.hpp"

namespace freshet::stream {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

template <class Key> struct Row {
  Key key;
  std::vector<double> values;
};

template <class Key> std::string write(const std::vector<Row<Key>>& rows, RowFaults& faults) {
  std::string out = "data: ";
  RowWriter writer(type_of<Key>(), type_of<double>(), out, faults);
  for (const auto& row : rows) {
    writer.begin_row(&row.key);
    for (const double& value : row.values) writer.value(&value);
    writer.end_row();
  }
  writer.finish();
  return out;
}

TEST(Rows, are_lists_of_a_key_and_its_values) {
  RowFaults faults;
  EXPECT_EQ(write<std::string>({}, faults), "data: []");
  EXPECT_EQ(write<std::string>({{"a", {1}}, {"", {0, 2.5}}, {"gone", {}}}, faults),
            R"(data: [["a",[1]],["",[0,2.5]],["gone",[]]])");
  EXPECT_EQ(write<std::int64_t>({{0, {0}}}, faults), "data: [[0,[0]]]");
  EXPECT_TRUE(faults.take_news().empty());
}

TEST(Rows, one_that_json_cannot_express_has_no_values_and_the_others_are_whole) {
  RowFaults faults;
  EXPECT_EQ(write<std::string>({{"a", {1}}, {"b", {2, kNan, 3}}, {"c", {kNan}}, {"d", {4}}}, faults),
            R"(data: [["a",[1]],["b",[]],["c",[]],["d",[4]]])");
  EXPECT_EQ(faults.standing().size(), 2u);
  const auto news = faults.take_news();
  ASSERT_EQ(news.size(), 2u);
  EXPECT_EQ(news[0].key, "b");
  EXPECT_NE(news[0].message, "");
  EXPECT_TRUE(faults.take_news().empty());
}

TEST(Rows, one_whose_key_json_cannot_express_is_left_out) {
  RowFaults faults;
  EXPECT_EQ(write<double>({{kNan, {1}}, {1, {1}}, {kNan, {2}}, {2.5, {kNan}}}, faults), "data: [[1,[1]],[2.5,[]]]");
  EXPECT_EQ(faults.standing().count("null"), 1u);
  EXPECT_EQ(faults.standing().count("2.5"), 1u);
}

TEST(Rows, a_fault_is_told_once_and_heals_when_the_row_can_be_written_or_is_gone) {
  RowFaults faults;
  write<std::string>({{"a", {kNan}}, {"b", {kNan}}}, faults);
  faults.take_news();
  write<std::string>({{"a", {kNan}}}, faults);
  EXPECT_TRUE(faults.take_news().empty());
  write<std::string>({{"a", {1}}, {"b", {}}}, faults);
  const auto news = faults.take_news();
  ASSERT_EQ(news.size(), 2u);
  EXPECT_EQ(news[0].key, "a");
  EXPECT_EQ(news[0].message, "");
  EXPECT_TRUE(faults.empty());
}

TEST(Rows, know_where_each_of_them_is_and_its_key) {
  RowFaults faults;
  std::string out = "data: ";
  std::vector<ItemAt> items;
  RowWriter writer(type_of<double>(), type_of<double>(), out, faults, &items);
  for (const double key : {1.5, kNan, 3.0}) {
    writer.begin_row(&key);
    writer.value(&key);
    writer.value(&key);
    writer.end_row();
  }
  writer.raw_row("[4,[]]");
  writer.finish();
  EXPECT_EQ(out, "data: [[1.5,[1.5,1.5]],[3,[3,3]],[4,[]]]");
  ASSERT_EQ(items.size(), 4u);
  const auto text = [&](const ItemAt& item) { return out.substr(item.begin, item.size); };
  EXPECT_EQ(text(items[0]), "[1.5,[1.5,1.5]]");
  EXPECT_EQ(out.substr(items[0].begin + 1, items[0].key_size), "1.5");
  EXPECT_EQ(text(items[1]), "");  // in its place, so that items and keys go together
  EXPECT_EQ(text(items[2]), "[3,[3,3]]");
  EXPECT_EQ(out.substr(items[2].begin + 1, items[2].key_size), "3");
  EXPECT_EQ(text(items[3]), "[4,[]]");
}

}  // namespace
}  // namespace freshet::stream
