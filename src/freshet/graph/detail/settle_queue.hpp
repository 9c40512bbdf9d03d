// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>
#include <vector>

#include "freshet/graph/detail/support_graph.hpp"
#include "freshet/graph/iterate_options.hpp"

namespace freshet::detail {

/// A total order of values: the user's, then compare().
template <class Order, class Value> bool is_better(const Value& left, const Value& right) {
  if constexpr (!std::is_same_v<Order, Least>) {
    if (Order()(left, right)) return true;
    if (Order()(right, left)) return false;
  }
  return compare(left, right) < 0;
}

/// What is left to do with a row, when it is its turn.
template <class Value> struct Waiting {
  static constexpr Derived kStale = 0;                                    // derive from the row
  static constexpr Derived kDoubt = std::numeric_limits<Derived>::max();  // see whether it has a support

  Value value;
  std::uint64_t rank;
  Slot row;
  Derived derivation;  // that offers the value, or one of the above
};

/// Rows that wait to be settled: a heap with the best in front, and of equal ones the one with the least rank.
template <class Value, class Order> class SettleQueue {
 public:
  bool empty() const { return heap_.empty(); }
  void push(Waiting<Value> waiting) {
    heap_.push_back(std::move(waiting));
    std::push_heap(heap_.begin(), heap_.end(), later);
  }
  Waiting<Value> pop() {
    std::pop_heap(heap_.begin(), heap_.end(), later);
    Waiting<Value> first = std::move(heap_.back());
    heap_.pop_back();
    if (heap_.empty() && heap_.capacity() > kKeptMax) heap_ = {};
    return first;
  }
  void clear() { heap_.clear(); }
  std::size_t bytes() const { return heap_.capacity() * sizeof(Waiting<Value>); }

 private:
  static constexpr std::size_t kKeptMax = 1 << 16;

  static bool later(const Waiting<Value>& left, const Waiting<Value>& right) {
    if (is_better<Order>(right.value, left.value)) return true;
    return right.rank < left.rank && !is_better<Order>(left.value, right.value);
  }

  std::vector<Waiting<Value>> heap_;
};

}  // namespace freshet::detail
