// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "freshet/base/result.hpp"

namespace freshet::service {

/// What systemd says to a service that it starts, and what the service says to systemd: a few environment variables and
/// datagrams, for which no library is needed.
///
/// Without systemd, or where it speaks to another process, there is nothing to hear, and what is said is dropped.
/// Source: sd_listen_fds(3), sd_notify(3), sd_watchdog_enabled(3)
class Systemd {
 public:
  using Environment = std::map<std::string, std::string>;

  /// For nobody.
  Systemd() = default;
  /// Errors: invalid_argument, naming the variable, where what is meant for this process is malformed.
  static Result<Systemd> from(const Environment& environment, int process_id);

  /// Sockets that listen already, with LISTEN_FDS: the service takes them over.
  const std::vector<int>& listeners() const { return listeners_; }
  /// How often a sign of life is wanted, with WATCHDOG_USEC; half of what systemd waits for.
  std::optional<std::chrono::microseconds> watchdog_period() const { return watchdog_period_; }

  /// Says one or several lines, "READY=1". Does not wait; what systemd does not take is lost.
  void notify(std::string_view text) const;

 private:
  std::vector<int> listeners_;
  std::optional<std::chrono::microseconds> watchdog_period_;
  // A path, or the name of an abstract socket behind a NUL; empty: nobody listens.
  std::string socket_;
};

}  // namespace freshet::service
