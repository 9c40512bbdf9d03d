// SPDX-License-Identifier: MIT
#include "freshet/base/ids.hpp"

#include <algorithm>
#include <concepts>
#include <set>
#include <type_traits>
#include <unordered_set>

#include <gtest/gtest.h>

namespace freshet {
namespace {

// [ids]
using NodeId = Id<struct NodeTag>;
using InstanceId = Id<struct InstanceTag, std::string>;
using SessionId = Id<struct SessionTag, std::string>;
// [ids]

TEST(Id, does_not_mix_with_ids_of_another_kind_nor_with_its_representation) {
  static_assert(!std::is_convertible_v<InstanceId, SessionId>);
  static_assert(!std::is_constructible_v<InstanceId, SessionId>);
  static_assert(!std::equality_comparable_with<InstanceId, SessionId>);
  static_assert(!std::is_convertible_v<std::uint64_t, NodeId>);
  static_assert(!std::is_convertible_v<NodeId, std::uint64_t>);
  static_assert(sizeof(NodeId) == sizeof(std::uint64_t));
}

TEST(Id, compares_and_hashes_by_its_value) {
  EXPECT_EQ(NodeId(7), NodeId(7));
  EXPECT_LT(NodeId(7), NodeId(8));
  EXPECT_EQ(NodeId().value(), 0U);
  const std::unordered_set<InstanceId> ids{InstanceId("a"), InstanceId("b"), InstanceId("a")};
  EXPECT_EQ(ids.size(), 2U);
  EXPECT_TRUE(ids.contains(InstanceId("b")));
}

TEST(RandomToken, is_a_prefix_and_32_lowercase_hex_digits) {
  const std::string token = random_token("i-");
  ASSERT_EQ(token.size(), 34U);
  EXPECT_EQ(token.substr(0, 2), "i-");
  EXPECT_TRUE(std::all_of(token.begin() + 2, token.end(),
                          [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }));
}

TEST(RandomToken, does_not_repeat) {
  std::set<std::string> tokens;
  for (int i = 0; i < 1000; ++i) tokens.insert(random_token());
  EXPECT_EQ(tokens.size(), 1000U);
}

}  // namespace
}  // namespace freshet
