// SPDX-License-Identifier: MIT
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "freshet/base/result.hpp"
#include "freshet/net/exchange.hpp"
#include "freshet/service/access_log_options.hpp"

namespace freshet::service {

/// An exchange as one line of JSON, with its line end.
///
/// Secrets are not in it: of the query only the names are, but for the parameters of the protocol that are none; of the
/// header fields there is nothing but the request's id.
std::string access_log_line(const net::Exchange& exchange);

/// Writes access_log_line() of each exchange to a file, on a thread of its own.
///
/// Thread safety: any thread. Invariant: no more than AccessLogOptions::queue_bytes_max wait.
class AccessLog {
 public:
  struct Stats {
    std::uint64_t lines = 0;
    std::uint64_t dropped = 0;  ///< queue_bytes_max
    std::uint64_t faults = 0;   ///< what could not be written, or opened
  };

  /// Errors: unavailable, where the file cannot be opened.
  static Result<std::unique_ptr<AccessLog>> open(AccessLogOptions options);
  AccessLog(const AccessLog&) = delete;
  AccessLog& operator=(const AccessLog&) = delete;
  /// Writes what waits, and waits for that.
  ~AccessLog();

  /// Never waits for the file.
  void add(const net::Exchange& exchange);
  /// Has the file opened by its name again: somebody has moved it away.
  void reopen();
  Stats stats() const;

 private:
  AccessLog(AccessLogOptions options, int file);
  void run();
  void write(const std::string& lines);
  void open_again();

  const AccessLogOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  // From here on under mutex_.
  std::string waiting_;
  bool reopening_ = false;
  bool ending_ = false;
  Stats stats_;

  // Of the thread, once it runs.
  int file_;
  std::thread thread_;
};

}  // namespace freshet::service
