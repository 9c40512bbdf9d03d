// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "freshet/graph/detail/row_classes.hpp"
#include "freshet/graph/detail/selection_node.hpp"

namespace freshet::detail {

/// The rows of the first source that are kept for the sake of the class they are in.
template <class Key, class Value, std::size_t kSources, bool kInOrder>
class SetNode : public SelectionNode<Key, Value> {
 public:
  using Source = CollectionNode<Key, Value>;
  using Sources = std::array<std::shared_ptr<Source>, kSources>;

  bool same(const Sources& sources) const {
    for (std::size_t i = 0; i < kSources; ++i) {
      if (sources[i].get() != &classes_.source(i)) return false;
    }
    return true;
  }

  void settle() final {
    this->settle_selection();
    classes_.settle();
    forget();
  }
  void roll_back() final {
    this->roll_back_selection();
    classes_.roll_back();
    for (const auto& delta : classes_.source(0).deltas()) seen_.clear(delta.row);
    forget();
  }
  std::size_t bytes() const final {
    return SelectionNode<Key, Value>::bytes() + classes_.bytes() + seen_.bytes() +
           candidates_.capacity() * sizeof(Slot);
  }

 protected:
  SetNode(Core& core, std::string name, const Sources& sources)
      : SelectionNode<Key, Value>(core, std::move(name), {sources.begin(), sources.end()}, *sources[0]),
        classes_(plain(sources)) {}

  /// Decides about all rows, once. For the constructors of derived nodes, which say with `keeps(row)` which to keep.
  template <class Keeps> void decide_all(Keeps keeps) {
    const Source& source = classes_.source(0);
    source.present().for_each(source.space().end(), [&](Slot row) {
      const Value* value = source.value(row);
      this->select(row, value, keeps(row) ? value : nullptr);
    });
    settle();
  }
  /// Decides about the rows that changed and about the candidates.
  template <class Keeps> void decide(Keeps keeps) {
    const Source& source = classes_.source(0);
    for (const auto& delta : source.deltas()) {
      seen_.set(delta.row);
      this->select(delta.row, delta.before, delta.after != nullptr && keeps(delta.row) ? delta.after : nullptr);
    }
    for (const Slot row : candidates_) {
      if (!seen_.claim(row)) continue;
      const Value* value = source.value(row);
      this->select(row, value, keeps(row) ? value : nullptr);
    }
    for (const auto& delta : source.deltas()) seen_.clear(delta.row);
    for (const Slot row : candidates_) seen_.clear(row);
  }
  /// A row about which the classes' changes may decide anew.
  void add_candidate(Slot row) { candidates_.push_back(row); }

  template <class Keeps> std::optional<std::string> check(Keeps keeps) const {
    if (auto wrong = SelectionNode<Key, Value>::invariant()) return wrong;
    if (auto wrong = classes_.invariant()) return wrong;
    std::optional<std::string> wrong;
    classes_.source(0).present().for_each(this->space_->end(), [&](Slot row) {
      if (this->selected(row) != keeps(row)) wrong = "row " + std::to_string(row) + " is kept, or left out, wrongly";
    });
    return wrong;
  }

  RowClasses<Key, Value, kSources, kInOrder> classes_;

 private:
  static std::array<const Source*, kSources> plain(const Sources& sources) {
    std::array<const Source*, kSources> pointers{};
    for (std::size_t i = 0; i < kSources; ++i) pointers[i] = sources[i].get();
    return pointers;
  }
  void forget() {
    for (const Slot row : candidates_) seen_.clear(row);
    candidates_.clear();
  }

  std::vector<Slot> candidates_;  // of the commit under way; may name a row twice
  SlotBits seen_;                 // rows decided about while update() runs; clear otherwise
};

/// The node of type `Node` over these sources.
template <class Node> auto make_set_node(const typename Node::Sources& sources, std::string_view verb) {
  Core& core = sources[0]->core();
  std::size_t signature = sources.size();
  for (const auto& source : sources) signature = signature * 31 + source->id();
  return core.find_or_make<Node>(
      signature, [&](const Node& node) { return node.same(sources); },
      [&] { return std::make_unique<Node>(core, derived_name(*sources[0], verb), sources); });
}

}  // namespace freshet::detail
