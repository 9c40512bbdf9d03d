// SPDX-License-Identifier: MIT
#include "freshet/model/value.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "freshet/model/compare.hpp"

namespace freshet {
namespace {

// [value]
TEST(Value, is_built_like_the_document_it_stands_for) {
  Value value;
  value["sensor"] = "office";
  value["limits"].append(1);
  value["limits"].append(2.5);
  const Value same = Value::Object{{"limits", Value::List{1, 2.5}}, {"sensor", "office"}};
  EXPECT_EQ(value, same);
  ASSERT_NE(value.find("sensor"), nullptr);
  EXPECT_EQ(*value.find("sensor")->if_string(), "office");
}
// [value]

TEST(Value, keeps_64_bit_integers_exactly) {
  const Value largest = std::numeric_limits<std::uint64_t>::max();
  ASSERT_NE(largest.if_natural(), nullptr);
  EXPECT_EQ(*largest.if_natural(), std::numeric_limits<std::uint64_t>::max());
  const Value smallest = std::numeric_limits<std::int64_t>::min();
  EXPECT_EQ(*smallest.if_integer(), std::numeric_limits<std::int64_t>::min());
  EXPECT_NE(Value(9007199254740993), Value(9007199254740992));
}

TEST(Value, has_one_form_for_each_integer) {
  EXPECT_EQ(Value(7U), Value(7));
  EXPECT_EQ(Value(std::uint64_t{7}).kind(), Value::Kind::integer);
  EXPECT_EQ(std::hash<Value>()(Value(7U)), std::hash<Value>()(Value(std::int8_t{7})));
}

TEST(Value, tells_kinds_apart) {
  EXPECT_NE(Value(1), Value(1.0));
  EXPECT_NE(Value(0), Value(false));
  EXPECT_NE(Value(""), Value());
  EXPECT_NE(Value(Value::List()), Value(Value::Object()));
  EXPECT_TRUE(Value(nullptr).is_null());
  EXPECT_EQ(Value("text").kind(), Value::Kind::string);
  EXPECT_EQ(Value(true).kind(), Value::Kind::boolean);
}

TEST(Value, orders_by_kind_and_then_by_value) {
  EXPECT_LT(Value(), Value(false));
  EXPECT_LT(Value(false), Value(true));
  EXPECT_LT(Value(-1), Value(0));
  EXPECT_LT(Value(std::numeric_limits<std::int64_t>::max()), Value(std::numeric_limits<std::uint64_t>::max()));
  EXPECT_LT(Value(Value::List{1}), Value(Value::List{1, 0}));
  EXPECT_EQ(Value(std::nan("")), Value(std::nan("")));
}

TEST(Value, does_not_care_in_which_order_members_came) {
  Value left;
  left["a"] = 1;
  left["b"] = 2;
  Value right;
  right["b"] = 2;
  right["a"] = 1;
  EXPECT_EQ(left, right);
  EXPECT_EQ(hash_of(left), hash_of(right));
}

TEST(Value, has_no_members_unless_it_is_an_object) {
  EXPECT_EQ(Value(3).find("a"), nullptr);
  EXPECT_EQ(Value(Value::Object()).find("a"), nullptr);
  EXPECT_EQ(Value("x").if_list(), nullptr);
}

TEST(ValueDeathTest, refuses_members_of_what_is_no_object) {
  Value number = 3;
  EXPECT_DEATH(number["a"], "assertion failed");
  EXPECT_DEATH(number.append(1), "assertion failed");
}

}  // namespace
}  // namespace freshet
