// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/store/backend.hpp"
#include "freshet/store/testing/city.hpp"
#include "freshet/store/testing/feed_log.hpp"

namespace freshet::store::testing {

/// A place of its own for one store: a folder, a database, nothing. What is there goes with it.
class Site {
 public:
  virtual ~Site() = default;
  /// Opens the store; again, if it is durable, with the documents it had. At most one is open at a time.
  virtual std::unique_ptr<Backend> open(const Limits& limits) = 0;
  virtual bool is_durable() const { return true; }
};

/// A kind of store that has to pass what conformance_*.cpp demand of all:
///
///     INSTANTIATE_TEST_SUITE_P(Sqlite, StoreConformance, ::testing::Values(Conformer{"sqlite", make_sqlite_site}));
struct Conformer {
  std::string name;
  std::function<std::unique_ptr<Site>()> make_site;
};

std::ostream& operator<<(std::ostream& out, const Conformer& conformer);

/// A model as another version of the program knows it: the table of City with other columns, indexes or variants.
Table changed_table(const std::function<void(Table&)>& change);

class StoreConformance : public ::testing::TestWithParam<Conformer> {
 protected:
  void SetUp() override;

  Backend& backend() { return *backend_; }
  Site& site() { return *site_; }
  /// Closes the store and opens it anew, with all tables prepared.
  void reopen(const Limits& limits = {});
  void prepare(const std::vector<const Table*>& tables);

  /// Runs a transaction and waits for its end; lost races are run again.
  Result<Position> commit(const TransactionBody& body);
  Result<Position> read(const TransactionBody& body);

  /// One write in a transaction of its own. It has to succeed, except for try_write().
  std::optional<Row> write(const Write& write);
  Result<std::optional<Row>> try_write(const Write& write);
  /// The same, for the position.
  Position commit_one(const Write& write);
  template <class T> std::optional<Row> create(const T& object, std::string parent = {}) {
    return write(write_of(WriteKind::create, object, std::move(parent)));
  }
  template <class T> std::optional<Row> set(const T& object, std::string parent = {}) {
    return write(write_of(WriteKind::set, object, std::move(parent)));
  }

  std::vector<std::optional<Row>> get_many(const Table& table, const std::vector<Key>& keys);
  std::optional<Row> get(const Table& table, const Key& key) { return get_many(table, {key}).front(); }
  std::vector<Row> query(const Query& query);
  /// All documents of a table, by their key.
  std::map<Key, Row> all(const Table& table);

  std::unique_ptr<Feed> follow(FeedLog& log, FeedOptions options);

 private:
  Result<Position> run(const TransactionBody& body, bool writes);

  std::unique_ptr<Site> site_;
  std::unique_ptr<Backend> backend_;
};

/// Whether two rows are the same, to the last cell and revision.
bool same(const Row& left, const Row& right);
std::vector<std::string> ids(const std::vector<Row>& rows);

}  // namespace freshet::store::testing
