// SPDX-License-Identifier: MIT
#include "freshet/model/validate.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/model/describe.hpp"

namespace freshet {
namespace {

// [validate]
struct Limit {
  double low = 0;
  std::optional<std::int64_t> high;
};
constexpr auto describe(of<Limit>) {
  return model("limit", field<&Limit::low>(at_least(0)), field<&Limit::high>(at_most(9007199254740993)));
}

enum class Level { normal, high };
constexpr auto describe(of<Level>) { return enumeration<Level::normal, Level::high>("level"); }

struct Rules {
  std::string name = "rules";
  std::vector<Limit> limits;
  std::map<std::string, Limit> by_place;
  Level level = Level::normal;
  std::vector<Level> levels;
  std::optional<Limit> fallback;
};
constexpr auto describe(of<Rules>) {
  return model("rules", field<&Rules::name>(length(1, 5)), field<&Rules::limits>(length(0, 3)),
               field<&Rules::by_place>(), field<&Rules::level>(), field<&Rules::levels>(), field<&Rules::fallback>());
}

std::string refusal(const Rules& rules) {
  const Result<void> result = validate(rules);
  return result ? "" : to_string(result.error());
}

TEST(Validate, names_the_path_of_what_it_refuses) {
  Rules rules;
  rules.limits = {{1, {}}, {2, {}}, {-3, {}}};
  EXPECT_EQ(refusal(rules), "$.limits[2].low: must be at least 0 (got -3)");
}
// [validate]

TEST(Validate, accepts_what_keeps_to_its_description) {
  Rules rules;
  rules.limits = {{0, 9007199254740993}, {1e300, {}}};
  rules.by_place = {{"office", {1, 2}}};
  rules.levels = {Level::high};
  EXPECT_EQ(refusal(rules), "");
}

TEST(Validate, keeps_integers_exact) {
  Rules rules;
  rules.fallback = Limit{0, 9007199254740994};
  EXPECT_EQ(refusal(rules), "$.fallback.high: must be at most 9007199254740993 (got 9007199254740994)");
}

TEST(Validate, counts_characters_not_bytes) {
  Rules rules;
  rules.name = "\u00e4\u00f6\u00fc\u00df\U0001F600";
  EXPECT_EQ(refusal(rules), "");
  rules.name += "x";
  EXPECT_EQ(refusal(rules), "$.name: must have 1 to 5 characters (got 6)");
  rules.name.clear();
  EXPECT_EQ(refusal(rules), "$.name: must have 1 to 5 characters (got 0)");
}

TEST(Validate, counts_elements) {
  Rules rules;
  rules.limits.resize(4);
  EXPECT_EQ(refusal(rules), "$.limits: must have at most 3 elements (got 4)");
}

TEST(Validate, looks_into_maps_lists_of_enums_and_optionals) {
  Rules rules;
  rules.by_place["office"].low = -1;
  EXPECT_EQ(refusal(rules), "$.by_place.office.low: must be at least 0 (got -1)");
  rules.by_place = {{"server \"room\"", {-1, {}}}};
  EXPECT_EQ(refusal(rules), R"($.by_place["server \"room\""].low: must be at least 0 (got -1))");
  rules.by_place.clear();
  rules.levels = {Level::normal, static_cast<Level>(7)};
  EXPECT_EQ(refusal(rules), "$.levels[1]: must be one of normal, high");
  rules.levels.clear();
  rules.fallback = Limit{-2, {}};
  EXPECT_EQ(refusal(rules), "$.fallback.low: must be at least 0 (got -2)");
}

TEST(Validate, refuses_a_number_that_is_none) {
  Rules rules;
  rules.limits = {{std::nan(""), {}}};
  EXPECT_EQ(validate(rules).error().code, ErrorCode::out_of_range);
}

TEST(Validate, starts_from_the_path_it_is_given) {
  Rules rules;
  rules.limits = {{-1, {}}};
  EXPECT_EQ(validate(rules, "$[0][1]").error().path, "$[0][1].limits[0].low");
  EXPECT_EQ(validate(static_cast<Level>(5)).error().path, "$");
}

struct Chain {
  std::vector<Chain> next;
};
constexpr auto describe(of<Chain>) { return model("chain", field<&Chain::next>()); }

TEST(Validate, does_not_follow_a_struct_without_bound) {
  Chain chain;
  for (int i = 0; i < 1000; ++i) {
    Chain outer;
    outer.next.push_back(std::move(chain));
    chain = std::move(outer);
  }
  EXPECT_EQ(validate(chain).error().code, ErrorCode::too_large);
}

TEST(Steps, quote_names_that_are_no_identifiers) {
  EXPECT_EQ(member_step("low_2"), ".low_2");
  EXPECT_EQ(member_step("2low"), "[\"2low\"]");
  EXPECT_EQ(member_step(""), "[\"\"]");
  EXPECT_EQ(member_step("a.b"), "[\"a.b\"]");
  EXPECT_EQ(index_step(7), "[7]");
}

}  // namespace
}  // namespace freshet
