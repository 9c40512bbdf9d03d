// SPDX-License-Identifier: MIT
// PostgreSQL, on a private server with durable commits, and the floor: a bare loop over libpq.
#include <chrono>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <libpq-fe.h>

#include "freshet/store/postgres/postgres_store.hpp"
#include "freshet/store/testing/postgres_server.hpp"
#include "store/store_kind.hpp"

namespace freshet::bench {
namespace {

using Steady = std::chrono::steady_clock;

double seconds_since(Steady::time_point begun) { return std::chrono::duration<double>(Steady::now() - begun).count(); }

constexpr const char* kColumns =
    "_parent, _id, _type, _revision, _created_at, _updated_at, name, country, people, area, "
    "capital, regions";

class Raw {
 public:
  explicit Raw(const std::string& url) : connection_(PQconnectdb(url.c_str()), PQfinish) {
    if (PQstatus(connection_.get()) != CONNECTION_OK) throw std::runtime_error(PQerrorMessage(connection_.get()));
  }
  /// The number of rows it gave.
  int run(const char* sql) { return take(PQexec(connection_.get(), sql)); }
  void prepare(const char* name, const std::string& sql) {
    take(PQprepare(connection_.get(), name, sql.c_str(), 0, nullptr));
  }
  int run(const char* name, const std::vector<std::string>& texts) {
    std::vector<const char*> values;
    for (const std::string& text : texts) values.push_back(text.c_str());
    return take(
        PQexecPrepared(connection_.get(), name, static_cast<int>(values.size()), values.data(), nullptr, nullptr, 0));
  }

 private:
  int take(PGresult* taken) {
    const std::unique_ptr<PGresult, decltype(&PQclear)> result(taken, PQclear);
    const ExecStatusType status = PQresultStatus(taken);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) throw std::runtime_error(PQresultErrorMessage(taken));
    return PQntuples(taken);
  }

  std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
};

class PostgresFloor final : public Floor {
 public:
  explicit PostgresFloor(const std::string& url) : raw_(url), reader_(url) {
    raw_.run("SET enable_seqscan = off");
    raw_.prepare("get", std::string("SELECT ") + kColumns + " FROM places WHERE _parent = $1 AND _id = $2");
    raw_.prepare("set",
                 "UPDATE places SET _revision = _revision + 1, _updated_at = now(), people = $3 "
                 "WHERE _parent = $1 AND _id = $2");
    raw_.prepare("begin", "BEGIN ISOLATION LEVEL SERIALIZABLE");
    raw_.prepare("commit", "COMMIT");
  }
  ~PostgresFloor() override {
    if (has_slot_) reader_.run("SELECT pg_drop_replication_slot('floor')");
  }

  double writes_per_second(const Load& load, bool with_log) override {
    if (!with_log) raw_.run("DROP PUBLICATION freshet_public; ALTER TABLE places REPLICA IDENTITY NOTHING");
    const auto begun = Steady::now();
    std::uint64_t written = 0;
    while (seconds_since(begun) < load.seconds) {
      raw_.run("begin", {});
      for (std::uint64_t i = 0; i < load.group * load.writes; ++i) set((written++ * 7919) % load.documents, ++people_);
      raw_.run("commit", {});
    }
    return static_cast<double>(written) / seconds_since(begun);
  }

  Seen write_and_see(std::uint64_t number, std::int64_t people) override {
    if (!has_slot_) reader_.run("SELECT pg_create_logical_replication_slot('floor', 'pgoutput')");
    has_slot_ = true;
    raw_.run("begin", {});
    set(number, people);
    raw_.run("commit", {});
    const auto committed_at = Steady::now();
    while (reader_.run("SELECT * FROM pg_logical_slot_get_binary_changes('floor', NULL, NULL, 'proto_version', '1', "
                       "'publication_names', 'freshet_public')") == 0) {
      continue;
    }
    return {committed_at, Steady::now()};
  }

  double rows_per_second() override {
    const auto begun = Steady::now();
    const int rows = reader_.run((std::string("SELECT ") + kColumns + " FROM places").c_str());
    return rows / seconds_since(begun);
  }

 private:
  void set(std::uint64_t number, std::int64_t people) {
    const std::string id = std::to_string(number);
    if (raw_.run("get", {"", id}) != 1) throw std::runtime_error("there is no document " + id);
    raw_.run("set", {"", id, std::to_string(people)});
  }

  Raw raw_;
  Raw reader_;
  bool has_slot_ = false;
  std::int64_t people_ = std::int64_t{1} << 32;
};

class PostgresKind final : public StoreKind {
 public:
  PostgresKind() : server_({.settings = {"shared_buffers = 256MB"}, .fsync = true}), url_(server_.make_database()) {}

  const char* name() const override { return "PostgreSQL"; }
  std::unique_ptr<store::Backend> open() override {
    auto backend = store::open_postgres(url_);
    if (!backend) throw Failure(backend.error());
    const store::Table* const tables[] = {&store::table_of<Place>()};
    if (auto prepared = (*backend)->prepare(tables); !prepared) throw Failure(prepared.error());
    return *std::move(backend);
  }
  std::unique_ptr<Floor> floor() override { return std::make_unique<PostgresFloor>(url_); }

 private:
  store::testing::PostgresServer server_;
  std::string url_;
};

}  // namespace

std::unique_ptr<StoreKind> make_postgres_kind() { return std::make_unique<PostgresKind>(); }

}  // namespace freshet::bench
