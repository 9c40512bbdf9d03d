// SPDX-License-Identifier: MIT
#include "freshet/service/internal/log.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_color_sinks.h>

namespace freshet::service {
namespace {

spdlog::level::level_enum level_of(std::string_view name) {
  const auto level = spdlog::level::from_str(std::string(name));
  return level == spdlog::level::off && name != "off" ? spdlog::level::info : level;
}

}  // namespace

// A logger of our own instead of spdlog's registry: two services in one process do not share a level.
Log::Log(std::string_view level)
    : logger_(std::make_unique<spdlog::logger>("freshet", std::make_shared<spdlog::sinks::stderr_color_sink_st>())) {
  logger_->set_level(level_of(level));
  logger_->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %^%l%$ %v");
}

Log::~Log() = default;

void Log::debug(std::string_view text) { logger_->debug(spdlog::string_view_t(text.data(), text.size())); }
void Log::info(std::string_view text) { logger_->info(spdlog::string_view_t(text.data(), text.size())); }
void Log::warn(std::string_view text) { logger_->warn(spdlog::string_view_t(text.data(), text.size())); }
void Log::error(std::string_view text) { logger_->error(spdlog::string_view_t(text.data(), text.size())); }

}  // namespace freshet::service
