// SPDX-License-Identifier: MIT
#include "freshet/net/internal/timer_queue.hpp"

#include <cstddef>
#include <utility>

namespace freshet::net {

std::uint64_t TimerQueue::add(SteadyTime due, std::chrono::nanoseconds period, Task task) {
  const std::uint64_t id = ++last_id_;
  entries_.emplace(Key{due, id}, std::make_shared<Entry>(Entry{period, std::move(task)}));
  due_of_.emplace(id, due);
  return id;
}

void TimerQueue::cancel(std::uint64_t id) {
  const auto found = due_of_.find(id);
  if (found == due_of_.end()) return;
  // Destroyed last: the task may own other timers, which are cancelled with it.
  const auto entry = entries_.extract({found->second, id});
  due_of_.erase(found);
}

std::optional<SteadyTime> TimerQueue::next_due() const {
  if (entries_.empty()) return std::nullopt;
  return entries_.begin()->first.first;
}

std::size_t TimerQueue::run_due(SteadyTime now) {
  std::size_t count = 0;
  const std::uint64_t last_id = last_id_;
  while (!entries_.empty() && entries_.begin()->first.first <= now) {
    const auto [due, id] = entries_.begin()->first;
    if (id > last_id) break;
    // Kept alive here: the task may cancel itself.
    const std::shared_ptr<Entry> entry = entries_.begin()->second;
    entries_.erase(entries_.begin());
    if (entry->period.count() > 0) {
      const auto missed = (now - due) / entry->period;
      const SteadyTime next = due + (missed + 1) * entry->period;
      entries_.emplace(Key{next, id}, entry);
      due_of_[id] = next;
    } else {
      due_of_.erase(id);
    }
    entry->task();
    ++count;
  }
  return count;
}

void TimerQueue::clear() {
  due_of_.clear();
  // Tasks that own timers, perhaps their own, find nothing to cancel any more.
  const auto entries = std::exchange(entries_, {});
}

}  // namespace freshet::net
