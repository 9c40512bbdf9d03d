// SPDX-License-Identifier: MIT
#include "freshet/store/sqlite/sqlite_store.hpp"

#include <utility>

#include "freshet/store/sqlite/internal/core.hpp"
#include "freshet/store/sqlite/internal/readers.hpp"
#include "freshet/store/sqlite/internal/schema.hpp"
#include "freshet/store/sqlite/internal/sqlite_feed.hpp"
#include "freshet/store/sqlite/internal/writer.hpp"

namespace freshet::store {
namespace {

using namespace sqlite;

class SqliteStore final : public Backend {
 public:
  explicit SqliteStore(std::shared_ptr<Core> core) : core_(std::move(core)), writer_(core_), readers_(core_) {}

  Result<void> start() { return writer_.start(); }

  std::string_view kind() const override { return "sqlite"; }

  Result<void> prepare(std::span<const Table* const> tables) override { return writer_.prepare(tables); }

  void write(TransactionBody body, TransactionEnd end) override { writer_.write(std::move(body), std::move(end)); }

  void read(TransactionBody body, TransactionEnd end) override { readers_.read(std::move(body), std::move(end)); }

  Result<std::unique_ptr<Feed>> follow(FeedOptions options, FeedReceiver receiver) override {
    auto feed = std::make_unique<SqliteFeed>(core_, std::move(options), std::move(receiver));
    if (auto started = feed->start(); !started) return fail(std::move(started.error()));
    return feed;
  }

 private:
  const std::shared_ptr<Core> core_;  // with the feeds, which may outlive the store
  Writer writer_;
  Readers readers_;
};

}  // namespace

Result<std::unique_ptr<Backend>> open_sqlite(std::string path, SqliteOptions options) {
  if (path.empty() || path.starts_with(':')) {
    return fail(ErrorCode::invalid_argument, "a SQLite store needs the path of a file", path,
                "for a store without a file there is \"memory:\"");
  }
  auto store = std::make_unique<SqliteStore>(std::make_shared<Core>(std::move(path), options));
  if (auto started = store->start(); !started) return fail(std::move(started.error()));
  return store;
}

}  // namespace freshet::store
