// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <sys/types.h>
#include <vector>

namespace freshet::store::testing {

/// How a private server is started.
struct PostgresServerOptions {
  /// `name=value` settings of postgresql.conf, over the fixture's own.
  std::vector<std::string> settings = {};
  /// Whether commits wait for the disk; without, a test is faster and a killed server process still loses nothing,
  /// since the machine does not go down.
  bool fsync = false;
};

/// A real PostgreSQL server of a test's own: its own data in a temporary folder, reached by a socket in there and by no
/// port, gone with the object (and with the process: a test that dies takes its server with it).
///
/// PostgreSQL refuses to run as root; then it runs as the user postgres. The first server of a machine makes a database
/// cluster, which the others copy. Errors: throws std::runtime_error that names the missing Debian package or shows
/// the server's log.
/// Thread safety: construct, start and stop on one thread that outlives the server.
class PostgresServer {
 public:
  explicit PostgresServer(PostgresServerOptions options = {});
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  /// One server for all tests of a program, with logical replication, started by the first who asks.
  static PostgresServer& shared();

  /// Where a superuser finds a database: "postgres://freshet@/NAME?host=...".
  std::string url(const std::string& database = "postgres", const std::string& user = "freshet",
                  const std::string& password = {}) const;
  /// The URL of a new, empty database.
  std::string make_database();

  /// Runs SQL with psql, as another program would, and returns what it prints, unaligned. Throws if it fails.
  std::string psql(const std::string& url, const std::string& sql) const;

  enum class Stop {
    fast,       ///< Sends clients away and writes everything down.
    immediate,  ///< As a crash: the next start recovers from the log.
    kill,       ///< SIGKILL to the server; its processes find out.
  };
  void stop(Stop how = Stop::fast);
  /// Starts it again on the same data; waits until it answers.
  void start();
  bool is_running() const { return pid_ > 0; }

  const std::filesystem::path& folder() const { return folder_; }

 private:
  void make_cluster();
  bool becomes_ready();
  std::string log() const;

  PostgresServerOptions options_;
  std::filesystem::path folder_;
  pid_t pid_ = -1;
  bool was_killed_ = false;
  int databases_ = 0;
};

}  // namespace freshet::store::testing
