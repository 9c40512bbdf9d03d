// SPDX-License-Identifier: MIT
#include "freshet/service/internal/systemd.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace freshet::service {
namespace {

constexpr int kFirstListener = 3;
constexpr std::uint64_t kListenersMax = 64;
constexpr std::uint64_t kWatchdogMaxUs = 86'400'000'000;

// A number as systemd writes it: digits, without sign, blanks or zeros before it.
std::optional<std::uint64_t> number(std::string_view text, std::uint64_t max) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if ((text.front() == '0' && text.size() > 1) || value > max) return std::nullopt;
  return value;
}

tl::unexpected<Error> malformed(const std::string& variable, const std::string& value) {
  return fail(ErrorCode::invalid_argument,
              "the environment variable " + variable + " is malformed: " + value.substr(0, 64));
}

const std::string* find(const Systemd::Environment& environment, const std::string& name) {
  const auto found = environment.find(name);
  return found == environment.end() ? nullptr : &found->second;
}

// Whether a variable names this process; one that is inherited names another.
Result<bool> is_own(const Systemd::Environment& environment, const std::string& variable, int process_id) {
  const std::string* value = find(environment, variable);
  if (value == nullptr) return false;
  const auto named = number(*value, INT32_MAX);
  if (!named) return malformed(variable, *value);
  return *named == static_cast<std::uint64_t>(process_id);
}

// Nothing for one that cannot be an address.
std::optional<std::string> address_of(std::string name) {
  if (name.size() < 2 || name.size() >= sizeof(sockaddr_un::sun_path)) return std::nullopt;
  if (name.front() == '@') name.front() = '\0';
  if (name.front() != '/' && name.front() != '\0') return std::nullopt;
  return name;
}

}  // namespace

Result<Systemd> Systemd::from(const Environment& environment, int process_id) {
  Systemd systemd;
  const auto listens = is_own(environment, "LISTEN_PID", process_id);
  if (!listens) return fail(listens.error());
  if (const std::string* count = find(environment, "LISTEN_FDS"); *listens && count != nullptr) {
    const auto listeners = number(*count, kListenersMax);
    if (!listeners) return malformed("LISTEN_FDS", *count);
    for (std::uint64_t at = 0; at < *listeners; ++at) {
      systemd.listeners_.push_back(kFirstListener + static_cast<int>(at));
    }
  }
  if (const std::string* name = find(environment, "NOTIFY_SOCKET"); name != nullptr && !name->empty()) {
    auto address = address_of(*name);
    if (!address) return malformed("NOTIFY_SOCKET", *name);
    systemd.socket_ = *std::move(address);
  }
  const auto watched = is_own(environment, "WATCHDOG_PID", process_id);
  if (!watched) return fail(watched.error());
  // Without a number of the process it is for whoever has the variable.
  const bool is_watched = *watched || find(environment, "WATCHDOG_PID") == nullptr;
  if (const std::string* time = find(environment, "WATCHDOG_USEC"); is_watched && time != nullptr) {
    const auto microseconds = number(*time, kWatchdogMaxUs);
    if (!microseconds || *microseconds < 2) return malformed("WATCHDOG_USEC", *time);
    systemd.watchdog_period_ = std::chrono::microseconds(*microseconds / 2);
  }
  return systemd;
}

void Systemd::notify(std::string_view text) const {
  if (socket_.empty()) return;
  const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::ranges::copy(socket_, address.sun_path);
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  [[maybe_unused]] const auto sent = ::sendto(socket, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                                              reinterpret_cast<const sockaddr*>(&address), size);
  ::close(socket);
}

}  // namespace freshet::service
