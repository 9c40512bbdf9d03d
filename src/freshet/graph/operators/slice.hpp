// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "freshet/graph/collection.hpp"
#include "freshet/graph/detail/selection_node.hpp"

namespace freshet::detail {

/// The keys from one on and below another one; either may be missing.
template <class Key> struct KeyRange {
  std::optional<Key> from;
  std::optional<Key> to;

  bool contains(const Key& key) const { return !(from && compare(key, *from) < 0) && !(to && compare(key, *to) >= 0); }
  bool same(const KeyRange& other) const { return equal(from, other.from) && equal(to, other.to); }
  std::size_t hash() const { return hash_of(from) * 31 + hash_of(to); }
};

/// The keys that begin with a text.
inline KeyRange<std::string> keys_with_prefix(std::string prefix) {
  KeyRange<std::string> range{prefix, std::nullopt};
  // Behind them comes the prefix with its last byte raised; bytes that cannot be raised are left away.
  while (!prefix.empty() && prefix.back() == '\xff') prefix.pop_back();
  if (prefix.empty()) return range;
  prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
  range.to = std::move(prefix);
  return range;
}

/// The rows of the source whose keys are in a range.
template <class Key, class Value> class SliceNode final : public SelectionNode<Key, Value> {
 public:
  using Source = CollectionNode<Key, Value>;

  SliceNode(Core& core, std::string name, const std::shared_ptr<Source>& source, KeyRange<Key> range)
      : SelectionNode<Key, Value>(core, std::move(name), {source}, *source),
        source_(*source),
        range_(std::move(range)) {
    source->present().for_each(source->space().end(), [&](Slot row) {
      const Value* value = source->value(row);
      if (range_.contains(source->space().key(row))) this->select(row, value, value);
    });
    settle();
  }

  bool same(const Source& source, const KeyRange<Key>& range) const {
    return &source == &source_ && range.same(range_);
  }

  void update() override {
    for (const auto& delta : source_.deltas()) {
      // A row keeps its key: one that is in the slice stays in it.
      if (this->selected(delta.row) || range_.contains(source_.space().key(delta.row))) {
        this->select(delta.row, delta.before, delta.after);
      }
    }
  }
  void settle() override { this->settle_selection(); }
  void roll_back() override { this->roll_back_selection(); }

  std::optional<std::string> invariant() const override {
    if (auto wrong = SelectionNode<Key, Value>::invariant()) return wrong;
    std::optional<std::string> wrong;
    source_.present().for_each(source_.space().end(), [&](Slot row) {
      if (this->selected(row) != range_.contains(source_.space().key(row))) {
        wrong = "row " + std::to_string(row) + " is not where its key says";
      }
    });
    return wrong;
  }

 private:
  const Source& source_;
  const KeyRange<Key> range_;
};

template <class Key, class Value>
Collection<Key, Value> make_slice(const Collection<Key, Value>& source, const KeyRange<Key>& range) {
  using Node = SliceNode<Key, Value>;
  Core& core = source.node().core();
  return Collection<Key, Value>(core.find_or_make<Node>(
      source.node().id() * 31 + range.hash(), [&](const Node& node) { return node.same(source.node(), range); },
      [&] { return std::make_unique<Node>(core, derived_name(source.node(), "slice"), source.shared_node(), range); }));
}

}  // namespace freshet::detail

namespace freshet {

template <class Key, class Value>
Collection<Key, Value> Collection<Key, Value>::slice(const Key& from, const Key& to) const {
  return detail::make_slice(*this, detail::KeyRange<Key>{from, to});
}
template <class Key, class Value> Collection<Key, Value> Collection<Key, Value>::slice_from(const Key& from) const {
  return detail::make_slice(*this, detail::KeyRange<Key>{from, std::nullopt});
}
template <class Key, class Value> Collection<Key, Value> Collection<Key, Value>::slice_to(const Key& to) const {
  return detail::make_slice(*this, detail::KeyRange<Key>{std::nullopt, to});
}
template <class Key, class Value>
template <class Text>
Collection<Key, Value> Collection<Key, Value>::slice_prefix(const Text& prefix) const {
  constexpr bool text = std::is_same_v<Key, std::string>;
  static_assert(text, "Freshet: slice_prefix() is for keys of std::string; use slice(from, to) for others");
  if constexpr (text) return detail::make_slice(*this, detail::keys_with_prefix(std::string(prefix)));
}

}  // namespace freshet
