// SPDX-License-Identifier: MIT
// What every store has to do, done by a real server: once with its log, once with the table of changes.
#include "freshet/store/testing/conformance.hpp"

#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "freshet/store/postgres/postgres_store.hpp"
#include "freshet/store/testing/postgres_server.hpp"

namespace freshet::store::testing {
namespace {

class PostgresSite final : public Site {
 public:
  explicit PostgresSite(PostgresFeed feed) : feed_(feed), url_(PostgresServer::shared().make_database()) {}

  std::unique_ptr<Backend> open(const Limits& limits) override {
    auto backend = open_postgres(url_, {.limits = limits, .feed = feed_});
    if (!backend) throw Failure(backend.error());
    return *std::move(backend);
  }

 private:
  PostgresFeed feed_;
  std::string url_;
};

INSTANTIATE_TEST_SUITE_P(
    Postgres, StoreConformance,
    ::testing::Values(Conformer{"postgres_log", [] { return std::make_unique<PostgresSite>(PostgresFeed::logical); }},
                      Conformer{"postgres_table",
                                [] { return std::make_unique<PostgresSite>(PostgresFeed::change_log); }}),
    [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace freshet::store::testing
