// SPDX-License-Identifier: MIT
#pragma once

#include "freshet/graph/collection.hpp"
#include "freshet/graph/detail/set_node.hpp"

namespace freshet::detail {

/// Of the rows with equal keys and values the one that stands first in the order of the source.
template <class Key, class Value> class DistinctNode final : public SetNode<Key, Value, 1, true> {
 public:
  using Base = SetNode<Key, Value, 1, true>;

  DistinctNode(Core& core, std::string name, const typename Base::Sources& sources)
      : Base(core, std::move(name), sources) {
    this->decide_all([this](Slot row) { return keeps(row); });
  }

  void update() override {
    touched_.clear();
    this->classes_.update([this](Slot of_class) {
      touched_.push_back(of_class);
      note_first(of_class);
    });
    for (const Slot of_class : touched_) note_first(of_class);
    this->decide([this](Slot row) { return keeps(row); });
  }

  std::optional<std::string> invariant() const override {
    return this->check([this](Slot row) { return keeps(row); });
  }

 private:
  bool keeps(Slot row) const {
    const Slot of_class = this->classes_.class_of(0, row);
    return of_class != kNoSlot && this->classes_.rows(of_class, 0).front() == row;
  }
  void note_first(Slot of_class) {
    const auto& rows = this->classes_.rows(of_class, 0);
    if (!rows.empty()) this->add_candidate(rows.front());
  }

  std::vector<Slot> touched_;  // kept for its memory
};

}  // namespace freshet::detail

namespace freshet {

template <class Key, class Value> Collection<Key, Value> Collection<Key, Value>::distinct() const {
  return Collection(detail::make_set_node<detail::DistinctNode<Key, Value>>({shared_node()}, "distinct"));
}

}  // namespace freshet
