// SPDX-License-Identifier: MIT
#include "freshet/codec/json_reader.hpp"

#include <cmath>
#include <limits>
#include <utility>

#include <gtest/gtest.h>

namespace freshet::codec {
namespace {

// All tokens of a text in short, or the error.
std::string tokens(std::string_view text, JsonLimits limits = {}) {
  JsonReader reader(text, limits);
  std::string out;
  while (true) {
    switch (reader.next()) {
      case JsonToken::null:
        out += "null ";
        break;
      case JsonToken::boolean:
        out += *reader.boolean() ? "true " : "false ";
        break;
      case JsonToken::number:
        (out += reader.text()) += ' ';
        break;
      case JsonToken::string:
        ((out += '\'') += reader.text()) += "' ";
        break;
      case JsonToken::name:
        (out += reader.text()) += ": ";
        break;
      case JsonToken::begin_list:
        out += "[ ";
        break;
      case JsonToken::end_list:
        out += "] ";
        break;
      case JsonToken::begin_object:
        out += "{ ";
        break;
      case JsonToken::end_object:
        out += "} ";
        break;
      case JsonToken::end:
        return out + '.';
      case JsonToken::error:
        return to_string(reader.error());
    }
  }
}

// Stands on the first token.
struct OnFirst : JsonReader {
  explicit OnFirst(std::string_view text) : JsonReader(text) { next(); }
};

// What a string holds, or the error.
std::string content(std::string_view text) {
  JsonReader reader(text);
  return reader.next() == JsonToken::error ? to_string(reader.error()) : std::string(reader.text());
}

TEST(JsonReader, reads_every_kind_of_value) {
  EXPECT_EQ(tokens("null"), "null .");
  EXPECT_EQ(tokens(" true\n"), "true .");
  EXPECT_EQ(tokens("[]"), "[ ] .");
  EXPECT_EQ(tokens("{}"), "{ } .");
  EXPECT_EQ(tokens("[[],{}]"), "[ [ ] { } ] .");
  EXPECT_EQ(tokens("\t{ \"a\" : [ 1 , -2.5e+3 , \"x\" , false ] ,\r\n\"b\":{\"c\":null} } "),
            "{ a: [ 1 -2.5e+3 'x' false ] b: { c: null } } .");
  EXPECT_EQ(tokens(R"("")"), "'' .");
  EXPECT_EQ(tokens(R"({"":0,"":1})"), "{ : 0 : 1 } .") << "empty and repeated names are for the caller to judge";
}

TEST(JsonReader, accepts_the_numbers_of_the_grammar) {
  for (const char* text : {"0", "-0", "10", "0.5", "-0.50", "1e5", "1E5", "1e+5", "1e-05", "12.25E-3"}) {
    EXPECT_EQ(tokens(text), std::string(text) + " .");
  }
}

TEST(JsonReader, refuses_what_is_not_json_and_says_where) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", "$: expected a value (found the end of the text at byte 0)"},
      {"  ", "$: expected a value (found the end of the text at byte 2)"},
      {"nul", "$: expected a value (found 'n' at byte 0)"},
      {"nulll", "$: expected the end of the text (found 'l' at byte 4)"},
      {"True", "$: expected a value (found 'T' at byte 0)"},
      {"NaN", "$: expected a value (found 'N' at byte 0); hint: JSON has no NaN and no Infinity"},
      {"-Infinity", "$: expected a digit (found 'I' at byte 1); hint: JSON has no NaN and no Infinity"},
      {"01", "$: expected the end of the text (found '1' at byte 1)"},
      {"+1", "$: expected a value (found '+' at byte 0)"},
      {".5", "$: expected a value (found '.' at byte 0)"},
      {"1.", "$: expected a digit (found the end of the text at byte 2)"},
      {"1.e5", "$: expected a digit (found 'e' at byte 2)"},
      {"1e", "$: expected a digit (found the end of the text at byte 2)"},
      {"-", "$: expected a digit (found the end of the text at byte 1)"},
      {"0x10", "$: expected the end of the text (found 'x' at byte 1)"},
      {"1 2", "$: expected the end of the text (found '2' at byte 2)"},
      {"[", "$[0]: expected a value (found the end of the text at byte 1)"},
      {"[1", "$[0]: expected a comma or the end of the list (found the end of the text at byte 2)"},
      {"[1,]", "$[1]: expected a value (found ']' at byte 3)"},
      {"[,1]", "$[0]: expected a value (found ',' at byte 1)"},
      {"[1 2]", "$[0]: expected a comma or the end of the list (found '2' at byte 3)"},
      {"[1}", "$[0]: expected a comma or the end of the list (found '}' at byte 2)"},
      {"]", "$: expected a value (found ']' at byte 0)"},
      {"{", "$: expected a name in quotation marks (found the end of the text at byte 1)"},
      {"{]", "$: expected a name in quotation marks (found ']' at byte 1)"},
      {"{\"a\"}", "$.a: expected a colon after the name (found '}' at byte 4)"},
      {"{\"a\":}", "$.a: expected a value (found '}' at byte 5)"},
      {"{\"a\":1,}", "$: expected a name in quotation marks (found '}' at byte 7)"},
      {"{\"a\":1 \"b\"", "$.a: expected a comma or the end of the object (found '\"' at byte 7)"},
      {"{a:1}", "$: expected a name in quotation marks (found 'a' at byte 1)"},
      {"{1:1}", "$: expected a name in quotation marks (found '1' at byte 1)"},
      {"['a']", "$[0]: expected a value (found ''' at byte 1); hint: strings stand in double quotation marks"},
      {"// x\n1", "$: expected a value (found '/' at byte 0)"},
      {"\xEF\xBB\xBF{}", "$: expected a value (found 0xEF at byte 0); hint: a byte-order mark is not allowed"},
      {"\v1", "$: expected a value (found 0x0B at byte 0)"},
      {"\xC2\xA0"
       "1",
       "$: expected a value (found 0xC2 at byte 0)"},
      {std::string_view("1\0", 2), "$: expected the end of the text (found 0x00 at byte 1)"},
  };
  for (const auto& [text, error] : cases) EXPECT_EQ(tokens(text), error) << text;
}

TEST(JsonReader, resolves_escapes) {
  EXPECT_EQ(content(R"("\"\\\/\b\f\n\r\t")"), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(content(R"("a\u0041z")"), "aAz");
  EXPECT_EQ(content(R"("\u00e9\u20AC\uFFFF")"), "é€\uFFFF");
  EXPECT_EQ(content(R"("\uD83D\uDE00 \ud800\udc00 \uDBFF\uDFFF")"), "😀 \U00010000 \U0010FFFF");
  EXPECT_EQ(content(R"("x\u0000y")"), std::string_view("x\0y", 3));
  EXPECT_EQ(content("\"grüß\\n温度 😀\""), "grüß\n温度 😀");
}

TEST(JsonReader, refuses_strings_that_are_not_unicode) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"\"a", "$: expected a quotation mark at the end of the string (found the end of the text at byte 2)"},
      {"\"a\\",
       "$: expected one of \" \\ / b f n r t u after the reverse solidus (found the end of the text at byte 3)"},
      {R"("\x41")", R"($: expected one of " \ / b f n r t u after the reverse solidus (found 'x' at byte 2))"},
      {R"("\u12G4")", "$: expected four hexadecimal digits (found 'G' at byte 5)"},
      {R"("\u12)", "$: expected four hexadecimal digits (found the end of the text at byte 5)"},
      {R"("\uDE00")", R"($: low surrogate without a high one (found '\' at byte 1))"},
      {R"("\uD83D")", "$: high surrogate without a low one (found '\"' at byte 7)"},
      {R"("\uD83Dx")", "$: high surrogate without a low one (found 'x' at byte 7)"},
      {R"("\uD83D\n")", R"($: high surrogate without a low one (found '\' at byte 7))"},
      {R"("\uD83D\uD83D")", R"($: high surrogate without a low one (found '\' at byte 7))"},
      {R"("\uD83D\u00")", "$: expected four hexadecimal digits (found '\"' at byte 11)"},
      {"\"a\nb\"",
       "$: control character in a string (found 0x0A at byte 2); hint: write it as an escape, such as \\n or \\u0000"},
      {"\"\xFF\"", "$: string is not UTF-8 (found 0xFF at byte 1)"},
      {"\"\xC3\"", "$: string is not UTF-8 (found 0xC3 at byte 1)"},
      {"\"\xC0\x80\"", "$: string is not UTF-8 (found 0xC0 at byte 1)"},
      {"\"\xE0\x80\x80\"", "$: string is not UTF-8 (found 0xE0 at byte 1)"},
      {"\"\xED\xA0\x80\"", "$: string is not UTF-8 (found 0xED at byte 1)"},
      {"\"\xF4\x90\x80\x80\"", "$: string is not UTF-8 (found 0xF4 at byte 1)"},
      {"\"\xF8\x88\x80\x80\x80\"", "$: string is not UTF-8 (found 0xF8 at byte 1)"},
      {"\"\xE2\x82", "$: string is not UTF-8 (found 0xE2 at byte 1)"},
  };
  for (const auto& [text, error] : cases) EXPECT_EQ(content(text), error) << text;
}

TEST(JsonReader, keeps_integers_exact) {
  EXPECT_EQ(OnFirst("9223372036854775807").int64(), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(OnFirst("-9223372036854775808").int64(), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(OnFirst("18446744073709551615").uint64(), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(OnFirst("9007199254740993").int64(), 9007199254740993);
  EXPECT_EQ(OnFirst("-0").int64(), 0);
  EXPECT_EQ(OnFirst("-0").uint64(), 0U);
}

TEST(JsonReader, refuses_integers_that_do_not_fit_or_are_not_written_as_whole_numbers) {
  const auto int64_error = [](std::string_view text) { return to_string(OnFirst(text).int64().error()); };
  EXPECT_EQ(int64_error("9223372036854775808"),
            "$: number out of range (got 9223372036854775808 at byte 0); hint: allowed: -9223372036854775808 to "
            "9223372036854775807");
  EXPECT_EQ(OnFirst("-1").uint64().error().code, ErrorCode::out_of_range);
  EXPECT_EQ(OnFirst("18446744073709551616").uint64().error().code, ErrorCode::out_of_range);
  EXPECT_EQ(int64_error("1.0"), "$: expected a whole number (found 1.0 at byte 0)");
  EXPECT_EQ(int64_error("1e2"), "$: expected a whole number (found 1e2 at byte 0)");
  EXPECT_EQ(int64_error("\"1\""), "$: expected a whole number (found a string at byte 0)");
  EXPECT_EQ(int64_error("true"), "$: expected a whole number (found true at byte 0)");
}

TEST(JsonReader, reads_doubles_correctly_rounded) {
  EXPECT_EQ(OnFirst("0.1").number(), 0.1);
  EXPECT_EQ(OnFirst("2.2250738585072011e-308").number(), 2.2250738585072011e-308);
  EXPECT_EQ(OnFirst("1.7976931348623157e308").number(), std::numeric_limits<double>::max());
  EXPECT_EQ(OnFirst("9007199254740993").number(), 9007199254740992.0);
  EXPECT_EQ(OnFirst("5e-324").number(), 5e-324);
  EXPECT_EQ(OnFirst("16777217").float32(), 16777216.0F);
  EXPECT_TRUE(std::signbit(*OnFirst("-0.0").number()));
}

TEST(JsonReader, refuses_doubles_that_overflow_and_takes_those_that_underflow_as_zero) {
  const std::string many_zeros(400, '0');
  for (const std::string& text : {std::string("1e309"), std::string("-1e309"), std::string("1e99999999999999999999"),
                                  '1' + many_zeros, '1' + many_zeros + "e-5", "0.0001e400" + many_zeros}) {
    EXPECT_EQ(OnFirst(text).number().error().primary, "number out of range") << text;
  }
  for (const std::string& text : {std::string("1e-400"), std::string("1e-99999999999999999999"),
                                  "0." + many_zeros + '1', "0." + many_zeros + "1e5", std::string("1000e-400")}) {
    EXPECT_EQ(OnFirst(text).number(), 0.0) << text;
  }
  EXPECT_TRUE(std::signbit(*OnFirst("-1e-400").number()));
  EXPECT_EQ(OnFirst("1e39").float32().error().code, ErrorCode::out_of_range);
  EXPECT_EQ(OnFirst("1e-60").float32(), 0.0F);
}

TEST(JsonReader, limits_the_depth) {
  EXPECT_EQ(tokens("[[1]]", {.depth_max = 2}), "[ [ 1 ] ] .");
  EXPECT_EQ(tokens("[[[1]]]", {.depth_max = 2}), "$[0][0]: nested too deeply (more than 2 levels at byte 2)");
  const std::string bomb(1'000'000, '[');
  JsonReader reader(bomb);
  while (reader.next() == JsonToken::begin_list) {
  }
  EXPECT_EQ(reader.error().code, ErrorCode::too_large);
}

TEST(JsonReader, limits_the_length) {
  EXPECT_EQ(tokens("[1]", {.bytes_max = 3}), "[ 1 ] .");
  EXPECT_EQ(tokens("[1] ", {.bytes_max = 3}), "$: text is too long (4 bytes, at most 3)");
}

TEST(JsonReader, names_the_path) {
  const auto path_at = [](std::string_view text, std::string_view marker) {
    JsonReader reader(text);
    while (reader.next() != JsonToken::end && reader.token() != JsonToken::error) {
      if (reader.token() == JsonToken::number && reader.text() == marker) return reader.path();
    }
    return std::string("not found");
  };
  EXPECT_EQ(path_at("7", "7"), "$");
  EXPECT_EQ(path_at("[1,7]", "7"), "$[1]");
  EXPECT_EQ(path_at(R"({"limits":[{},{"a":[]},{"high":1,"low":7}]})", "7"), "$.limits[2].low");
  EXPECT_EQ(path_at(R"({"a b":{"":{"1x":7}}})", "7"), R"($["a b"][""]["1x"])");
  EXPECT_EQ(path_at(R"({"\u0061\n":7})", "7"), R"($["a\n"])");
  EXPECT_EQ(path_at(R"([[[1,2],[3]],7])", "7"), "$[1]");
  EXPECT_EQ(path_at("{\"" + std::string(1000, 'x') + "\":7}", "7"), "$." + std::string(64, 'x')) << "names are cut";
}

TEST(JsonReader, has_the_path_of_the_list_or_object_at_its_ends) {
  JsonReader reader(R"([{"a":[1]}])");
  std::string paths;
  while (reader.next() != JsonToken::end) (paths += reader.path()) += ' ';
  EXPECT_EQ(paths, "$ $[0] $[0].a $[0].a $[0].a[0] $[0].a $[0] $ ");
  EXPECT_EQ(OnFirst("{}").member_path("low"), "$.low");
}

TEST(JsonReader, skips_values_and_checks_them) {
  JsonReader reader(R"({"a":{"b":[1,{"c":2}]},"d":3})");
  reader.next();
  reader.next();
  reader.next();
  ASSERT_TRUE(reader.skip_value());
  EXPECT_EQ(reader.token(), JsonToken::end_object);
  EXPECT_EQ(reader.next(), JsonToken::name);
  EXPECT_EQ(reader.text(), "d");

  JsonReader scalar("1");
  scalar.next();
  EXPECT_TRUE(scalar.skip_value());
  EXPECT_EQ(scalar.next(), JsonToken::end);

  JsonReader broken("[[1,}]");
  broken.next();
  EXPECT_EQ(to_string(broken.skip_value().error()), "$[0][1]: expected a value (found '}' at byte 4)");
}

TEST(JsonReader, stays_at_a_fault) {
  JsonReader reader("[1,x]");
  while (reader.next() != JsonToken::error) {
  }
  EXPECT_EQ(reader.next(), JsonToken::error);
  EXPECT_EQ(reader.number().error().primary, "expected a value");
  EXPECT_EQ(reader.expect(JsonToken::end_list).error().primary, "expected a value");
  EXPECT_EQ(reader.refuse(ErrorCode::refused, "something else").value().primary, "expected a value");
}

TEST(JsonReader, stays_at_the_end) {
  JsonReader reader("1 ");
  reader.next();
  EXPECT_EQ(reader.next(), JsonToken::end);
  EXPECT_EQ(reader.next(), JsonToken::end);
}

// [rows]
Result<double> sum_of_rows(std::string_view text) {
  JsonReader reader(text);
  double sum = 0;
  if (auto opened = reader.expect(JsonToken::begin_list); !opened) return fail(opened.error());
  while (reader.next() != JsonToken::end_list) {
    const auto number = reader.number();
    if (!number) return fail(number.error());
    sum += *number;
  }
  if (auto ended = reader.expect(JsonToken::end); !ended) return fail(ended.error());
  return sum;
}
// [rows]

TEST(JsonReader, ends_a_loop_over_a_list_also_at_a_fault) {
  EXPECT_EQ(sum_of_rows("[1, 2.5]"), 3.5);
  EXPECT_EQ(to_string(sum_of_rows("[1, 2").error()),
            "$[1]: expected a comma or the end of the list (found the end of the text at byte 5)");
  EXPECT_EQ(to_string(sum_of_rows("[1, [2]]").error()), "$[1]: expected a number (found a list at byte 4)");
  EXPECT_EQ(to_string(sum_of_rows("{}").error()), "$: expected a list (found an object at byte 0)");
  EXPECT_EQ(to_string(sum_of_rows("[] []").error()), "$: expected the end of the text (found '[' at byte 3)");
}

}  // namespace
}  // namespace freshet::codec
