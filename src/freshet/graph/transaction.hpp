// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "freshet/graph/input.hpp"

namespace freshet {

/// Writes to any number of inputs, to be applied together or not at all.
///
/// Later writes to a key replace earlier ones. After a commit the transaction is empty and keeps its memory, so a
/// writer may use one again and again without allocating.
///
/// Thread safety: a value; may be built on any thread, one at a time.
/// Example: src/freshet/graph/graph.test.cpp
class Transaction {
 public:
  Transaction() = default;
  Transaction(Transaction&&) noexcept = default;
  Transaction& operator=(Transaction&&) noexcept = default;

  /// Gives `key` this one value.
  template <class Key, class Value>
  Transaction& set(const Input<Key, Value>& input, std::type_identity_t<Key> key, std::type_identity_t<Value> value) {
    writes_to(input).push_back({std::move(key), std::move(value)});
    return *this;
  }
  /// Gives `key` these values, in this order; none is the same as erase().
  template <class Key, class Value>
  Transaction& set_all(const Input<Key, Value>& input, std::type_identity_t<Key> key,
                       std::type_identity_t<std::vector<Value>> values) {
    auto& writes = writes_to(input);
    if (values.empty()) {
      writes.push_back({std::move(key), std::monostate{}});
    } else if (values.size() == 1) {
      writes.push_back({std::move(key), Value(std::move(values.front()))});
    } else {
      writes.push_back({std::move(key), std::move(values)});
    }
    return *this;
  }
  /// Takes `key` away; nothing happens if it is not there.
  template <class Key, class Value> Transaction& erase(const Input<Key, Value>& input, std::type_identity_t<Key> key) {
    writes_to(input).push_back({std::move(key), std::monostate{}});
    return *this;
  }

  bool empty() const {
    for (const auto& batch : batches_) {
      if (!batch->empty()) return false;
    }
    return true;
  }
  void clear() {
    for (const auto& batch : batches_) batch->clear();
  }

 private:
  friend class Graph;

  template <class Key, class Value> std::vector<detail::Write<Key, Value>>& writes_to(const Input<Key, Value>& input) {
    using Writes = detail::InputWrites<Key, Value>;
    const detail::NodeBase* node = &input.node();
    for (const auto& batch : batches_) {
      if (&std::as_const(*batch).input() == node) return static_cast<Writes&>(*batch).writes();
    }
    auto batch = std::make_unique<Writes>(input.shared_input());
    auto& writes = batch->writes();
    batches_.push_back(std::move(batch));
    return writes;
  }

  std::vector<std::unique_ptr<detail::WriteBatch>> batches_;  // one per input
};

}  // namespace freshet
