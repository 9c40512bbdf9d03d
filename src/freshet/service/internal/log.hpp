// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string_view>

namespace spdlog {
class logger;
}

namespace freshet::service {

/// What a service tells its operator, line by line on standard error. Keeps spdlog to one source file.
class Log {
 public:
  /// Requires: `level` is one of trace, debug, info, warn, error, off; anything else counts as info.
  explicit Log(std::string_view level);
  ~Log();

  void debug(std::string_view text);
  void info(std::string_view text);
  void warn(std::string_view text);
  void error(std::string_view text);

 private:
  std::unique_ptr<spdlog::logger> logger_;
};

}  // namespace freshet::service
