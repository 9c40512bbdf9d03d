// SPDX-License-Identifier: MIT
#include "freshet/net/internal/sweep_ring.hpp"

#include <algorithm>
#include <utility>

#include "freshet/base/assert.hpp"

namespace freshet::net {

void SweepRing::insert(Swept& object) {
  object.place_ = objects_.size();
  objects_.push_back(&object);
}

void SweepRing::erase(Swept& object) {
  FRESHET_ASSERT(object.place_ < objects_.size() && objects_[object.place_] == &object);
  Swept* const last = objects_.back();
  objects_[object.place_] = last;
  last->place_ = object.place_;
  objects_.pop_back();
}

void SweepRing::sweep(SteadyTime now, std::chrono::milliseconds period) {
  const auto elapsed = std::chrono::duration<double>(now - std::exchange(last_, now));
  const double share = std::min(1.0, elapsed / std::chrono::duration<double>(period));
  due_ = std::min(due_ + share * static_cast<double>(objects_.size()), static_cast<double>(objects_.size()));
  const auto count = static_cast<std::size_t>(due_);
  due_ -= static_cast<double>(count);
  visit(count, now);
}

void SweepRing::sweep_all(SteadyTime now) { visit(objects_.size(), now); }

// Downwards: what takes the place of an erased object has been looked at.
void SweepRing::visit(std::size_t count, SteadyTime now) {
  for (; count > 0 && !objects_.empty(); --count) {
    if (next_ == 0 || next_ > objects_.size()) next_ = objects_.size();
    objects_[--next_]->on_sweep(now);
  }
}

}  // namespace freshet::net
