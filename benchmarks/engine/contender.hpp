// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "engine/group_sums.hpp"
#include "freshet/base/assert.hpp"
#include "freshet/graph/graph.hpp"
#include "freshet/meta/verbs.hpp"

namespace freshet::bench {

/// The view of Floor, declared in Freshet: rows -> map -> re-keyed by group -> sum.
template <class Amount> class FreshetContender {
 public:
  explicit FreshetContender(Sink<Amount> sink) : sink_(std::move(sink)) {
    subscription_ = sums_.subscribe([this](const Changes<std::uint64_t, Amount>& changes) { emit(changes); });
  }

  void commit(std::span<const Write<Amount>> writes) {
    for (const Write<Amount>& write : writes) transaction_.set(rows_, write.key, write.entry);
    FRESHET_ASSERT(graph_.commit(transaction_).has_value());
  }

 private:
  static std::pair<std::uint64_t, Scaled<Amount>> by_group(const Scaled<Amount>& scaled) {
    return {scaled.group, scaled};
  }

  void emit(const Changes<std::uint64_t, Amount>& changes) {
    for (const auto change : changes) {
      const bool gone = change.values().empty();
      deltas_.push_back({change.key(), gone ? Amount{} : change.values().front(), gone});
    }
    sink_(deltas_);
    deltas_.clear();
  }

  Graph graph_;
  Input<std::uint64_t, Entry<Amount>> rows_ = graph_.input<std::uint64_t, Entry<Amount>>("rows");
  Collection<std::uint64_t, Amount> sums_ =
      rows_.map(scale<Amount>).flat_map(by_group).reduce(sum<&Scaled<Amount>::amount>());
  Transaction transaction_;  // a commit empties it and leaves its memory
  std::vector<Delta<Amount>> deltas_;
  Sink<Amount> sink_;
  Subscription subscription_;
};

}  // namespace freshet::bench
