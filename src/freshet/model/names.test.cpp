// SPDX-License-Identifier: MIT
#include "freshet/model/names.hpp"

#include <gtest/gtest.h>

namespace freshet {
namespace {

// [names]
TEST(Names, convert_both_ways) {
  EXPECT_EQ(to_camel_case("hearing_aid_requested"), "hearingAidRequested");
  EXPECT_EQ(to_snake_case("hearingAidRequested"), "hearing_aid_requested");
}
// [/names]

TEST(Names, come_back_as_they_were_where_the_rule_says_so) {
  for (const char* const name : {"a", "name", "first_name", "a_b_c", "line2", "x2_y", "caf\xc3\xa9_au_lait"}) {
    EXPECT_TRUE(converts_to_camel_case(name)) << name;
    EXPECT_EQ(to_snake_case(to_camel_case(name)), name);
  }
}

TEST(Names, that_would_not_come_back_are_told) {
  for (const char* const name : {"", "_a", "a_", "a__b", "line_2", "firstName", "URL", "_"}) {
    EXPECT_FALSE(converts_to_camel_case(name)) << name;
  }
}

}  // namespace
}  // namespace freshet
