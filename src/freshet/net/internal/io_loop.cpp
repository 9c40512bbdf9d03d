// SPDX-License-Identifier: MIT
#include "freshet/net/internal/io_loop.hpp"

#include <pthread.h>
#include <utility>

#include "freshet/net/internal/far_end.hpp"
#include "freshet/net/internal/io_loops.hpp"

namespace freshet::net {

IoLoop::IoLoop(IoLoops& owner, const Clock& clock, const ServerOptions& options, std::string name)
    : owner_(owner),
      name_(std::move(name)),
      loop_(clock),
      hub_(std::make_shared<StreamHub>(loop_.core(), options)),
      sweep_timer_(loop_.every(options.sweep_interval, [this] { hub_->sweep(); })) {
  inbox_.set_wakeup([this] { loop_.post([this] { inbox_.deliver(); }); });
}

IoLoop::~IoLoop() { halt(); }

void IoLoop::start() {
  if (thread_.joinable()) return;
  thread_ = std::thread([this] { run(); });
  // For top and debuggers.
  ::pthread_setname_np(thread_.native_handle(), name_.c_str());
}

void IoLoop::halt() {
  if (!thread_.joinable()) return;
  // Relaxed: the post orders it before the turn that it begins.
  halting_.store(true, std::memory_order_relaxed);
  loop_.post([] {});
  thread_.join();
  halting_.store(false, std::memory_order_relaxed);
}

void IoLoop::run() {
  while (!halting_.load(std::memory_order_relaxed)) {
    loop_.core().turn(true);
    end_turn();
  }
}

bool IoLoop::poll() {
  const bool ran = loop_.core().turn(false);
  end_turn();
  return ran;
}

void IoLoop::end_turn() {
  publish();
  if (report_ != nullptr) owner_.post(std::exchange(report_, nullptr));
}

void IoLoop::publish() {
  const StreamHub::Counters& counters = hub_->counters();
  figures_.writes.store(counters.writes, std::memory_order_relaxed);
  figures_.bytes.store(counters.bytes, std::memory_order_relaxed);
  figures_.stalled.store(counters.stalled, std::memory_order_relaxed);
  figures_.misbehaving.store(counters.misbehaving, std::memory_order_relaxed);
  figures_.gone.store(taken_bytes_ - counters.queued_bytes, std::memory_order_relaxed);
}

IoReport& IoLoop::report() {
  if (report_ == nullptr) report_ = std::make_shared<IoReport>(owner_, *this);
  return *report_;
}

void IoLoop::read_on() {
  for (std::size_t at = paused_.size(); at > 0 && may_read(); --at) {
    FarEnd& end = *paused_[at - 1];
    if (!end.may_read()) continue;
    paused_[at - 1] = paused_.back();
    paused_.pop_back();
    end.resume();
  }
}

void IoLoop::shut() {
  sweep_timer_.cancel();
  inbox_.close();
  report_.reset();
  hub_->shut();
}

}  // namespace freshet::net
