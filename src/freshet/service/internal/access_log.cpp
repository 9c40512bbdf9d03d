// SPDX-License-Identifier: MIT
#include "freshet/service/internal/access_log.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <string_view>
#include <unistd.h>
#include <utility>

#include "freshet/codec/json_writer.hpp"
#include "freshet/codec/timestamp.hpp"

namespace freshet::service {
namespace {

constexpr std::string_view kPublicParameters[] = {"since", "poll"};
constexpr std::size_t kPathBytesMax = 1024;

// Bytes that a well-formed target does not have, and more of it than anybody reads, are left out.
std::string readable(std::string_view text) {
  std::string result(text.substr(0, kPathBytesMax));
  std::ranges::replace_if(
      result, [](char c) { return c <= ' ' || c > '~'; }, '?');
  return result;
}

// Any parameter may be a secret, of the program's own making: only what is known to be none is shown.
std::string without_values(std::string_view query) {
  std::string result;
  while (!query.empty() && result.size() < kPathBytesMax) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const std::size_t equals = pair.find('=');
    const std::string_view name = pair.substr(0, equals);
    if (!result.empty()) result += '&';
    if (std::ranges::count(kPublicParameters, name) != 0) {
      result += readable(pair);
    } else if (equals == std::string_view::npos) {
      result += "***";
    } else {
      result.append(readable(name)).append("=***");
    }
  }
  return result;
}

std::string_view protocol_of(const net::Exchange& exchange) {
  switch (exchange.protocol) {
    case net::Exchange::Protocol::http1:
      return "http/1.1";
    case net::Exchange::Protocol::http2:
      return "h2";
    case net::Exchange::Protocol::websocket:
      break;
  }
  return "websocket";
}

void add_text(codec::JsonWriter& json, std::string_view name, std::string_view text) {
  if (text.empty()) return;
  json.name(name);
  json.string(text);
}

// Of standard error a copy, so that both can be closed.
int open_file(const std::string& file) {
  constexpr mode_t kMode = 0640;
  if (file == "-") return ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
  return ::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, kMode);
}

// A pipe whose reader has gone is an error to be counted here, not the end of the process.
void ignore_broken_pipes() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

}  // namespace

std::string access_log_line(const net::Exchange& exchange) {
  std::string line;
  codec::JsonWriter json(line);
  json.begin_object();
  std::string time;
  if (codec::append_timestamp(time, exchange.begun_at)) add_text(json, "time", time);
  if (exchange.client != nullptr) add_text(json, "client", exchange.client->address);
  if (exchange.method) {
    add_text(json, "method", to_string(*exchange.method));
    add_text(json, "path", readable(exchange.path));
    add_text(json, "query", without_values(exchange.query));
  }
  add_text(json, "protocol", protocol_of(exchange));
  json.name("status");
  json.integer(exchange.status);
  json.name("bytes");
  json.integer(exchange.bytes);
  json.name("duration_us");
  json.integer(std::chrono::duration_cast<std::chrono::microseconds>(exchange.duration).count());
  add_text(json, "request_id", exchange.request_id);
  if (exchange.closed) add_text(json, "closed", net::to_string(*exchange.closed));
  json.end_object();
  return line += '\n';
}

Result<std::unique_ptr<AccessLog>> AccessLog::open(AccessLogOptions options) {
  const int file = open_file(options.file);
  if (file < 0)
    return fail(ErrorCode::unavailable, "cannot write the access log " + options.file, std::strerror(errno));
  return std::unique_ptr<AccessLog>(new AccessLog(std::move(options), file));
}

AccessLog::AccessLog(AccessLogOptions options, int file)
    : options_(std::move(options)), file_(file), thread_([this] { run(); }) {}

AccessLog::~AccessLog() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  wake_.notify_one();
  thread_.join();
  ::close(file_);
}

void AccessLog::add(const net::Exchange& exchange) {
  const std::string line = access_log_line(exchange);
  {
    const std::scoped_lock lock(mutex_);
    if (waiting_.size() + line.size() > options_.queue_bytes_max) {
      ++stats_.dropped;
      return;
    }
    ++stats_.lines;
    waiting_ += line;
    if (waiting_.size() != line.size()) return;  // the thread knows
  }
  wake_.notify_one();
}

void AccessLog::reopen() {
  {
    const std::scoped_lock lock(mutex_);
    reopening_ = true;
  }
  wake_.notify_one();
}

AccessLog::Stats AccessLog::stats() const {
  const std::scoped_lock lock(mutex_);
  return stats_;
}

void AccessLog::run() {
  ignore_broken_pipes();
  std::string lines;
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return ending_ || reopening_ || !waiting_.empty(); });
    lines.swap(waiting_);
    const bool reopens = std::exchange(reopening_, false);
    const bool ends = ending_ && lines.empty();
    lock.unlock();
    write(lines);  // what came before goes where it belongs
    lines.clear();
    if (reopens) open_again();
    if (ends) return;
    lock.lock();
  }
}

void AccessLog::write(const std::string& lines) {
  std::string_view rest = lines;
  while (!rest.empty()) {
    const long written = ::write(file_, rest.data(), rest.size());
    if (written > 0) {
      rest.remove_prefix(static_cast<std::size_t>(written));
    } else if (written == 0 || errno != EINTR) {
      const std::scoped_lock lock(mutex_);
      ++stats_.faults;
      return;
    }
  }
}

void AccessLog::open_again() {
  if (const int file = open_file(options_.file); file >= 0) {
    ::close(std::exchange(file_, file));
    return;
  }
  // The old one is better than none.
  const std::scoped_lock lock(mutex_);
  ++stats_.faults;
}

}  // namespace freshet::service
