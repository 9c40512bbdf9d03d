// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <fcntl.h>
#include <filesystem>
#include <iostream>
#include <random>
#include <set>
#include <signal.h>
#include <stdexcept>
#include <string>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "freshet/base/ids.hpp"
#include "freshet/store/postgres/postgres_store.hpp"
#include "freshet/store/sqlite/sqlite_store.hpp"
#include "freshet/store/testing/postgres_server.hpp"

/// Processes that are killed, for tests of what survives that. Not installed.
namespace freshet::mediators::testing {

using Random = std::minstd_rand;

/// How often; FRESHET_ROUNDS, or 20.
inline int rounds() {
  const char* const text = std::getenv("FRESHET_ROUNDS");
  return text == nullptr ? 20 : std::max(1, std::atoi(text));
}
/// How long what all rounds left undone may take, also on a busy machine.
inline std::chrono::seconds time_to_finish() { return std::chrono::seconds(3 * rounds()); }

inline std::chrono::milliseconds between(Random& random, int least, int most) {
  return std::chrono::milliseconds(least + static_cast<int>(random() % static_cast<unsigned>(most - least)));
}

/// A store that several processes can open. This process opens it only when it makes no more children.
class SharedStore {
 public:
  explicit SharedStore(bool is_postgres) {
    if (is_postgres) {
      url_ = store::testing::PostgresServer::shared().make_database();
    } else {
      folder_ = std::filesystem::temp_directory_path() / random_token("freshet_crash_");
      std::filesystem::create_directory(folder_);
    }
  }
  SharedStore(const SharedStore&) = delete;
  SharedStore& operator=(const SharedStore&) = delete;
  ~SharedStore() {
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }

  std::shared_ptr<store::Backend> open() const {
    auto backend =
        url_.empty() ? store::open_sqlite(folder_ / "store.db", sqlite_options()) : store::open_postgres(url_);
    if (!backend) throw Failure(backend.error());
    return std::move(*backend);
  }

 private:
  static store::SqliteOptions sqlite_options() {
    store::SqliteOptions options;
    options.survives_power_cut = false;  // processes are killed here, not machines
    options.busy_timeout = std::chrono::seconds(30);
    options.poll_interval = std::chrono::milliseconds(10);
    options.reader_count = 1;
    return options;
  }

  std::filesystem::path folder_;
  std::string url_;
};

/// Processes of this test's own, killed with it.
class Children {
 public:
  Children() = default;
  Children(const Children&) = delete;
  Children& operator=(const Children&) = delete;
  ~Children() { kill_all(); }

  /// Runs `work` in another process. Requires: this one has no threads.
  template <class Work> void start(Work work) {
    std::cout.flush();
    const pid_t parent = ::getpid();
    const pid_t child = ::fork();
    if (child != 0) {
      pids_.push_back(child);
      return;
    }
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);
    try {
      work();
    } catch (const std::exception& error) {
      std::cerr << "child: " << error.what() << std::endl;
      ::_exit(2);
    }
    ::_exit(0);
  }
  std::size_t size() const { return pids_.size(); }
  void kill(std::size_t which) {
    ::kill(pids_[which], SIGKILL);
    end(which);
  }
  /// Waits for one that ends by itself; its exit status, -1 if it was killed.
  int wait_for_last() {
    const int status = end(pids_.size() - 1);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  /// Forgets those that killed themselves; how many.
  std::size_t reap() {
    return std::erase_if(pids_, [](pid_t pid) { return ::waitpid(pid, nullptr, WNOHANG) == pid; });
  }
  void kill_all() {
    while (!pids_.empty()) kill(pids_.size() - 1);
  }

 private:
  int end(std::size_t which) {
    int status = 0;
    ::waitpid(pids_[which], &status, 0);
    pids_.erase(pids_.begin() + static_cast<std::ptrdiff_t>(which));
    return status;
  }

  std::vector<pid_t> pids_;
};

/// What a process that may die at any moment has said to be done.
class Acknowledgements {
 public:
  Acknowledgements() {
    if (::pipe(ends_.data()) != 0) throw std::runtime_error("no pipe");
    // Large enough for all that is said before anybody listens.
    ::fcntl(ends_[1], F_SETPIPE_SZ, 1 << 20);
  }
  Acknowledgements(const Acknowledgements&) = delete;
  Acknowledgements& operator=(const Acknowledgements&) = delete;
  ~Acknowledgements() {
    ::close(ends_[0]);
    ::close(ends_[1]);
  }

  void say(std::int32_t number) const {
    if (::write(ends_[1], &number, sizeof number) != sizeof number) ::_exit(3);
  }
  std::set<std::int32_t> heard() const {
    ::fcntl(ends_[0], F_SETFL, O_NONBLOCK);
    std::set<std::int32_t> numbers;
    for (std::int32_t number = 0; ::read(ends_[0], &number, sizeof number) == sizeof number;) numbers.insert(number);
    return numbers;
  }

 private:
  std::array<int, 2> ends_{};
};

}  // namespace freshet::mediators::testing
