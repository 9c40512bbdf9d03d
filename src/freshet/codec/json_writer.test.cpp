// SPDX-License-Identifier: MIT
#include "freshet/codec/json_writer.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>

#include <gtest/gtest.h>

namespace freshet::codec {
namespace {

std::string json_text(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

template <class Number> std::string printed(Number number) {
  std::string out;
  return append_json_number(out, number) ? out : "refused";
}

TEST(JsonWriter, sets_commas_and_colons) {
  // [writer]
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.name("name");
  json.string("office");
  json.name("history");
  json.begin_list();
  json.integer(1);
  json.begin_list();
  json.end_list();
  json.null();
  json.begin_object();
  json.end_object();
  json.end_list();
  json.name("on");
  json.boolean(false);
  json.name("as it is");
  json.raw("[1,2]");
  json.end_object();
  // [writer]
  EXPECT_EQ(out, R"({"name":"office","history":[1,[],null,{}],"on":false,"as it is":[1,2]})");
}

TEST(JsonWriter, escapes_names_like_strings) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  for (const std::string_view name : {"", "plain", "a\"b", "grüß", "\xFF"}) {
    json.name(name);
    json.null();
  }
  json.end_object();
  EXPECT_EQ(out, "{\"\":null,\"plain\":null,\"a\\\"b\":null,\"grüß\":null,\"\uFFFD\":null}");
}

TEST(JsonWriter, appends_to_what_is_there) {
  std::string out = "data: ";
  JsonWriter json(out);
  json.integer(7);
  EXPECT_EQ(out, "data: 7");
}

TEST(JsonWriter, escapes_what_must_be_escaped_and_nothing_else) {
  EXPECT_EQ(json_text(""), R"("")");
  EXPECT_EQ(json_text("plain text, a/b, 'quoted' & <tag>\x7F"), "\"plain text, a/b, 'quoted' & <tag>\x7F\"");
  EXPECT_EQ(json_text("\"\\\b\t\n\f\r"), R"("\"\\\b\t\n\f\r")");
  EXPECT_EQ(json_text(std::string_view("\0\x01\x0B\x1F", 4)), R"("\u0000\u0001\u000b\u001f")");
  EXPECT_EQ(json_text("grüß, 温度, 😀, \u2028"), "\"grüß, 温度, 😀, \u2028\"");
}

TEST(JsonWriter, finds_a_special_character_at_every_place_of_a_long_string) {
  const std::pair<std::string, std::string> cases[] = {
      {"\"", R"(\")"},       {"\n", R"(\n)"}, {"\\", R"(\\)"}, {std::string(1, '\0'), R"(\u0000)"},
      {"\x1F", R"(\u001f)"}, {"ü", "ü"},
  };
  for (std::size_t before = 0; before < 20; ++before) {
    for (std::size_t after = 0; after < 20; ++after) {
      for (const auto& [special, escaped] : cases) {
        const auto surrounded = [&](const std::string& text) {
          return std::string(before, 'x').append(text).append(after, '~');
        };
        ASSERT_EQ(json_text(surrounded(special)), std::string("\"").append(surrounded(escaped)).append("\""));
      }
    }
  }
}

TEST(JsonWriter, replaces_what_is_not_utf8) {
  EXPECT_EQ(json_text("a\xFFz"), "\"a\uFFFDz\"");
  EXPECT_EQ(json_text("\xE2\x82"), "\"\uFFFD\"") << "a sequence cut off is one character";
  EXPECT_EQ(json_text("\xE2\x82\"\xAC"), "\"\uFFFD\\\"\uFFFD\"") << "the quotation mark is not swallowed";
  EXPECT_EQ(json_text("\xC0\xAF"), "\"\uFFFD\uFFFD\"") << "overlong form";
  EXPECT_EQ(json_text("\xED\xA0\x80"), "\"\uFFFD\uFFFD\uFFFD\"") << "surrogate";
  EXPECT_EQ(json_text("\xF4\x90\x80\x80"), "\"\uFFFD\uFFFD\uFFFD\uFFFD\"") << "above U+10FFFF";
  EXPECT_EQ(json_text("\xF0\x9F\x98z"), "\"\uFFFDz\"");
}

TEST(JsonWriter, prints_doubles_as_javascript_does) {
  const std::pair<double, std::string> cases[] = {
      {0.0, "0"},
      {-0.0, "0"},
      {21.0, "21"},
      {-21.5, "-21.5"},
      {0.1, "0.1"},
      {0.1 + 0.2, "0.30000000000000004"},
      {1e5, "100000"},
      {123456789012.5, "123456789012.5"},
      {1e-6, "0.000001"},
      {0.0000012345, "0.0000012345"},
      {1e-7, "1e-7"},
      {-1.5e-7, "-1.5e-7"},
      {9007199254740991.0, "9007199254740991"},
      {9007199254740992.0, "9007199254740992"},
      {9223372036854775808.0, "9223372036854776000"},
      {-123456789012345680000.0, "-123456789012345680000"},
      {1e20, "100000000000000000000"},
      {1e21, "1e+21"},
      {1.5e300, "1.5e+300"},
      {5e-324, "5e-324"},
      {1.7976931348623157e308, "1.7976931348623157e+308"},
  };
  for (const auto& [number, text] : cases) EXPECT_EQ(printed(number), text);
}

TEST(JsonWriter, prints_floats_with_their_own_fewest_digits) {
  EXPECT_EQ(printed(0.1F), "0.1");
  EXPECT_EQ(printed(16777216.0F), "16777216");
  EXPECT_EQ(printed(3.4028235e38F), "3.4028235e+38");
  EXPECT_EQ(printed(1e-45F), "1e-45");
}

TEST(JsonWriter, refuses_numbers_that_are_not_finite) {
  for (const double bad : {std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity(),
                           std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_EQ(printed(bad), "refused");
    EXPECT_EQ(printed(static_cast<float>(bad)), "refused");
    std::string out;
    JsonWriter json(out);
    json.begin_list();
    EXPECT_FALSE(json.number(bad));
    json.integer(1);
    EXPECT_FALSE(json.number(bad));
    json.integer(2);
    json.end_list();
    EXPECT_EQ(out, "[1,2]") << "a refused number leaves no comma behind";
  }
}

TEST(JsonWriter, prints_doubles_that_read_back_the_same) {
  std::mt19937_64 random(20240601);
  for (int i = 0; i < 20'000; ++i) {
    const auto number = std::bit_cast<double>(random());
    if (!std::isfinite(number)) continue;
    const std::string text = printed(number);
    double back{};
    const auto result = std::from_chars(text.data(), text.data() + text.size(), back);
    ASSERT_EQ(result.ptr, text.data() + text.size()) << text;
    ASSERT_EQ(back, number) << text;
  }
}

TEST(JsonWriter, prints_64_bit_integers_exactly) {
  std::string out;
  JsonWriter json(out);
  json.begin_list();
  json.integer(std::numeric_limits<std::int64_t>::min());
  json.integer(std::numeric_limits<std::uint64_t>::max());
  json.integer(std::int8_t{-5});
  json.end_list();
  EXPECT_EQ(out, "[-9223372036854775808,18446744073709551615,-5]");
}

}  // namespace
}  // namespace freshet::codec
