// SPDX-License-Identifier: MIT
#include "freshet/store/testing/conformance.hpp"

#include <future>

namespace freshet::store::testing {

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(StoreConformance);

std::ostream& operator<<(std::ostream& out, const Conformer& conformer) { return out << conformer.name; }

Table changed_table(const std::function<void(Table&)>& change) {
  Table table = make_table(type_of<City>());
  change(table);
  return table;
}

bool same(const Row& left, const Row& right) {
  return left.key == right.key && left.obj_type == right.obj_type && left.revision == right.revision &&
         left.created_at == right.created_at && left.updated_at == right.updated_at && left.cells == right.cells;
}

std::vector<std::string> ids(const std::vector<Row>& rows) {
  std::vector<std::string> result;
  for (const Row& row : rows) result.push_back(row.key.id);
  return result;
}

void StoreConformance::SetUp() {
  site_ = GetParam().make_site();
  reopen();
}

void StoreConformance::reopen(const Limits& limits) {
  backend_.reset();
  backend_ = site_->open(limits);
  ASSERT_NE(backend_, nullptr);
  prepare({&table_of<City>(), &table_of<Counter>()});
}

void StoreConformance::prepare(const std::vector<const Table*>& tables) {
  const auto prepared = backend_->prepare(tables);
  ASSERT_TRUE(prepared.has_value()) << to_string(prepared.error());
}

Result<Position> StoreConformance::run(const TransactionBody& body, bool writes) {
  constexpr int kAttempts = 1000;
  for (int attempt = 1;; ++attempt) {
    // Owners: this call, and the store's thread while it answers.
    const auto promise = std::make_shared<std::promise<Result<Position>>>();
    auto outcome = promise->get_future();
    const auto end = [promise](Result<Position> result) { promise->set_value(std::move(result)); };
    writes ? backend_->write(body, end) : backend_->read(body, end);
    auto result = outcome.get();
    if (result || !is_lost_race(result.error()) || attempt == kAttempts) return result;
  }
}

Result<Position> StoreConformance::commit(const TransactionBody& body) { return run(body, true); }

Result<Position> StoreConformance::read(const TransactionBody& body) { return run(body, false); }

Result<std::optional<Row>> StoreConformance::try_write(const Write& write) {
  std::optional<Row> row;
  auto outcome = commit([&](BackendTransaction& transaction) -> Result<void> {
    auto written = transaction.write(write);
    if (!written) return fail(std::move(written.error()));
    row = *std::move(written);
    return {};
  });
  if (!outcome) return fail(std::move(outcome.error()));
  return row;
}

std::optional<Row> StoreConformance::write(const Write& write) {
  auto row = try_write(write);
  EXPECT_TRUE(row.has_value()) << to_string(row.error());
  return row ? *std::move(row) : std::nullopt;
}

Position StoreConformance::commit_one(const Write& write) {
  auto end = commit([&](BackendTransaction& transaction) -> Result<void> {
    auto written = transaction.write(write);
    if (!written) return fail(std::move(written.error()));
    return {};
  });
  EXPECT_TRUE(end.has_value()) << to_string(end.error());
  return end ? *std::move(end) : Position();
}

std::vector<std::optional<Row>> StoreConformance::get_many(const Table& table, const std::vector<Key>& keys) {
  std::vector<std::optional<Row>> rows(keys.size());
  const auto outcome = read([&](BackendTransaction& transaction) -> Result<void> {
    auto found = transaction.get_many(table, keys);
    if (!found) return fail(std::move(found.error()));
    rows = *std::move(found);
    return {};
  });
  EXPECT_TRUE(outcome.has_value()) << to_string(outcome.error());
  EXPECT_EQ(rows.size(), keys.size());
  return rows;
}

std::vector<Row> StoreConformance::query(const Query& query) {
  std::vector<Row> rows;
  const auto outcome = read([&](BackendTransaction& transaction) -> Result<void> {
    auto found = transaction.query(query);
    if (!found) return fail(std::move(found.error()));
    rows = *std::move(found);
    return {};
  });
  EXPECT_TRUE(outcome.has_value()) << to_string(outcome.error());
  return rows;
}

std::map<Key, Row> StoreConformance::all(const Table& table) {
  std::map<Key, Row> result;
  for (Row& row : query({.table = &table, .parent = std::nullopt})) result.emplace(row.key, std::move(row));
  return result;
}

std::unique_ptr<Feed> StoreConformance::follow(FeedLog& log, FeedOptions options) {
  if (options.tables.empty()) options.tables = {&table_of<City>(), &table_of<Counter>()};
  auto feed = backend_->follow(std::move(options), log.receiver());
  EXPECT_TRUE(feed.has_value()) << to_string(feed.error());
  return feed ? *std::move(feed) : nullptr;
}

}  // namespace freshet::store::testing
