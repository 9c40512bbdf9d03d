// SPDX-License-Identifier: MIT
#include "freshet/store/postgres/internal/requests.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace freshet::store::postgres {

void Requests::push(TransactionBody body, TransactionEnd end) {
  Error refusal{.code = ErrorCode::unavailable, .primary = "the store is closing"};
  {
    const std::lock_guard lock(mutex_);
    if (!is_closed_ && waiting_.size() < waiting_max_) {
      waiting_.push_back({.body = std::move(body), .end = std::move(end)});
      changed_.notify_one();
      return;
    }
    if (!is_closed_) {
      refusal = {.code = ErrorCode::limit_exceeded,
                 .primary = "too many transactions wait for PostgreSQL",
                 .detail = std::to_string(waiting_max_),
                 .hint = "try again later, or raise waiting_max"};
    }
  }
  end(fail(std::move(refusal)));
}

std::vector<Request> Requests::take_locked(std::size_t count) {
  std::vector<Request> taken;
  while (!waiting_.empty() && taken.size() < count) {
    taken.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  return taken;
}

std::vector<Request> Requests::take(std::size_t count) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return is_closed_ || !waiting_.empty(); });
  return take_locked(count);
}

std::vector<Request> Requests::take_more(std::size_t count) {
  const std::lock_guard lock(mutex_);
  return take_locked(count);
}

std::vector<Request> Requests::take_older(SteadyTime time) {
  const std::lock_guard lock(mutex_);
  const auto young = std::ranges::find_if(waiting_, [&](const Request& request) { return request.since >= time; });
  return take_locked(static_cast<std::size_t>(young - waiting_.begin()));
}

void Requests::close() {
  std::deque<Request> waiting;
  {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
    waiting = std::exchange(waiting_, {});
    changed_.notify_all();
  }
  for (Request& request : waiting) request.end(fail(ErrorCode::unavailable, "the store is closing"));
}

}  // namespace freshet::store::postgres
