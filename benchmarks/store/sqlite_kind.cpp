// SPDX-License-Identifier: MIT
// SQLite, and the floor: a bare loop over SQLite's C interface.
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <sqlite3.h>
#include <stdexcept>

#include "freshet/store/sqlite/sqlite_store.hpp"
#include "store/store_kind.hpp"

namespace freshet::bench {
namespace {

// What the store itself runs, by hand.
constexpr const char* kColumns =
    R"("_parent", "_id", "_type", "_revision", "_created_at", "_updated_at", "name", "country", "people", "area", )"
    R"("capital", "regions")";
constexpr int kColumnCount = 12;
constexpr const char* kUpdate = R"(UPDATE "places" SET "_type" = ?1, "_revision" = ?2, "_updated_at" = ?3, )"
                                R"("people" = ?4 WHERE "_parent" = ?5 AND "_id" = ?6)";

using Steady = std::chrono::steady_clock;

double seconds_since(Steady::time_point begun) { return std::chrono::duration<double>(Steady::now() - begun).count(); }

class Raw {
 public:
  explicit Raw(const std::string& file) {
    if (sqlite3_open_v2(file.c_str(), &database_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr) != SQLITE_OK)
      throw std::runtime_error("SQLite cannot open " + file);
    run("PRAGMA synchronous = FULL");
    run("PRAGMA cache_size = -16384");
  }
  Raw(const Raw&) = delete;
  Raw& operator=(const Raw&) = delete;
  ~Raw() {
    for (sqlite3_stmt* const statement : statements_) sqlite3_finalize(statement);
    sqlite3_close(database_);
  }
  void run(const std::string& sql) { check(sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr)); }
  sqlite3_stmt* prepare(const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    check(sqlite3_prepare_v3(database_, sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr));
    statements_.push_back(statement);
    return statement;
  }
  bool step(sqlite3_stmt* statement) {
    const int code = sqlite3_step(statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE) check(code);
    return code == SQLITE_ROW;
  }
  void run(sqlite3_stmt* statement) {
    while (step(statement)) continue;
    sqlite3_reset(statement);
  }

 private:
  void check(int code) {
    if (code != SQLITE_OK) throw std::runtime_error(std::string("SQLite: ") + sqlite3_errmsg(database_));
  }

  sqlite3* database_ = nullptr;
  std::vector<sqlite3_stmt*> statements_;
};

void bind(sqlite3_stmt* statement, int at, const std::string& text) {
  sqlite3_bind_text(statement, at, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
}

/// Reads a row's columns into values of their own, as any reader of it would.
std::size_t take_row(sqlite3_stmt* statement, int columns, std::vector<std::string>& texts) {
  std::size_t bytes = 0;
  texts.clear();
  for (int i = 0; i < columns; ++i) {
    if (sqlite3_column_type(statement, i) == SQLITE_TEXT) {
      texts.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(statement, i)),
                         static_cast<std::size_t>(sqlite3_column_bytes(statement, i)));
      bytes += texts.back().size();
    } else {
      bytes += static_cast<std::size_t>(sqlite3_column_int64(statement, i) != 0);
    }
  }
  return bytes;
}

class SqliteFloor final : public Floor {
 public:
  explicit SqliteFloor(const std::string& file) : raw_(file), reader_(file) {
    select_ = raw_.prepare(std::string("SELECT ") + kColumns + R"( FROM "places" WHERE "_parent" = ?1 AND "_id" = ?2)");
    update_ = raw_.prepare(kUpdate);
    foreign_ = raw_.prepare("SELECT seq, at FROM _freshet_log ORDER BY seq DESC LIMIT 1");
    close_ =
        raw_.prepare("UPDATE _freshet_log SET ends = ?1 WHERE seq = (SELECT max(seq) FROM _freshet_log) RETURNING seq");
    begin_ = raw_.prepare("BEGIN IMMEDIATE");
    commit_ = raw_.prepare("COMMIT");
    savepoint_ = raw_.prepare("SAVEPOINT one");
    release_ = raw_.prepare("RELEASE one");
    log_ = reader_.prepare("SELECT * FROM _freshet_log WHERE seq > ?1 ORDER BY seq");
    last_ = reader_.prepare("SELECT max(seq) FROM _freshet_log");
  }

  double writes_per_second(const Load& load, bool with_log) override {
    const std::string table = "places";
    if (!with_log) {
      for (const char* const what : {"check_insert", "check_update", "insert", "update", "move", "delete"})
        raw_.run("DROP TRIGGER \"_freshet_" + std::string(what) + "_" + table + "\"");
    }
    const auto begun = Steady::now();
    std::uint64_t written = 0;
    while (seconds_since(begun) < load.seconds) {
      raw_.run(begin_);
      if (with_log) raw_.run(foreign_);
      for (std::uint64_t i = 0; i < load.group; ++i) {
        if (load.group > 1) raw_.run(savepoint_);
        for (std::uint64_t w = 0; w < load.writes; ++w) set((written++ * 7919) % load.documents, ++people_);
        if (with_log) end_transaction();
        if (load.group > 1) raw_.run(release_);
      }
      raw_.run(commit_);
    }
    return static_cast<double>(written) / seconds_since(begun);
  }

  Seen write_and_see(std::uint64_t number, std::int64_t people) override {
    reader_.step(last_);
    const std::int64_t before = sqlite3_column_int64(last_, 0);
    sqlite3_reset(last_);
    raw_.run(begin_);
    raw_.run(foreign_);
    set(number, people);
    end_transaction();
    raw_.run(commit_);
    const auto committed_at = Steady::now();
    sqlite3_bind_int64(log_, 1, before);
    std::size_t rows = 0;
    for (; reader_.step(log_); ++rows) take_row(log_, sqlite3_column_count(log_), texts_);
    sqlite3_reset(log_);
    if (rows != 1) throw std::runtime_error("the change log has " + std::to_string(rows) + " changes and not one");
    return {committed_at, Steady::now()};
  }

  double rows_per_second() override {
    sqlite3_stmt* const all = reader_.prepare(std::string("SELECT ") + kColumns + " FROM \"places\"");
    const auto begun = Steady::now();
    std::uint64_t rows = 0;
    for (; reader_.step(all); ++rows) take_row(all, kColumnCount, texts_);
    sqlite3_reset(all);
    return static_cast<double>(rows) / seconds_since(begun);
  }

 private:
  void set(std::uint64_t number, std::int64_t people) {
    static const std::string kType = "places";
    static const std::string kRoot;
    const std::string id = std::to_string(number);
    bind(select_, 1, kRoot);
    bind(select_, 2, id);
    if (!raw_.step(select_)) throw std::runtime_error("there is no document " + id);
    take_row(select_, kColumnCount, texts_);
    const std::int64_t revision = sqlite3_column_int64(select_, 3);
    const std::int64_t updated_at = sqlite3_column_int64(select_, 5);
    sqlite3_reset(select_);
    bind(update_, 1, kType);
    sqlite3_bind_int64(update_, 2, revision + 1);
    sqlite3_bind_int64(update_, 3, updated_at + 1);
    sqlite3_bind_int64(update_, 4, people);
    bind(update_, 5, kRoot);
    bind(update_, 6, id);
    raw_.run(update_);
  }
  void end_transaction() {
    sqlite3_bind_int64(close_, 1, 1);
    raw_.run(close_);
  }

  Raw raw_;
  Raw reader_;
  std::int64_t people_ = std::int64_t{1} << 32;
  std::vector<std::string> texts_;
  sqlite3_stmt* select_;
  sqlite3_stmt* update_;
  sqlite3_stmt* foreign_;
  sqlite3_stmt* close_;
  sqlite3_stmt* begin_;
  sqlite3_stmt* commit_;
  sqlite3_stmt* savepoint_;
  sqlite3_stmt* release_;
  sqlite3_stmt* log_;
  sqlite3_stmt* last_;
};

class SqliteKind final : public StoreKind {
 public:
  explicit SqliteKind(const std::string& folder) {
    std::string pattern = folder + "/freshet_bench_XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no folder can be made in " + folder);
    folder_ = pattern;
  }
  SqliteKind(const SqliteKind&) = delete;
  SqliteKind& operator=(const SqliteKind&) = delete;
  ~SqliteKind() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  const char* name() const override { return "SQLite"; }
  std::unique_ptr<store::Backend> open() override {
    auto opened = store::open_sqlite(file());
    if (!opened) throw Failure(opened.error());
    const store::Table* const tables[] = {&store::table_of<Place>()};
    if (auto prepared = (*opened)->prepare(tables); !prepared) throw Failure(prepared.error());
    return *std::move(opened);
  }
  std::unique_ptr<Floor> floor() override { return std::make_unique<SqliteFloor>(file()); }

 private:
  std::string file() const { return folder_ + "/store.db"; }
  std::string folder_;
};

}  // namespace

std::unique_ptr<StoreKind> make_sqlite_kind(const std::string& folder) { return std::make_unique<SqliteKind>(folder); }

}  // namespace freshet::bench
