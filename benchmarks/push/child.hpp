// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace freshet::bench {

/// A program that this one started. It ends with the object, and with this process, whichever comes first.
class Child {
 public:
  /// Starts `command` on processor `cpu` (-1 for any), its standard output in our hands.
  ///
  /// Errors: std::system_error.
  Child(const std::vector<std::string>& command, int cpu);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t id() const { return id_; }
  /// The next line of its output without the line end; none when it closed its output or `patience` is over.
  std::optional<std::string> read_line(std::chrono::milliseconds patience);
  /// Asks it to end and waits; true when it ended with status 0 (killing it when it does not end within five seconds).
  bool stop();
  /// Waits for it to end by itself; true when it did so with status 0.
  bool wait(std::chrono::milliseconds patience);

 private:
  pid_t id_ = 0;
  int output_ = -1;
  std::string unread_;
  bool is_over_ = false;
};

}  // namespace freshet::bench
