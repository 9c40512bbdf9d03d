// SPDX-License-Identifier: MIT
#include <chrono>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "freshet/codec/json.hpp"
#include "freshet/codec/testing/everything.hpp"

namespace freshet::codec {
namespace {

using testing::Everything;
using testing::Level;
using testing::Limits;

template <class T> std::string text_of(const T& value) {
  const auto text = to_json(value);
  return text ? *text : to_string(text.error());
}

TEST(JsonEncode, writes_a_record_with_its_fields_in_order) {
  // [to_json]
  const Result<std::string> text = to_json(Limits{.low = -1.5, .high = 40});
  EXPECT_EQ(text, R"({"low":-1.5,"high":40})");
  // [to_json]
}

TEST(JsonEncode, writes_every_kind_of_type) {
  const Everything object{
      .name = "a\"b",
      .flag = false,
      .numbers = {-128, 255, -32768, 65535, -2147483648, 4294967295, std::numeric_limits<std::int64_t>::min(),
                  std::numeric_limits<std::uint64_t>::max(), 0.1F, 0.1},
      .at = Timestamp(std::chrono::seconds(1)),
      .level = Level::high,
      .maybe = 7,
      .note = std::nullopt,
      .limits = {{.low = 1, .high = 2}},
      .matrix = {{}, {1, 2.5}},
      .by_name = {{"z", {}}, {"a b", {.low = 3}}},
      .by_number = {{10, "ten"}, {-2, "minus two"}, {9, "nine"}},
      .by_level = {{Level::high, {}}, {Level::normal, {1}}},
      .any = Value::Object{{"z", Value::List{1, "x", nullptr, true}}, {"a", Value::Object{}}},
      .children = {{.name = "child"}},
  };
  EXPECT_EQ(
      text_of(object),
      R"({"name":"a\"b","flag":false,"numbers":{"i8":-128,"u8":255,"i16":-32768,"u16":65535,"i32":-2147483648,)"
      R"("u32":4294967295,"i64":-9223372036854775808,"u64":18446744073709551615,"f32":0.1,"f64":0.1},)"
      R"("at":"1970-01-01T00:00:01.000000Z","level":"high","maybe":7,"note":null,"limits":[{"low":1,"high":2}],)"
      R"("matrix":[[],[1,2.5]],"by_name":{"a b":{"low":3,"high":100},"z":{"low":0,"high":100}},)"
      R"("by_number":{"-2":"minus two","9":"nine","10":"ten"},"by_level":{"normal":[1],"high":[]},)"
      R"("any":{"a":{},"z":[1,"x",null,true]},"children":[{"name":"child","flag":true,"numbers":{"i8":0,"u8":0,)"
      R"("i16":0,"u16":0,"i32":0,"u32":0,"i64":0,"u64":0,"f32":0,"f64":0},"at":"1970-01-01T00:00:00.000000Z",)"
      R"("level":"normal","maybe":5,"note":null,"limits":[],"matrix":[],"by_name":{},"by_number":{},"by_level":{},)"
      R"("any":null,"children":[]}]})");
}

TEST(JsonEncode, writes_values_that_stand_alone) {
  EXPECT_EQ(text_of(0), "0");
  EXPECT_EQ(text_of(false), "false");
  EXPECT_EQ(text_of(std::string()), R"("")");
  EXPECT_EQ(text_of(std::optional<int>()), "null");
  EXPECT_EQ(text_of(std::vector<int>()), "[]");
  EXPECT_EQ(text_of(std::map<std::string, int>()), "{}");
  EXPECT_EQ(text_of(Level::low), R"("low")");
  EXPECT_EQ(text_of(Value()), "null");
}

TEST(JsonEncode, marks_whole_real_numbers_of_a_dynamic_value_only) {
  EXPECT_EQ(text_of(21.0), "21");
  EXPECT_EQ(text_of(Value(21.0)), "21.0");
  EXPECT_EQ(text_of(Value(21)), "21");
  EXPECT_EQ(text_of(Value(-0.5)), "-0.5");
  EXPECT_EQ(text_of(Value(1e21)), "1e+21");
  EXPECT_EQ(text_of(Value(1e20)), "100000000000000000000.0");
  EXPECT_EQ(text_of(Value(std::numeric_limits<std::uint64_t>::max())), "18446744073709551615");
}

TEST(JsonEncode, gives_equal_values_equal_bytes) {
  EXPECT_EQ(text_of(0.0), text_of(-0.0));
  const Value one = Value::Object{{"a", 1}, {"b", 2}};
  Value other;
  other["b"] = 2;
  other["a"] = 1;
  EXPECT_EQ(text_of(one), text_of(other));
}

TEST(JsonEncode, appends_to_what_is_there) {
  std::string out = "data: ";
  const int number = 7;
  ASSERT_TRUE(encode_json(type_of<int>(), &number, out));
  EXPECT_EQ(out, "data: 7");
}

TEST(JsonEncode, replaces_what_is_not_utf8_in_a_string_and_refuses_it_in_a_key) {
  EXPECT_EQ(text_of(std::string("a\xFFz")), "\"a\uFFFDz\"");
  EXPECT_EQ(text_of(std::map<std::string, int>{{"a\xFF", 1}}), "$: map key is not UTF-8");
  EXPECT_EQ(text_of(Value(Value::Object{{"a\xFF", 1}})), "$: name is not UTF-8");
}

TEST(JsonEncode, refuses_what_json_cannot_say_and_names_its_path) {
  const double nan = std::nan("");
  EXPECT_EQ(text_of(nan), "$: number is not finite");
  EXPECT_EQ(text_of(std::numeric_limits<float>::infinity()), "$: number is not finite");
  EXPECT_EQ(text_of(Everything{.limits = {{}, {.low = nan}}}), "$.limits[1].low: number is not finite");
  EXPECT_EQ(text_of(Everything{.matrix = {{}, {1, nan}}}), "$.matrix[1][1]: number is not finite");
  EXPECT_EQ(text_of(Everything{.by_name = {{"a b", {.high = nan}}}}), R"($.by_name["a b"].high: number is not finite)");
  EXPECT_EQ(text_of(Everything{.any = Value::Object{{"x", Value::List{nan}}}}), "$.any.x[0]: number is not finite");
  EXPECT_EQ(text_of(Everything{.at = Timestamp::max()}), "$.at: year is not in 0000 to 9999");
  EXPECT_EQ(text_of(Everything{.level = static_cast<Level>(9)}), "$.level: enum value has no name");
  EXPECT_EQ(text_of(Everything{.by_level = {{static_cast<Level>(9), {}}}}), "$.by_level: enum value has no name");
}

TEST(JsonEncode, leaves_the_text_as_it_was_after_an_error) {
  std::string out = "before";
  const std::vector<double> numbers{1, 2, std::nan("")};
  EXPECT_FALSE(encode_json(type_of<std::vector<double>>(), &numbers, out));
  EXPECT_EQ(out, "before");
}

TEST(JsonEncode, refuses_nesting_without_end) {
  Value deep;
  for (int i = 0; i < 64; ++i) deep = Value(Value::List{std::move(deep)});
  EXPECT_TRUE(to_json(deep));
  EXPECT_TRUE(from_json<Value>(*to_json(deep)));
  deep = Value(Value::List{std::move(deep)});
  EXPECT_EQ(to_json(deep).error().code, ErrorCode::too_large);
  EXPECT_EQ(to_json(deep).error().primary, "nested too deeply");
}

}  // namespace
}  // namespace freshet::codec
