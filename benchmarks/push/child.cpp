// SPDX-License-Identifier: MIT
#include "push/child.hpp"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>

#include "machine.hpp"

namespace freshet::bench {

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds kPatienceWhenStopping{5};

int become(const std::vector<std::string>& command, int output) {
  dup2(output, STDOUT_FILENO);
  // What this process ignores is its own matter.
  signal(SIGPIPE, SIG_DFL);
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  execv(arguments.front(), arguments.data());
  return 127;
}

void settle_in(const ChildOptions& options) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (options.cpu >= 0) pin_to_cpu(options.cpu);
  if (options.niceness != 0) setpriority(PRIO_PROCESS, 0, options.niceness);
  if (options.files_max > 0) {
    const rlimit limit{.rlim_cur = options.files_max, .rlim_max = options.files_max};
    setrlimit(RLIMIT_NOFILE, &limit);
  }
}

int milliseconds_until(Clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
  return static_cast<int>(std::max<std::int64_t>(left, 0));
}

}  // namespace

Child::Child(const std::vector<std::string>& command, const ChildOptions& options) {
  start([&command](int output) { return become(command, output); }, options);
}

Child::Child(const std::function<int(int output)>& work, const ChildOptions& options) { start(work, options); }

void Child::start(const std::function<int(int output)>& work, const ChildOptions& options) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  id_ = fork();
  if (id_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (id_ == 0) {
    settle_in(options);
    // Nothing of the parent's is destroyed here: it is not ours.
    _exit(work(ends[1]));
  }
  close(ends[1]);
  output_ = ends[0];
}

Child::~Child() {
  stop();
  close(output_);
}

std::optional<std::string> Child::read_line(std::chrono::milliseconds patience) {
  const auto deadline = Clock::now() + patience;
  while (true) {
    if (const auto end = unread_.find('\n'); end != std::string::npos) {
      std::string line = unread_.substr(0, end);
      unread_.erase(0, end + 1);
      return line;
    }
    pollfd readable{.fd = output_, .events = POLLIN, .revents = 0};
    if (poll(&readable, 1, milliseconds_until(deadline)) <= 0) return std::nullopt;
    char buffer[4096];
    const ssize_t size = read(output_, buffer, sizeof buffer);
    if (size <= 0) return std::nullopt;
    unread_.append(buffer, static_cast<std::size_t>(size));
  }
}

bool Child::wait(std::chrono::milliseconds patience) {
  const auto deadline = Clock::now() + patience;
  while (!is_over_) {
    int status = 0;
    if (waitpid(id_, &status, WNOHANG) == id_) {
      is_over_ = true;
      return WIFEXITED(status) && WEXITSTATUS(status) == 0;
    }
    if (Clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

void Child::terminate() const { kill(id_, SIGTERM); }

bool Child::stop() {
  if (is_over_) return false;
  terminate();
  if (wait(kPatienceWhenStopping)) return true;
  if (!is_over_) {
    kill(id_, SIGKILL);
    waitpid(id_, nullptr, 0);
    is_over_ = true;
  }
  return false;
}

}  // namespace freshet::bench
