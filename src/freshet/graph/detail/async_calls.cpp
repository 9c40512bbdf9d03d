// SPDX-License-Identifier: MIT
#include "freshet/graph/detail/async_calls.hpp"

#include <algorithm>
#include <utility>

#include "freshet/base/assert.hpp"
#include "freshet/graph/detail/core.hpp"

namespace freshet::detail {

AsyncCalls::AsyncCalls(const AsyncOptions& options, Core& core, Begin begin, Due due)
    : options_(options),
      inbox_(core.outside().inbox()),
      timers_(core.outside().timers),
      begin_(std::move(begin)),
      due_(std::move(due)),
      alive_(std::make_shared<AsyncCalls*>(this)) {}

AsyncCalls::~AsyncCalls() {
  for (auto& [row, request] : requests_) cancel_timer(request.retry_timer);
  for (const auto& call : under_way_) {
    cancel_timer(call->timer_);
    call->cancel();
  }
}

std::size_t AsyncCalls::room() const {
  const std::size_t places = options_.concurrent_max - std::min(options_.concurrent_max, under_way_.size());
  const std::size_t waiting_max = options_.waiting_max;
  const std::size_t most = waiting_max + places < waiting_max ? waiting_max : waiting_max + places;
  return most - std::min(most, queue_.size());
}

void AsyncCalls::want(Slot row) {
  Request& request = requests_[row];
  withdraw(request);
  request = {.number = ++last_number_, .attempts = 0, .call = nullptr, .retry_timer = 0};
  enqueue(row);
}

void AsyncCalls::forget(Slot row) {
  const auto at = requests_.find(row);
  if (at == requests_.end()) return;
  withdraw(at->second);
  requests_.erase(at);
}

void AsyncCalls::retry(Slot row) {
  const auto at = requests_.find(row);
  FRESHET_ASSERT(at != requests_.end());
  Request& request = at->second;
  request.call = nullptr;
  const auto delay = retry_delay(request.attempts);
  if (delay.count() == 0) return enqueue(row);
  request.retry_timer = schedule(delay, [this, row, number = request.number] {
    const auto waiting = requests_.find(row);
    if (waiting == requests_.end() || waiting->second.number != number) return;
    waiting->second.retry_timer = 0;
    enqueue(row);
    due_();
  });
}

void AsyncCalls::ended(AsyncCall& call) {
  cancel_timer(call.timer_);
  FRESHET_ASSERT(call.place_ < under_way_.size() && under_way_[call.place_].get() == &call);
  std::swap(under_way_[call.place_], under_way_.back());
  under_way_[call.place_]->place_ = call.place_;
  under_way_.pop_back();
}

bool AsyncCalls::awaits(const AsyncCall& call) const {
  const auto at = requests_.find(call.row_);
  return at != requests_.end() && at->second.number == call.number_;
}

void AsyncCalls::start() {
  // A function that is being started may, by what it calls, lead here again.
  if (std::exchange(starting_, true)) return;
  while (!queue_.empty() && under_way_.size() < options_.concurrent_max) {
    const Slot row = queue_.front();
    queue_.pop_front();
    queued_.clear(row);
    // Rows that went while they waited left their place in the queue behind.
    const auto at = requests_.find(row);
    if (at != requests_.end()) begin(row, at->second);
  }
  starting_ = false;
}

void AsyncCalls::begin(Slot row, Request& request) {
  ++request.attempts;
  std::shared_ptr<AsyncCall> call = begin_(row);
  call->row_ = row;
  call->number_ = request.number;
  call->place_ = under_way_.size();
  if (options_.timeout.count() > 0) {
    call->timer_ = schedule(options_.timeout, [weak = std::weak_ptr(call)] {
      if (const auto late = weak.lock()) late->expire();
    });
  }
  request.call = call;
  under_way_.push_back(std::move(call));
}

void AsyncCalls::enqueue(Slot row) {
  if (queued_.claim(row)) queue_.push_back(row);
}

void AsyncCalls::withdraw(Request& request) {
  cancel_timer(request.retry_timer);
  if (const auto call = std::move(request.call); call != nullptr && call->cancel()) ended(*call);
}

Timers::Id AsyncCalls::schedule(std::chrono::nanoseconds delay, std::function<void()> function) {
  return timers_->schedule(delay, [alive = std::weak_ptr(alive_), inbox = inbox_, function = std::move(function)] {
    if (!alive.expired() && !inbox->closed()) function();
  });
}

void AsyncCalls::cancel_timer(Timers::Id& id) {
  if (id != 0 && !inbox_->closed()) timers_->cancel(id);
  id = 0;
}

std::chrono::nanoseconds AsyncCalls::retry_delay(int attempts) const {
  auto delay = options_.retry_delay;
  for (int i = 1; i < attempts && delay < options_.retry_delay_max; ++i) {
    delay = delay > options_.retry_delay_max / 2 ? options_.retry_delay_max : delay * 2;
  }
  return std::min(delay, options_.retry_delay_max);
}

std::size_t AsyncCalls::bytes() const {
  return requests_.size() * sizeof(std::pair<Slot, Request>) + queue_.size() * sizeof(Slot) + queued_.bytes() +
         under_way_.capacity() * sizeof(under_way_[0]);
}

void check_options(const AsyncOptions& options, const Core& core) {
  const auto refuse = [](std::string primary, std::string hint) {
    throw Failure(Error{.code = ErrorCode::invalid_argument, .primary = std::move(primary), .hint = std::move(hint)});
  };
  if (options.concurrent_max == 0)
    refuse("an asynchronous mapper of no calls at a time", "concurrent_max is 1 or more");
  if (options.retries_max < 0 || options.timeout.count() < 0 || options.retry_delay.count() < 0 ||
      options.retry_delay_max.count() < 0) {
    refuse("a negative number among the options of an asynchronous mapper", "zero means none");
  }
  const bool delays = options.retries_max > 0 && options.retry_delay.count() > 0 && options.retry_delay_max.count() > 0;
  if (core.outside().timers == nullptr && (options.timeout.count() > 0 || delays)) {
    refuse("an asynchronous mapper with a timeout or a delay needs timers",
           "call Graph::set_timers(), which a Service does, or set timeout and retry_delay to zero");
  }
}

}  // namespace freshet::detail
