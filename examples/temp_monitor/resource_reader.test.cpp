// SPDX-License-Identifier: MIT
#include "resource_reader.hpp"

#include <gtest/gtest.h>

namespace temp_monitor {
namespace {

TEST(ServiceUrl, has_a_host_and_perhaps_a_port) {
  const auto full = parse_service_url("http://127.0.0.1:8080");
  ASSERT_TRUE(full);
  EXPECT_EQ(full->host, "127.0.0.1");
  EXPECT_EQ(full->port, "8080");
  const auto bare = parse_service_url("http://example.org/");
  ASSERT_TRUE(bare);
  EXPECT_EQ(bare->host, "example.org");
  EXPECT_EQ(bare->port, "80");
  const auto six = parse_service_url("http://[::1]:99");
  ASSERT_TRUE(six);
  EXPECT_EQ(six->host, "::1");
  EXPECT_EQ(six->port, "99");
}

TEST(ServiceUrl, is_refused_when_nothing_can_be_reached_by_it) {
  for (const char* bad : {"", "localhost:80", "https://localhost", "http://", "http://:80", "http://host:",
                          "http://host:x", "http://host:123456", "http://host/path", "http://[::1", "http://[::1]80"}) {
    EXPECT_FALSE(parse_service_url(bad)) << bad;
  }
}

TEST(FetchSnapshot, says_where_nothing_answers) {
  const auto rows = fetch_snapshot({.service = {.host = "127.0.0.1", .port = "1"}, .resource = "any", .params = "{}"});
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code, freshet::ErrorCode::unavailable);
  EXPECT_EQ(rows.error().primary, "cannot reach 127.0.0.1:1");
}

}  // namespace
}  // namespace temp_monitor
