// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <iterator>
#include <span>

#include "freshet/graph/detail/segments.hpp"
#include "freshet/graph/stats.hpp"
#include "freshet/graph/values.hpp"

namespace freshet {

namespace detail {

/// One row that a commit changed: null before = new, null after = gone.
template <class Value> struct RowDelta {
  Slot row;
  const Value* before;
  const Value* after;
};

template <class Key, class Value> class CollectionNode;

}  // namespace detail

/// One key of one collection, with the values it has after a commit. No values: the key is gone.
template <class Key, class Value> class Change {
 public:
  const Key& key() const { return node_->space().keys().key(slot_); }
  Values<Value> values() const { return node_->values(slot_); }

 private:
  template <class, class> friend class Changes;
  Change(const detail::CollectionNode<Key, Value>& node, detail::Slot slot) : node_(&node), slot_(slot) {}

  const detail::CollectionNode<Key, Value>* node_;
  detail::Slot slot_;
};

/// What one commit changed in one collection: each changed key once, in key order.
///
/// Lifetime: valid inside the callback that receives it.
/// Example: src/freshet/graph/graph.test.cpp
template <class Key, class Value> class Changes {
 public:
  using Node = detail::CollectionNode<Key, Value>;

  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Change<Key, Value>;
    using difference_type = std::ptrdiff_t;

    Iterator(const Node* node, const detail::Slot* at) : node_(node), at_(at) {}
    Change<Key, Value> operator*() const { return {*node_, *at_}; }
    Iterator& operator++() {
      ++at_;
      return *this;
    }
    bool operator==(const Iterator&) const = default;

   private:
    const Node* node_;
    const detail::Slot* at_;
  };

  /// The commit that this is about; all of the graph is at this version now.
  Version version() const { return version_; }
  std::size_t size() const { return keys().size(); }
  Iterator begin() const { return {node_, keys().data()}; }
  Iterator end() const { return {node_, keys().data() + keys().size()}; }

  /// Calls `visit(key, before, after)` for each changed row, with pointers to its values before and after the commit
  /// (null: it was not there). In no particular order, and cheaper than by key: nothing is sorted.
  template <class Visit> void for_each_row(Visit visit) const {
    constexpr std::size_t kAhead = 8;  // rows: their keys are all over the memory
    const auto deltas = node_->deltas();
    const auto& space = node_->space();
    for (std::size_t i = 0; i < deltas.size(); ++i) {
      if (i + 2 * kAhead < deltas.size()) space.prefetch(deltas[i + 2 * kAhead].row);
      if (i + kAhead < deltas.size()) space.prefetch_key(deltas[i + kAhead].row);
      visit(space.key(deltas[i].row), deltas[i].before, deltas[i].after);
    }
  }

 private:
  friend Node;
  Changes(Version version, const Node& node) : version_(version), node_(&node) {}

  std::span<const detail::Slot> keys() const { return node_->changed_keys(); }

  Version version_;
  const Node* node_;
};

}  // namespace freshet
