// SPDX-License-Identifier: MIT
#include "freshet/store/testing/postgres_server.hpp"

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <grp.h>
#include <iterator>
#include <optional>
#include <pwd.h>
#include <signal.h>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>

#include <libpq-fe.h>

namespace freshet::store::testing {
namespace {

namespace fs = std::filesystem;
using std::chrono::steady_clock;

constexpr auto kStartTimeout = std::chrono::seconds(60);

[[noreturn]] void give_up(const std::string& why) { throw std::runtime_error("PostgreSQL for tests: " + why); }

// Debian keeps the server's programs out of the PATH.
fs::path program(const char* name) {
  std::vector<fs::path> folders = {"/usr/lib/postgresql/15/bin"};
  const char* const path = std::getenv("PATH");
  for (std::string rest = path == nullptr ? "" : path; !rest.empty();) {
    const std::size_t colon = rest.find(':');
    folders.emplace_back(rest.substr(0, colon));
    rest = colon == std::string::npos ? "" : rest.substr(colon + 1);
  }
  for (const fs::path& folder : folders) {
    if (::access((folder / name).c_str(), X_OK) == 0) return folder / name;
  }
  give_up(std::string("there is no ") + name + "; install Debian's package postgresql");
}

struct User {
  uid_t uid;
  gid_t gid;
};

// Who the server runs as, if it cannot be us.
std::optional<User> other_user() {
  if (::geteuid() != 0) return std::nullopt;
  const passwd* const entry = ::getpwnam("postgres");
  if (entry == nullptr) give_up("there is no user postgres; install Debian's package postgresql");
  return User{entry->pw_uid, entry->pw_gid};
}

struct Command {
  fs::path program;
  std::vector<std::string> arguments;
  fs::path output = "/dev/null";
  bool as_server_user = true;
  bool dies_with_us = false;
};

// Starts a program. Between fork and exec only what POSIX allows in a process with several threads.
pid_t spawn(const Command& command) {
  std::vector<char*> arguments;
  arguments.push_back(const_cast<char*>(command.program.c_str()));
  for (const std::string& argument : command.arguments) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  const auto user = command.as_server_user ? other_user() : std::nullopt;
  const int output = ::open(command.output.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  const int input = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::dup2(input, 0);
    ::dup2(output, 1);
    ::dup2(output, 2);
    const bool is_user =
        !user || (::setgroups(0, nullptr) == 0 && ::setgid(user->gid) == 0 && ::setuid(user->uid) == 0);
    // After the change of user, which would forget it.
    if (command.dies_with_us) ::prctl(PR_SET_PDEATHSIG, SIGQUIT);
    if (is_user && ::getppid() == parent && ::chdir("/") == 0) ::execv(arguments[0], arguments.data());
    ::_exit(127);
  }
  ::close(output);
  ::close(input);
  if (pid < 0) give_up(std::string("cannot fork: ") + std::strerror(errno));
  return pid;
}

int wait_for(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string read_all(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void run(const Command& command) {
  if (const int status = wait_for(spawn(command)); status != 0) {
    give_up(command.program.filename().string() + " failed (" + std::to_string(status) + "):\n" +
            read_all(command.output));
  }
}

fs::path make_folder(const std::string& name) {
  std::string path = (fs::temp_directory_path() / (name + "-XXXXXX")).string();
  if (::mkdtemp(path.data()) == nullptr) give_up("cannot make " + path);
  if (const auto user = other_user(); user && ::chown(path.c_str(), user->uid, user->gid) != 0) {
    give_up("cannot give away " + path);
  }
  return path;
}

// A cluster to copy: initdb takes most of a second, copying a tenth of it.
fs::path cluster_template() {
  const std::string name = "freshet-postgres-15-" + std::to_string(::geteuid());
  fs::path place = fs::temp_directory_path() / name;
  if (fs::exists(place / "data" / "PG_VERSION")) return place / "data";
  const fs::path made = make_folder(name);
  run({.program = program("initdb"),
       .arguments = {"--pgdata=" + (made / "data").string(), "--no-sync", "--auth=trust", "--username=freshet",
                     "--encoding=UTF8", "--locale=C.UTF-8"},
       .output = made / "initdb.log"});
  std::error_code other_was_first;
  fs::rename(made, place, other_was_first);
  if (other_was_first) fs::remove_all(made);
  return place / "data";
}

}  // namespace

PostgresServer::PostgresServer(PostgresServerOptions options) : options_(std::move(options)) {
  folder_ = make_folder("freshet-pg");
  try {
    make_cluster();
    start();
  } catch (...) {
    fs::remove_all(folder_);
    throw;
  }
}

PostgresServer::~PostgresServer() {
  stop(Stop::immediate);
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

PostgresServer& PostgresServer::shared() {
  static PostgresServer server;
  return server;
}

void PostgresServer::make_cluster() {
  run({.program = "/bin/cp", .arguments = {"-a", cluster_template().string(), (folder_ / "data").string()}});
  std::ofstream settings(folder_ / "data" / "postgresql.conf", std::ios::app);
  settings << "listen_addresses = ''\nunix_socket_directories = '" << folder_.string() << "'\n"
           << "wal_level = logical\nmax_connections = 60\nmax_replication_slots = 20\nmax_wal_senders = 20\n"
           << "shared_buffers = 64MB\nlog_min_messages = warning\nlog_min_error_statement = panic\n"
           << "fsync = " << (options_.fsync ? "on" : "off") << "\n";
  for (const std::string& setting : options_.settings) settings << setting << "\n";
  // Who is called locked needs a password, so that there is one to keep secret.
  std::ofstream access(folder_ / "data" / "pg_hba.conf", std::ios::trunc);
  access << "local all locked scram-sha-256\nlocal all all trust\nlocal replication all trust\n";
}

void PostgresServer::start() {
  if (pid_ > 0) return;
  // The processes of a server that was killed end once they notice; until then their memory is in the way.
  const auto patience = std::exchange(was_killed_, false) ? std::chrono::seconds(20) : std::chrono::seconds(0);
  const auto deadline = steady_clock::now() + patience;
  while (true) {
    pid_ = spawn({.program = program("postgres"),
                  .arguments = {"-D", (folder_ / "data").string()},
                  .output = folder_ / "server.log",
                  .dies_with_us = true});
    if (becomes_ready()) return;
    if (steady_clock::now() > deadline) give_up("the server ended:\n" + log());
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

bool PostgresServer::becomes_ready() {
  const auto deadline = steady_clock::now() + kStartTimeout;
  while (PQping(url().c_str()) != PQPING_OK) {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = -1;
      return false;
    }
    if (steady_clock::now() > deadline) give_up("the server does not answer:\n" + log());
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

std::string PostgresServer::log() const { return read_all(folder_ / "server.log"); }

void PostgresServer::stop(Stop how) {
  if (pid_ <= 0) return;
  was_killed_ = how == Stop::kill;
  const int signal = how == Stop::fast ? SIGINT : how == Stop::immediate ? SIGQUIT : SIGKILL;
  ::kill(pid_, signal);
  wait_for(std::exchange(pid_, -1));
}

std::string PostgresServer::url(const std::string& database, const std::string& user,
                                const std::string& password) const {
  return "postgres://" + user + (password.empty() ? "" : ":" + password) + "@/" + database +
         "?host=" + folder_.string();
}

std::string PostgresServer::make_database() {
  const std::string name = "test_" + std::to_string(++databases_);
  psql(url(), "CREATE DATABASE " + name);
  return url(name);
}

std::string PostgresServer::psql(const std::string& url, const std::string& sql) const {
  const fs::path output = make_folder("freshet-psql") / "output";
  const int status = wait_for(spawn({.program = program("psql"),
                                     .arguments = {"-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql, url},
                                     .output = output,
                                     .as_server_user = false}));
  std::string text = read_all(output);
  fs::remove_all(output.parent_path());
  if (status != 0) give_up("psql failed: " + text);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

}  // namespace freshet::store::testing
