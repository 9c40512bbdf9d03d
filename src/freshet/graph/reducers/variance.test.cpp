// SPDX-License-Identifier: MIT
#include "freshet/graph/reducers/variance.hpp"

#include <gtest/gtest.h>

#include "freshet/graph/testing/reducer_laws.hpp"

namespace freshet::testing {
namespace {

const Entries kFour = {
    {.number = 1, .level = 0.5}, {.number = 2, .level = 1}, {.number = 3, .level = 1.5}, {.number = 4, .level = 2}};

TEST(VarianceReducer, is_that_of_a_population_or_of_a_sample) {
  EXPECT_EQ(reduced(variance<&Entry::number>(), kFour), 1.25);
  EXPECT_EQ(reduced(variance<&Entry::number, Variance::sample>(), kFour), 5.0 / 3);
  EXPECT_EQ(reduced(variance<&Entry::level>(), kFour), 0.3125);
  EXPECT_EQ(reduced(standard_deviation<&Entry::level>(), {{.level = 1}, {.level = 3}}), 1);
}

TEST(VarianceReducer, has_no_result_for_a_sample_of_one) {
  EXPECT_EQ(reduced(variance<&Entry::number>(), {{.number = 7}}), 0);
  EXPECT_THROW(reduced(variance<&Entry::number, Variance::sample>(), {{.number = 7}}), Failure);
}

template <auto Member> std::optional<Spread> spread(const Entries& entries, std::int64_t divisor) {
  if (divisor == 0) return std::nullopt;
  ExactMoments moments;
  for (const Entry& entry : entries) moments.add(static_cast<double>(detail::project<Member>(entry)));
  return moments.spread(std::ssize(entries), divisor);
}

TEST(VarianceReducer, keeps_the_laws) {
  expect_laws(variance<&Entry::number>(), [](const Entries& entries) {
    return std::optional(spread<&Entry::number>(entries, std::ssize(entries))->variance());
  });
  expect_laws(variance<&Entry::level>(), [](const Entries& entries) {
    return std::optional(spread<&Entry::level>(entries, std::ssize(entries))->variance());
  });
  expect_laws(standard_deviation<&Entry::level, Variance::sample>(), [](const Entries& entries) {
    const auto found = spread<&Entry::level>(entries, std::ssize(entries) - 1);
    return found ? std::optional(found->standard_deviation()) : std::nullopt;
  });
}

}  // namespace
}  // namespace freshet::testing
