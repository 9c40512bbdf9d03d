// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <iterator>
#include <vector>

namespace freshet {

/// The values of one key, in their order: usually one, or none.
///
/// A view: it points into the collection. Lifetime: until the next commit, or until the mapper or callback that asked
/// returns. Cost: no allocation for up to one value.
template <class Value> class Values {
 public:
  class Iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = Value;
    using difference_type = std::ptrdiff_t;
    using pointer = const Value*;
    using reference = const Value&;

    Iterator() = default;
    explicit Iterator(const Value* const* at) : at_(at) {}
    reference operator*() const { return **at_; }
    pointer operator->() const { return *at_; }
    Iterator& operator++() {
      ++at_;
      return *this;
    }
    Iterator operator++(int) { return Iterator(at_++); }
    bool operator==(const Iterator&) const = default;

   private:
    const Value* const* at_ = nullptr;
  };

  std::size_t size() const { return many_.empty() ? (one_ != nullptr ? 1 : 0) : many_.size(); }
  bool empty() const { return size() == 0; }
  const Value& front() const { return *begin(); }
  const Value& operator[](std::size_t i) const { return *data()[i]; }
  Iterator begin() const { return Iterator(data()); }
  Iterator end() const { return Iterator(data() + size()); }

  /// Copies the values.
  std::vector<Value> to_vector() const { return {begin(), end()}; }

  void push_back(const Value* value) {
    if (one_ == nullptr) {
      one_ = value;
      return;
    }
    if (many_.empty()) many_.push_back(one_);
    many_.push_back(value);
  }

 private:
  const Value* const* data() const { return many_.empty() ? &one_ : many_.data(); }

  const Value* one_ = nullptr;
  std::vector<const Value*> many_;  // empty while there is at most one
};

}  // namespace freshet
