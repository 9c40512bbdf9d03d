// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "freshet/graph/detail/set_node.hpp"

namespace freshet::detail {

/// The rows of a collection that another one has too (kIn), by key and value, or those that it has not.
template <class Key, class Value, bool kIn> class MembershipNode final : public SetNode<Key, Value, 2, false> {
 public:
  using Base = SetNode<Key, Value, 2, false>;

  MembershipNode(Core& core, std::string name, const typename Base::Sources& sources)
      : Base(core, std::move(name), sources) {
    this->decide_all([this](Slot row) { return keeps(row); });
  }

  void update() override {
    touched_.clear();
    this->classes_.update([this](Slot of_class) { touched_.push_back({of_class, is_in_other(of_class)}); });
    for (const Touched& touched : touched_) {
      if (is_in_other(touched.of_class) == touched.was_in_other) continue;
      this->classes_.rows(touched.of_class, 0).for_each([this](Slot row) { this->add_candidate(row); });
    }
    this->decide([this](Slot row) { return keeps(row); });
  }

  std::optional<std::string> invariant() const override {
    return this->check([this](Slot row) { return keeps(row); });
  }
  std::string kind() const override { return kIn ? "intersect" : "difference"; }
  void origins(Slot row, const NodeBase::VisitOrigin& visit) const override {
    Base::origins(row, visit);
    const Slot of_class = this->classes_.class_of(0, row);
    if (of_class == kNoSlot) return;
    this->classes_.rows(of_class, 1).for_each([&](Slot other) { visit(this->classes_.source(1), other); });
  }

 private:
  struct Touched {
    Slot of_class;
    bool was_in_other;
  };

  bool is_in_other(Slot of_class) const { return !this->classes_.rows(of_class, 1).empty(); }
  bool keeps(Slot row) const {
    const Slot of_class = this->classes_.class_of(0, row);
    return of_class != kNoSlot && is_in_other(of_class) == kIn;
  }

  std::vector<Touched> touched_;  // kept for its memory
};

}  // namespace freshet::detail
