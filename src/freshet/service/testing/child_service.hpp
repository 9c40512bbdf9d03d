// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <cstdio>
#include <functional>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include "freshet/service/service.hpp"

namespace freshet::testing {

/// Runs a service in a child process, as a program does: what it prints, and how it ends. Not installed.
struct ChildService {
  /// `program` gives the exit status.
  explicit ChildService(const std::function<int()>& program) {
    int ends[2];
    if (pipe(ends) != 0) throw std::runtime_error("pipe");
    std::fflush(nullptr);  // or the child would print what waits here, too
    child = fork();
    if (child == 0) {
      dup2(ends[1], STDOUT_FILENO);
      dup2(ends[1], STDERR_FILENO);
      _exit(program());
    }
    ::close(ends[1]);
    output = ends[0];
  }
  explicit ChildService(std::uint16_t port = 0) : ChildService([port] { return Service(options(port)).run(); }) {}
  ChildService(const ChildService&) = delete;
  ChildService& operator=(const ChildService&) = delete;
  ~ChildService() { ::close(output); }

  static ServiceOptions options(std::uint16_t port = 0) {
    ServiceOptions options;
    options.port = port;
    options.log_level = "off";
    return options;
  }

  std::string line() const {
    std::string text;
    for (char c = 0; read(output, &c, 1) == 1 && c != '\n';) text += c;
    return text;
  }
  /// Where it says that it listens.
  std::uint16_t port() const {
    const std::string text = line();
    return static_cast<std::uint16_t>(std::stoi(text.substr(text.rfind(':') + 1)));
  }
  int wait() const {
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

  pid_t child = 0;
  int output = -1;
};

}  // namespace freshet::testing
