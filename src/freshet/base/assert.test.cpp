// SPDX-License-Identifier: MIT
#include "freshet/base/assert.hpp"

#include <memory>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace freshet {
namespace {

// [assert]
int take_last(std::vector<int>& values) {
  FRESHET_ASSERT(values.size() > 0);
  const int last = values.back();
  values.pop_back();
  return last;
}
// [assert]

TEST(Assert, lets_a_kept_contract_pass) {
  std::vector<int> values{1, 2};
  EXPECT_EQ(take_last(values), 2);
  const auto pointer = std::make_unique<int>(1);
  FRESHET_ASSERT(pointer);
  FRESHET_ASSERT(pointer.get() != nullptr);
  FRESHET_ASSERT(values.size() == 1 && "a sentence may be joined");
  FRESHET_ASSERT(std::pair<int, int>(1, 2) == std::pair<int, int>(1, 2));
  FRESHET_ASSERT(1 + 2 <= 3);
}

TEST(Assert, evaluates_its_expression_once) {
  int calls = 0;
  FRESHET_ASSERT(++calls == 1);
  EXPECT_EQ(calls, 1);
}

TEST(Assert, works_in_constant_expressions) {
  constexpr int three = [] {
    FRESHET_ASSERT(1 + 1 == 2);
    return 3;
  }();
  EXPECT_EQ(three, 3);
}

TEST(AssertDeathTest, prints_the_expression_its_operands_and_the_place) {
  std::vector<int> values;
  EXPECT_DEATH(take_last(values), "assert.test.cpp:[0-9]+: assertion failed: values.size\\(\\) > 0\n  with 0 > 0");
}

TEST(AssertDeathTest, prints_texts_numbers_pointers_and_enums) {
  enum class Level { low = 3, high = 7 };
  EXPECT_DEATH(FRESHET_ASSERT(std::string("left") == "right"), "with \"left\" == \"right\"");
  EXPECT_DEATH(FRESHET_ASSERT(1.5 < -2), "with 1.5 < -2");
  EXPECT_DEATH(FRESHET_ASSERT(Level::low == Level::high), "with 3 == 7");
  EXPECT_DEATH(FRESHET_ASSERT(true == false), "with true == false");
  EXPECT_DEATH(FRESHET_ASSERT(std::vector<int>{1} == std::vector<int>{2}), "with \\{...\\} == \\{...\\}");
  EXPECT_DEATH(FRESHET_ASSERT(static_cast<int*>(nullptr) != nullptr), "with nullptr != nullptr");
}

TEST(AssertDeathTest, prints_a_joined_sentence) {
  const bool ready = false;
  EXPECT_DEATH(FRESHET_ASSERT(ready && "the loop must run"), "assertion failed: ready && \"the loop must run\"");
}

}  // namespace
}  // namespace freshet
