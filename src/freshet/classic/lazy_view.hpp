// SPDX-License-Identifier: MIT
#pragma once

#include "freshet/graph/lazy.hpp"

namespace freshet {

/// A collection that is computed only while somebody reads it, as a class: derive, hold the collections that it is made
/// of, and build(). See Lazy for what opening means.
///
/// Lifetime: must be there when it is opened; the collections that it gave may outlive it.
/// Thread safety: belongs to the loop of the graph.
/// Example: src/freshet/classic/lazy_view.test.cpp [lazy]
template <class KeyType, class ValueType> class LazyView {
 public:
  using Key = KeyType;
  using Value = ValueType;

  LazyView(const LazyView&) = delete;
  LazyView& operator=(const LazyView&) = delete;
  virtual ~LazyView() = default;

  /// The view, built if nobody holds it. Errors: what build() throws; nothing stays then.
  Collection<Key, Value> open() {
    return view_.open([this] { return build(); });
  }
  /// Whether somebody holds the view.
  bool is_open() const { return view_.is_open(); }

 protected:
  LazyView() = default;

  /// Makes the view. Called by open() while nobody holds it.
  virtual Collection<Key, Value> build() = 0;

 private:
  detail::SharedWhileHeld<Key, Value> view_;
};

}  // namespace freshet
