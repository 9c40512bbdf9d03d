// SPDX-License-Identifier: MIT
#include "freshet/service/internal/etag.hpp"

#include <gtest/gtest.h>

namespace freshet::service {
namespace {

TEST(ETag, tells_bytes_apart) {
  EXPECT_EQ(etag_of("a"), etag_of("a"));
  EXPECT_NE(etag_of("a"), etag_of("b"));
  EXPECT_EQ(etag_of(""), "\"cbf29ce484222325\"");
}

TEST(ETag, is_named_alone_in_a_list_or_with_all_others) {
  EXPECT_TRUE(names_etag("\"1f\"", "\"1f\""));
  EXPECT_TRUE(names_etag("\"a\", W/\"1f\"", "\"1f\""));
  EXPECT_TRUE(names_etag("*", "\"1f\""));
  EXPECT_FALSE(names_etag("\"1f0\", \"01f\"", "\"1f\""));
  EXPECT_FALSE(names_etag("", "\"1f\""));
}

}  // namespace
}  // namespace freshet::service
