// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <tuple>
#include <vector>

#include "freshet/base/clock.hpp"
#include "freshet/graph/detail/segments.hpp"

namespace freshet::detail {

/// Which rows end when: a heap by time, from which entries are not taken when their rows change. `valid(at, row)` says
/// whether an entry still means something; an entry that does not is skipped when its time comes, and thrown out with
/// others when they are more than those that do.
///
/// Follows the commit: what is pushed comes into the heap when the commit settles, what is popped goes for good then.
/// Cost: O(log rows) per push and pop, amortised; 16 bytes per entry, at most about two per row.
class ExpiryHeap {
 public:
  void push(Timestamp at, Slot row) { pushed_.push_back({at, row}); }

  /// Takes the entries up to and including `until`, those pushed in this commit among them, and calls `visit(row)` for
  /// the valid ones; `visit` makes them invalid.
  template <class Valid, class Visit> void pop_until(Timestamp until, Valid valid, Visit visit) {
    while (!heap_.empty() && heap_.front().at <= until) {
      popped_.push_back(heap_.front());
      std::pop_heap(heap_.begin(), heap_.end(), Later());
      heap_.pop_back();
      if (valid(popped_.back().at, popped_.back().row)) visit(popped_.back().row);
    }
    // By index: a visit may push.
    for (std::size_t i = 0; i < pushed_.size(); ++i) {
      if (pushed_[i].at <= until && valid(pushed_[i].at, pushed_[i].row)) visit(pushed_[i].row);
    }
  }

  /// `live`: how many entries can be valid.
  template <class Valid> void settle(std::size_t live, Valid valid) {
    popped_.clear();
    for (const Entry& entry : pushed_) {
      heap_.push_back(entry);
      std::push_heap(heap_.begin(), heap_.end(), Later());
    }
    pushed_.clear();
    if (heap_.size() > 2 * live + kSlack) compact(valid);
  }
  void roll_back() {
    pushed_.clear();
    for (const Entry& entry : popped_) {
      heap_.push_back(entry);
      std::push_heap(heap_.begin(), heap_.end(), Later());
    }
    popped_.clear();
  }

  std::size_t size() const { return heap_.size(); }
  std::size_t bytes() const { return (heap_.capacity() + pushed_.capacity() + popped_.capacity()) * sizeof(Entry); }

 private:
  static constexpr std::size_t kSlack = 64;

  struct Entry {
    Timestamp at;
    Slot row;
    bool operator==(const Entry&) const = default;
  };
  struct Later {
    bool operator()(const Entry& a, const Entry& b) const { return std::tie(b.at, b.row) < std::tie(a.at, a.row); }
  };

  template <class Valid> void compact(Valid valid) {
    std::erase_if(heap_, [&](const Entry& entry) { return !valid(entry.at, entry.row); });
    // A row that came back to a time that it had before is there twice. An ascending sequence is a heap.
    std::sort(heap_.begin(), heap_.end(), [](const Entry& a, const Entry& b) { return Later()(b, a); });
    heap_.erase(std::unique(heap_.begin(), heap_.end()), heap_.end());
  }

  std::vector<Entry> heap_;
  std::vector<Entry> pushed_, popped_;  // of the commit under way
};

}  // namespace freshet::detail
