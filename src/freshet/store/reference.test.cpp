// SPDX-License-Identifier: MIT
#include "freshet/store/reference.hpp"

#include <string>
#include <unordered_set>

#include <gtest/gtest.h>

namespace freshet {
namespace {

TEST(Reference, names_collections_and_documents_by_turns) {
  // [reference]
  const Reference users = Reference() / "users";
  const Reference session = users / "tijuana" / "sessions" / "meeting_1";
  EXPECT_EQ(session.path(), "users/tijuana/sessions/meeting_1");
  EXPECT_EQ(session.name(), "meeting_1");
  EXPECT_EQ(session.parent().parent(), *Reference::parse("users/tijuana"));
  EXPECT_TRUE(session.is_document());
  EXPECT_TRUE(users.is_collection());
  // [/reference]
}

TEST(Reference, knows_the_root) {
  const Reference root;
  EXPECT_TRUE(root.is_root());
  EXPECT_FALSE(root.is_document());
  EXPECT_FALSE(root.is_collection());
  EXPECT_EQ(root.depth(), 0U);
  EXPECT_EQ(root.name(), "");
  EXPECT_EQ(root.parent(), root);
  EXPECT_EQ((root / "a").path(), "a");
  EXPECT_EQ((root / "a").parent(), root);
  EXPECT_EQ(*Reference::parse(""), root);
}

TEST(Reference, goes_down_without_changing_what_it_came_from) {
  const Reference users = Reference() / "users";
  Reference below = users;
  below = below / "x";
  EXPECT_EQ(users.path(), "users");
  EXPECT_EQ(below.path(), "users/x");
  EXPECT_EQ(below.depth(), 2U);
}

TEST(Reference, parses_what_it_prints) {
  for (const char* path : {"", "a", "a/b", "a/b/c/d", "Städte/東京", "a b/c.d"}) {
    const auto reference = Reference::parse(path);
    ASSERT_TRUE(reference.has_value()) << path;
    EXPECT_EQ(reference->path(), path);
  }
}

TEST(Reference, refuses_what_is_no_path) {
  const std::string long_name(Reference::kNameBytesMax + 1, 'x');
  for (const std::string& path : {std::string("/"), std::string("/a"), std::string("a/"), std::string("a//b"),
                                  std::string("a\nb"), std::string("a\0b", 3), std::string("\xff"), long_name}) {
    const auto reference = Reference::parse(path);
    ASSERT_FALSE(reference.has_value()) << path;
    EXPECT_EQ(reference.error().code, ErrorCode::invalid_argument);
  }
  EXPECT_TRUE(Reference::parse(long_name.substr(1)).has_value());
  EXPECT_EQ(Reference::parse("a//b").error().detail, "a//b") << "the message shows the path";
  EXPECT_LT(to_string(Reference::parse(long_name).error()).size(), 200U) << "and never more than a part of it";
}

TEST(Reference, limits_how_deep_a_path_is) {
  Reference deep;
  for (std::size_t i = 0; i < Reference::kDepthMax; ++i) deep = deep / "x";
  EXPECT_EQ(deep.depth(), Reference::kDepthMax);
  EXPECT_TRUE(Reference::parse(deep.path()).has_value());
  EXPECT_FALSE(Reference::parse(deep.path() + "/x").has_value());
  EXPECT_THROW(deep / "x", Failure);
}

TEST(Reference, throws_where_a_name_is_none) {
  EXPECT_THROW(Reference() / "", Failure);
  EXPECT_THROW(Reference() / "a/b", Failure);
  EXPECT_FALSE(Reference::is_name(""));
  EXPECT_TRUE(Reference::is_name("a.b"));
}

TEST(Reference, is_ordered_and_hashed_by_its_path) {
  const Reference a = Reference() / "a";
  const Reference b = Reference() / "b";
  EXPECT_LT(a, b);
  EXPECT_NE(a, b);
  const std::unordered_set<Reference> both{a, b, a};
  EXPECT_EQ(both.size(), 2U);
}

}  // namespace
}  // namespace freshet
