// SPDX-License-Identifier: MIT
#include "freshet/store/testing/postgres_server.hpp"

#include <chrono>
#include <stdexcept>

#include <gtest/gtest.h>

namespace freshet::store::testing {
namespace {

TEST(PostgresServer, runs_a_real_server_and_keeps_data_over_every_kind_of_stop) {
  PostgresServer server;
  const std::string url = server.make_database();
  server.psql(url, "CREATE TABLE kept (number int)");
  int expected = 0;
  for (const auto how : {PostgresServer::Stop::fast, PostgresServer::Stop::immediate, PostgresServer::Stop::kill}) {
    server.psql(url, "INSERT INTO kept VALUES (1)");
    server.stop(how);
    EXPECT_FALSE(server.is_running());
    EXPECT_THROW(server.psql(url, "SELECT 1"), std::runtime_error);
    server.start();
    EXPECT_EQ(server.psql(url, "SELECT count(*) FROM kept"), std::to_string(++expected));
  }
}

TEST(PostgresServer, starts_within_three_seconds) {
  const auto begin = std::chrono::steady_clock::now();
  const PostgresServer server;
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));  // the machine may be busy
  EXPECT_EQ(server.psql(server.url(), "SHOW wal_level"), "logical");
}

TEST(PostgresServer, leaves_nothing_behind) {
  std::filesystem::path folder;
  {
    const PostgresServer server;
    folder = server.folder();
    EXPECT_TRUE(std::filesystem::exists(folder));
  }
  EXPECT_FALSE(std::filesystem::exists(folder));
}

TEST(PostgresServer, says_what_a_bad_setting_is) {
  try {
    const PostgresServer server({.settings = {"no_such_setting = 1"}});
    FAIL() << "it started";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("no_such_setting"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace freshet::store::testing
