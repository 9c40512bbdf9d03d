// SPDX-License-Identifier: MIT
#include "freshet/base/inbox.hpp"

#include <utility>

namespace freshet {

Inbox::~Inbox() { close(); }

bool Inbox::enter() {
  if ((users_.fetch_add(1, std::memory_order_acq_rel) & kClosed) == 0) return true;
  leave();
  return false;
}

void Inbox::leave() {
  if (users_.fetch_sub(1, std::memory_order_acq_rel) == (kClosed | 1)) users_.notify_all();
}

bool Inbox::post(std::shared_ptr<Letter> letter) {
  if (!enter()) return false;
  Letter* mine = letter.get();
  mine->self_ = std::move(letter);
  Letter* before = newest_.load(std::memory_order_relaxed);
  do {
    mine->next_ = before;
  } while (!newest_.compare_exchange_weak(before, mine, std::memory_order_release, std::memory_order_relaxed));
  // From here on the letter may be delivered, posted again or gone.
  if (before == nullptr) wake();
  leave();
  return true;
}

std::shared_ptr<Inbox::Letter> Inbox::take() {
  Letter* oldest = nullptr;
  for (Letter* letter = newest_.exchange(nullptr, std::memory_order_acquire); letter != nullptr;) {
    Letter* next = std::exchange(letter->next_, oldest);
    oldest = std::exchange(letter, next);
  }
  return oldest == nullptr ? nullptr : std::move(oldest->self_);
}

std::size_t Inbox::deliver() {
  std::size_t count = 0;
  for (std::shared_ptr<Letter> letter = take(); letter != nullptr; ++count) {
    Letter* next = std::exchange(letter->next_, nullptr);
    letter->deliver();
    letter = next == nullptr ? nullptr : std::move(next->self_);
  }
  return count;
}

void Inbox::close() {
  users_.fetch_or(kClosed, std::memory_order_acq_rel);
  for (std::uint32_t now = users_.load(std::memory_order_acquire); now != kClosed;) {
    users_.wait(now, std::memory_order_acquire);
    now = users_.load(std::memory_order_acquire);
  }
  for (std::shared_ptr<Letter> letter = take(); letter != nullptr;) {
    Letter* next = std::exchange(letter->next_, nullptr);
    letter = next == nullptr ? nullptr : std::move(next->self_);
  }
}

}  // namespace freshet
