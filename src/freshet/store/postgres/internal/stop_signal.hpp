// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "freshet/base/assert.hpp"

namespace freshet::store::postgres {

/// Ends waiting: for a socket, or for time to pass. Once fired it stays fired; a poke only makes whoever waits look up.
///
/// Thread safety: all may be called from any thread. Lifetime: outlives all who wait.
class StopSignal {
 public:
  StopSignal() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) { FRESHET_ASSERT(event_ >= 0); }
  ~StopSignal() { ::close(event_); }
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  void fire() {
    fired_.store(true);
    poke();
  }
  void poke() {
    const std::uint64_t one = 1;
    FRESHET_ASSERT(::write(event_, &one, sizeof one) >= 0);
  }
  /// Forgets pokes, unless the signal is fired.
  void settle() const {
    std::uint64_t count = 0;
    if (!fired()) [[maybe_unused]]
      const auto read = ::read(event_, &count, sizeof count);
    // Fired in between: the next who waits must not miss it.
    if (fired() && count > 0) [[maybe_unused]]
      const auto written = ::write(event_, &count, sizeof count);
  }
  bool fired() const { return fired_.load(); }
  int descriptor() const { return event_; }

  /// Lets time pass, less of it after a poke. Returns whether the signal was fired.
  bool sleep(std::chrono::milliseconds time) const {
    pollfd wait{.fd = event_, .events = POLLIN, .revents = 0};
    if (!fired()) ::poll(&wait, 1, static_cast<int>(time.count()));
    settle();
    return fired();
  }

 private:
  int event_;
  std::atomic<bool> fired_ = false;
};

}  // namespace freshet::store::postgres
