// SPDX-License-Identifier: MIT
#include <cmath>
#include <limits>
#include <utility>

#include <gtest/gtest.h>

#include "freshet/codec/json.hpp"
#include "freshet/codec/testing/everything.hpp"
#include "freshet/model/record.hpp"

namespace freshet::codec {
namespace {

using testing::Everything;
using testing::Level;
using testing::Limits;
using testing::Numbers;

template <class T> std::string error_of(std::string_view text, const DecodeOptions& options = {}) {
  const auto result = from_json<T>(text, options);
  return result ? "no error: " + to_json(*result).value_or("") : to_string(result.error());
}

// An Everything with what is required and one more member.
std::string with(std::string_view member) {
  return R"({"name":"x","maybe":1,"note":null,)" + std::string(member) + "}";
}

TEST(JsonDecode, reads_a_record) {
  // [from_json]
  const Result<Limits> limits = from_json<Limits>(R"({"low": -1.5, "high": 40})");
  EXPECT_EQ(limits->high, 40);
  EXPECT_EQ(to_string(from_json<Limits>(R"({"low": "cold"})").error()),
            "$.low: expected a number (found a string at byte 8)");
  // [from_json]
}

TEST(JsonDecode, reads_every_kind_of_type) {
  const auto object = from_json<Everything>(
      R"({"name":"a\"b","flag":false,"numbers":{"i8":-128,"u8":255,"i16":-32768,"u16":65535,"i32":-2147483648,
          "u32":4294967295,"i64":-9223372036854775808,"u64":18446744073709551615,"f32":0.1,"f64":0.1},
          "at":"1970-01-01T02:00:01+02:00","level":"high","maybe":7,"note":null,"limits":[{"low":1,"high":2}],
          "matrix":[[],[1,2.5]],"by_name":{"a b":{"low":3},"z":{"low":0}},"by_number":{"-2":"minus two","9":"nine"},
          "by_level":{"normal":[1],"high":[]},"any":{"a":{},"z":[1,2.0,"x",null,true]},
          "children":[{"name":"child","maybe":null,"note":"n"}]})");
  ASSERT_TRUE(object) << to_string(object.error());
  EXPECT_EQ(object->name, "a\"b");
  EXPECT_FALSE(object->flag);
  EXPECT_TRUE(equal(object->numbers,
                    Numbers{-128, 255, -32768, 65535, -2147483648, 4294967295, std::numeric_limits<std::int64_t>::min(),
                            std::numeric_limits<std::uint64_t>::max(), 0.1F, 0.1}));
  EXPECT_EQ(object->at, Timestamp(std::chrono::seconds(1)));
  EXPECT_EQ(object->level, Level::high);
  EXPECT_EQ(object->maybe, 7);
  EXPECT_EQ(object->note, std::nullopt);
  ASSERT_EQ(object->limits.size(), 1U);
  EXPECT_EQ(object->limits[0].high, 2);
  EXPECT_EQ(object->matrix, (std::vector<std::vector<double>>{{}, {1, 2.5}}));
  EXPECT_EQ(object->by_name.at("a b").low, 3);
  EXPECT_EQ(object->by_name.at("a b").high, 100);
  EXPECT_EQ(object->by_number, (std::map<std::int16_t, std::string>{{-2, "minus two"}, {9, "nine"}}));
  EXPECT_EQ(object->by_level, (std::map<Level, std::vector<int>>{{Level::normal, {1}}, {Level::high, {}}}));
  EXPECT_EQ(object->any, Value(Value::Object{{"a", Value::Object()}, {"z", Value::List{1, 2.0, "x", nullptr, true}}}));
  ASSERT_EQ(object->children.size(), 1U);
  EXPECT_EQ(object->children[0].maybe, std::nullopt);
  EXPECT_EQ(object->children[0].note, "n");
}

TEST(JsonDecode, takes_falsy_values_as_values) {
  EXPECT_EQ(from_json<int>("0"), 0);
  EXPECT_EQ(from_json<bool>("false"), false);
  EXPECT_EQ(from_json<std::string>(R"("")"), "");
  EXPECT_EQ(from_json<std::vector<int>>("[]"), std::vector<int>());
  EXPECT_EQ(from_json<std::optional<int>>("null").value(), std::nullopt);
  EXPECT_EQ(from_json<std::optional<int>>("0").value(), 0);
  EXPECT_EQ(from_json<Value>("null"), Value());
  const auto object = from_json<Everything>(with(R"("flag":false,"level":"normal","any":false)"));
  ASSERT_TRUE(object);
  EXPECT_FALSE(object->flag);
  EXPECT_EQ(object->any, Value(false));
}

TEST(JsonDecode, names_the_place_and_the_fault) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      // Wrong types, at any depth.
      {R"("flag":0)", "$.flag: expected true or false (found 0 at byte 41)"},
      {R"("flag":null)", "$.flag: expected true or false (found null at byte 41)"},
      {R"("numbers":[])", "$.numbers: expected an object (found a list at byte 44)"},
      {R"("numbers":{"i32":"1"})", "$.numbers.i32: expected a whole number (found a string at byte 51)"},
      {R"("numbers":{"i32":1.0})", "$.numbers.i32: expected a whole number (found 1.0 at byte 51)"},
      {R"("numbers":{"f64":true})", "$.numbers.f64: expected a number (found true at byte 51)"},
      {R"("at":1717228800)", "$.at: expected a string (found 1717228800 at byte 39)"},
      {R"("level":1)", "$.level: expected a string (found 1 at byte 42)"},
      {R"("limits":{})", "$.limits: expected a list (found an object at byte 43)"},
      {R"("limits":[{"low":1},7])", "$.limits[1]: expected an object (found 7 at byte 54)"},
      {R"("limits":[{"low":1},{"low":2},{"low":"x"}])",
       "$.limits[2].low: expected a number (found a string at byte 71)"},
      {R"("matrix":[[],[1,[]]])", "$.matrix[1][1]: expected a number (found a list at byte 50)"},
      {R"("by_name":{"a b":{"low":{}}})", R"($.by_name["a b"].low: expected a number (found an object at byte 58))"},
      {R"("by_number":[])", "$.by_number: expected an object (found a list at byte 46)"},
      {R"("children":[{"name":"c","maybe":1,"note":1}])", "$.children[0].note: expected a string (found 1 at byte 75)"},
      // Out of range.
      {R"("numbers":{"i8":128})", "$.numbers.i8: must lie between -128 and 127 (got 128 at byte 50)"},
      {R"("numbers":{"u8":-1})", "$.numbers.u8: must lie between 0 and 255 (got -1 at byte 50)"},
      {R"("numbers":{"u64":18446744073709551616})",
       "$.numbers.u64: must lie between 0 and 18446744073709551615 (got 18446744073709551616 at byte 51)"},
      {R"("numbers":{"i64":-9223372036854775809})",
       "$.numbers.i64: must lie between -9223372036854775808 and 9223372036854775807 (got -9223372036854775809 at "
       "byte 51)"},
      {R"("numbers":{"f32":1e39})", "$.numbers.f32: number out of range (got 1e39 at byte 51)"},
      {R"("numbers":{"f64":1e309})", "$.numbers.f64: number out of range (got 1e309 at byte 51)"},
      {R"("limits":[{"low":-51}])", "$.limits[0].low: must lie between -50 and 150 (got -51)"},
      {R"("limits":[{"low":0,"high":151}])", "$.limits[0].high: must lie between -50 and 150 (got 151)"},
      {R"("limits":[{"low":1},{"low":1},{"low":1},{"low":1}])", "$.limits: must have at most 3 elements (got 4)"},
      {R"("any":[18446744073709551616])",
       "$.any[0]: number out of range (got 18446744073709551616 at byte 41); hint: allowed: 0 to 18446744073709551615"},
      // Names and texts.
      {R"("level":"hihg")", "$.level: must be one of normal, low, high (got \"hihg\" at byte 42)"},
      {R"("by_level":{"lo":[]})", "$.by_level.lo: name must be one of normal, low, high (at byte 46)"},
      {R"("by_number":{"x":""})", "$.by_number.x: name must be an int16 (at byte 47)"},
      {R"("by_number":{"07":""})", R"($.by_number["07"]: name must be an int16 (at byte 47))"},
      {R"("by_number":{"40000":""})", R"($.by_number["40000"]: name must be an int16 (at byte 47))"},
      {R"("at":"yesterday")",
       "$.at: expected a time (got \"yesterday\" at byte 39); hint: written as 2024-06-01T09:30:00.000000Z"},
      // Unknown and repeated.
      {R"("leve":1)", "$.leve: unknown field (at byte 34); hint: did you mean \"level\"?"},
      {R"("limit":[])", "$.limit: unknown field (at byte 34); hint: did you mean \"limits\"?"},
      {R"("flag":true,"flag":true)", "$.flag: field is there twice (at byte 46)"},
      {R"("by_name":{"a":{"low":1},"\u0061":{"low":1}})", "$.by_name.a: key is there twice (at byte 59)"},
      {R"("by_number":{"1":"","1":""})", R"($.by_number["1"]: key is there twice (at byte 54))"},
      {R"("any":[{"a":1,"a":1}])", "$.any[0].a: name is there twice (at byte 48)"},
      // No JSON.
      {R"("flag":tru)", "$.flag: expected a value (found 't' at byte 41)"},
      {R"("limits":[{"low":1},])", "$.limits[1]: expected a value (found ']' at byte 54)"},
      {R"("any":{"a":[1 2]})", "$.any.a[0]: expected a comma or the end of the list (found '2' at byte 48)"},
  };
  for (const auto& [member, error] : cases) {
    EXPECT_EQ(error_of<Everything>(with(member)), error) << member;
  }
}

TEST(JsonDecode, checks_what_an_optional_holds) {
  EXPECT_EQ(error_of<Everything>(R"({"name":"x","maybe":11,"note":""})"),
            "$.maybe: must lie between 0 and 10 (got 11)");
  EXPECT_EQ(error_of<Everything>(R"({"name":"x","note":"123456789012345678901"})"),
            "$.note: must have at most 20 characters (got 21)");
  EXPECT_TRUE(from_json<Everything>(R"({"name":"grüße aß"})")) << "eight characters, more bytes";
  EXPECT_EQ(error_of<Everything>(R"({"name":""})"), "$.name: must have 1 to 8 characters (got 0)");
}

TEST(JsonDecode, names_a_required_field_that_is_missing) {
  EXPECT_EQ(error_of<Limits>("{}"), "$.low: required field is missing (at byte 1)");
  EXPECT_EQ(error_of<Limits>(R"({"high":1})"), "$.low: required field is missing (at byte 9)");
  EXPECT_EQ(error_of<Everything>(R"({"name":"x","limits":[{"low":1},{"high":2}]})"),
            "$.limits[1].low: required field is missing (at byte 41)");
}

TEST(JsonDecode, gives_fields_that_are_missing_their_default_whatever_the_object_held) {
  Everything object{.name = "old", .flag = false, .maybe = 9, .note = "old", .matrix = {{1}}, .children = {{}}};
  ASSERT_TRUE(decode_json(type_of<Everything>(), &object, R"({"name":"new"})"));
  EXPECT_TRUE(equal(object, Everything{.name = "new"}));
}

TEST(JsonDecode, replaces_what_containers_held) {
  Everything object{.name = "old", .limits = {{}, {}}, .by_name = {{"old", {}}}, .any = Value::List{1}};
  ASSERT_TRUE(
      decode_json(type_of<Everything>(), &object, R"({"name":"x","limits":[{"low":1}],"by_name":{},"any":[2]})"));
  EXPECT_EQ(object.limits.size(), 1U);
  EXPECT_TRUE(object.by_name.empty());
  EXPECT_EQ(object.any, Value(Value::List{2}));
}

TEST(JsonDecode, suggests_the_known_names_where_none_is_near) {
  EXPECT_EQ(error_of<Limits>(R"({"temperature":1})"),
            "$.temperature: unknown field (at byte 1); hint: known: low, high");
  EXPECT_EQ(error_of<Limits>(R"({"hgih":1})"), "$.hgih: unknown field (at byte 1); hint: known: low, high");
  EXPECT_EQ(error_of<Limits>(R"({"hihg\n":1})"), "$[\"hihg\\n\"]: unknown field (at byte 1); hint: known: low, high");
}

TEST(JsonDecode, passes_over_unknown_fields_if_told_to_but_still_wants_json) {
  const DecodeOptions options{.limits = {}, .ignore_unknown_fields = true};
  const auto limits = from_json<Limits>(R"({"x":{"low":[7]},"low":1,"y":null})", options);
  ASSERT_TRUE(limits);
  EXPECT_EQ(limits->low, 1);
  EXPECT_EQ(error_of<Limits>(R"({"low":1,"x":[1,]})", options), "$.x[1]: expected a value (found ']' at byte 16)");
}

TEST(JsonDecode, reads_fields_in_any_order) {
  const auto limits = from_json<Limits>(R"({"high":2,"low":1})");
  ASSERT_TRUE(limits);
  EXPECT_EQ(limits->low, 1);
  EXPECT_EQ(limits->high, 2);
}

TEST(JsonDecode, refuses_what_follows_the_value) {
  EXPECT_EQ(error_of<int>("1 2"), "$: expected the end of the text (found '2' at byte 2)");
  EXPECT_EQ(error_of<Limits>(R"({"low":1}})"), "$: expected the end of the text (found '}' at byte 9)");
  EXPECT_EQ(error_of<int>(""), "$: expected a value (found the end of the text at byte 0)");
}

TEST(JsonDecode, keeps_to_its_limits) {
  EXPECT_EQ(error_of<Value>("[[[]]]", {.limits = {.depth_max = 2}}),
            "$[0][0]: nested too deeply (more than 2 levels at byte 2)");
  EXPECT_EQ(from_json<Value>("[1,2,3]", {.limits = {.bytes_max = 6}}).error().code, ErrorCode::too_large);
  EXPECT_EQ(from_json<Value>(std::string(100'000, '[')).error().code, ErrorCode::too_large);
}

TEST(JsonDecode, keeps_dynamic_numbers_as_they_are_written) {
  EXPECT_EQ(from_json<Value>("21"), Value(21));
  EXPECT_EQ(from_json<Value>("21.0"), Value(21.0));
  EXPECT_EQ(from_json<Value>("2e1"), Value(20.0));
  EXPECT_EQ(from_json<Value>("-0"), Value(0));
  EXPECT_EQ(from_json<Value>("9007199254740993"), Value(9007199254740993));
  EXPECT_EQ(from_json<Value>("18446744073709551615"), Value(std::numeric_limits<std::uint64_t>::max()));
  for (const char* text : {"21.0", "100000000000000000000.0", "-9223372036854775808", "[1,1.5,{\"a\":null}]"}) {
    EXPECT_EQ(to_json(*from_json<Value>(text)).value(), text);
  }
}

TEST(JsonDecode, rounds_a_float_once) {
  // Just above half way between two floats; by way of a double it would fall on the half and go to the even neighbour.
  const auto number = from_json<float>("1.00000005960464477540");
  ASSERT_TRUE(number);
  EXPECT_EQ(*number, std::nextafter(1.0F, 2.0F));
}

// [open reader]
Result<std::map<std::string, std::vector<double>>> read_rows(std::string_view text) {
  std::map<std::string, std::vector<double>> rows;
  JsonReader reader(text);
  if (auto ok = reader.expect(JsonToken::begin_list); !ok) return fail(ok.error());
  while (reader.next() == JsonToken::begin_list) {
    std::string key;
    std::vector<double> values;
    reader.next();
    if (auto ok = decode_json(type_of<std::string>(), &key, reader); !ok) return fail(ok.error());
    reader.next();
    if (auto ok = decode_json(type_of<std::vector<double>>(), &values, reader); !ok) return fail(ok.error());
    if (auto ok = reader.expect(JsonToken::end_list); !ok) return fail(ok.error());
    rows[key] = values;
  }
  if (reader.token() != JsonToken::end_list) return reader.wrong("a row");
  if (auto ok = reader.expect(JsonToken::end); !ok) return fail(ok.error());
  return rows;
}
// [open reader]

TEST(JsonDecode, reads_values_from_an_open_reader_with_their_path_in_the_whole) {
  EXPECT_EQ(read_rows(R"([["a",[1,2]],["b",[]]])"),
            (std::map<std::string, std::vector<double>>{{"a", {1, 2}}, {"b", {}}}));
  EXPECT_EQ(to_string(read_rows(R"([["a",[1]],["b",[2,"x"]]])").error()),
            "$[1][1][1]: expected a number (found a string at byte 19)");
  EXPECT_EQ(to_string(read_rows(R"([["a",[1],2]])").error()),
            "$[0][2]: expected the end of the list (found 2 at byte 10)");
  EXPECT_EQ(to_string(read_rows(R"([["a"]])").error()), "$[0]: expected a list (found the end of the list at byte 5)");
  EXPECT_EQ(to_string(read_rows(R"([7])").error()), "$[0]: expected a row (found 7 at byte 1)");
  EXPECT_EQ(to_string(read_rows(R"([["a",[1]])").error()),
            "$[0]: expected a comma or the end of the list (found the end of the text at byte 10)");
}

struct Sensor : Record {
  std::string name;
  double celsius = 20;
  void describe(Describer& d) {
    d.name("sensor");
    d.key("name", name);
    d.field("celsius", celsius).range(-50, 150).optional();
  }
};

TEST(JsonDecode, treats_a_record_that_describes_itself_alike) {
  const auto sensor = from_json<Sensor>(R"({"name":"office"})");
  ASSERT_TRUE(sensor) << to_string(sensor.error());
  EXPECT_EQ(sensor->celsius, 20);
  EXPECT_EQ(to_json(*sensor), R"({"name":"office","celsius":20})");
  EXPECT_EQ(error_of<Sensor>(R"({"name":"office","celsius":151})"),
            "$.celsius: must lie between -50 and 150 (got 151)");
}

}  // namespace
}  // namespace freshet::codec
