// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace freshet::bench {

struct ChildOptions {
  /// The processor to stay on; -1 for any.
  int cpu = -1;
  /// What is added to the niceness; left as it is where that is not permitted.
  int niceness = 0;
  /// Descriptors it may have; 0 for as many as this process.
  unsigned files_max = 0;
};

/// A program that this one started. It ends with the object, and with this process, whichever comes first.
class Child {
 public:
  /// Starts `command`, its standard output in our hands.
  ///
  /// Errors: std::system_error.
  Child(const std::vector<std::string>& command, const ChildOptions& options);
  /// Forks, calls `work` in the new process and ends that with what it returns; it prints to `output`.
  Child(const std::function<int(int output)>& work, const ChildOptions& options);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t id() const { return id_; }
  /// The next line of its output without the line end; none when it closed its output or `patience` is over.
  std::optional<std::string> read_line(std::chrono::milliseconds patience);
  /// Asks it to end.
  void terminate() const;
  /// Asks it to end and waits; true when it ended with status 0 (killing it when it does not end within five seconds).
  bool stop();
  /// Waits for it to end by itself; true when it did so with status 0.
  bool wait(std::chrono::milliseconds patience);

 private:
  void start(const std::function<int(int output)>& work, const ChildOptions& options);

  pid_t id_ = 0;
  int output_ = -1;
  std::string unread_;
  bool is_over_ = false;
};

}  // namespace freshet::bench
