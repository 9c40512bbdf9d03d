// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "freshet/base/assert.hpp"
#include "freshet/graph/by.hpp"
#include "freshet/graph/detail/reference_index.hpp"
#include "freshet/graph/detail/row_operator.hpp"
#include "freshet/graph/detail/selection_node.hpp"

namespace freshet::detail {

/// Which rows a semi or anti join keeps: those that the right side has the key of, or those that it has not.
enum class Keep { with_partner, without_partner };

/// The rows of the left side that refer to a key that the right side has, or to one that it has not.
template <class Key, class Left, class RightKey, class Right, Keep kKeep, class KeyOf>
class SemiJoinNode final : public SelectionNode<Key, Left> {
 public:
  using LeftNode = CollectionNode<Key, Left>;
  using RightNode = CollectionNode<RightKey, Right>;

  SemiJoinNode(Core& core, std::string name, const std::shared_ptr<LeftNode>& left,
               const std::shared_ptr<RightNode>& right, KeyOf key_of)
      : SelectionNode<Key, Left>(core, std::move(name), parents(left, right), *left),
        left_(*left),
        right_(*right),
        references_(*left, *right),
        function_(*this, *left, std::move(key_of), {}) {
    std::vector<RowDelta<Left>> block;
    const auto select_block = [&] {
      update_left(block);
      settle();
      block.clear();
    };
    left_.present().for_each(left_.space().end(), [&](Slot row) {
      const Left* value = left_.value(row);
      block.push_back({row, value, value});
      if (block.size() == kFirstBlock) select_block();
    });
    select_block();
  }

  bool same(const LeftNode& left, const RightNode& right, const KeyOf& key_of) const {
    return &right == &right_ && function_.same(left, key_of, {});
  }

  void update() override {
    revisits_ = !right_.deltas().empty();
    references_.follow_right();
    update_left(left_.deltas());
    for (const auto& delta : right_.deltas()) {
      if ((delta.before == nullptr) == (delta.after == nullptr)) continue;
      const Target list = references_.list_of(right_.space().key_slot(delta.row));
      if (!list.has_list()) continue;
      const auto near = [this](Slot row) { left_.prefetch_value(row); };
      references_.lists().for_each(list, near, [&](Slot row) {
        const Left* value = left_.value(row);
        if (first_visit(row)) this->select(row, value, keeps(list) ? value : nullptr);
      });
    }
    forget_visits();
  }
  void settle() override {
    this->settle_selection();
    references_.settle();
    function_.settle();
  }
  void roll_back() override {
    forget_visits();
    this->roll_back_selection();
    references_.roll_back();
    function_.roll_back();
  }

  bool has_failure_changes() const override { return function_.failures().has_changes(); }
  void collect_failures(std::vector<FailureNews>& news, bool all_standing) const override {
    function_.collect_row_failures(news, all_standing);
  }

  std::size_t bytes() const override {
    return SelectionNode<Key, Left>::bytes() + references_.bytes() + function_.bytes();
  }
  std::optional<std::string> invariant() const override {
    if (auto wrong = SelectionNode<Key, Left>::invariant()) return wrong;
    if (auto wrong = references_.invariant()) return wrong;
    if (auto wrong = function_.row_invariant()) return wrong;
    std::optional<std::string> wrong;
    references_.lists().for_each_known([&](Slot row, Target target) {
      const bool failed = function_.failures().find(row) != nullptr;
      if (this->selected(row) != (!failed && keeps(target))) wrong = "decided wrongly about row " + std::to_string(row);
    });
    return wrong;
  }

 private:
  static constexpr std::size_t kFirstBlock = 1024;  // rows that are selected at once when the node is made

  static std::vector<std::shared_ptr<NodeBase>> parents(const std::shared_ptr<LeftNode>& left,
                                                        const std::shared_ptr<RightNode>& right) {
    if (static_cast<NodeBase*>(right.get()) == left.get()) return {left};
    return {left, right};
  }
  static bool keeps(Target target) { return target.is_partner() == (kKeep == Keep::with_partner); }

  void update_left(std::span<const RowDelta<Left>> deltas) {
    references_.resolve(
        deltas, function_.function(), [](Slot, Slot) {},
        [this](const RowDelta<Left>& delta, Target target, const std::string* error) {
          references_.refer(delta.row, target);
          first_visit(delta.row);
          function_.forget(delta.row);
          if (error != nullptr) function_.fail(this->counters_, delta.row, this->space_->key(delta.row), *error);
          this->select(delta.row, delta.before, error == nullptr && keeps(target) ? delta.after : nullptr);
        });
  }

  bool first_visit(Slot row) {
    if (!revisits_) return true;
    if (!visited_.claim(row)) return false;
    visits_.push_back(row);
    return true;
  }
  void forget_visits() {
    for (const Slot row : visits_) visited_.clear(row);
    visits_.clear();
  }

  const LeftNode& left_;
  const RightNode& right_;
  ReferenceIndex<Key, Left, RightKey, Right> references_;
  RowFunction<Key, Left, KeyOf> function_;

  // Of the commit under way, but for what they keep in memory.
  bool revisits_ = false;  // a row may be asked for twice
  SlotBits visited_;
  std::vector<Slot> visits_;
};

template <Keep kKeep, class Key, class Left, class RightKey, class Right, class KeyOf>
Collection<Key, Left> make_semi_join(const Collection<Key, Left>& left, const Collection<RightKey, Right>& right,
                                     KeyOf key_of) {
  using Node = SemiJoinNode<Key, Left, RightKey, Right, kKeep, KeyOf>;
  Core& core = left.node().core();
  FRESHET_ASSERT(&right.node().core() == &core && "joined collections belong to one graph");
  const std::size_t hash = (left.node().id() * 31 + key_of.hash()) * 31 + right.node().id();
  constexpr const char* kVerb = kKeep == Keep::with_partner ? "semi_join" : "anti_join";
  return Collection<Key, Left>(core.find_or_make<Node>(
      hash, [&](const Node& node) { return node.same(left.node(), right.node(), key_of); },
      [&] {
        return std::make_unique<Node>(core, derived_name(left.node(), kVerb), left.shared_node(), right.shared_node(),
                                      key_of);
      }));
}

/// Refuses wrong key functions in words of ours; whether the rest may be compiled.
template <class KeyOf, class Key, class Left, class RightKey> constexpr bool check_key_function() {
  constexpr bool takes_rows = std::is_same_v<KeyOf, SameKey> || [] {
    if constexpr (requires { KeyOf::template takes<Key, Left>; }) return KeyOf::template takes<Key, Left>;
    return true;
  }();
  static_assert(takes_rows,
                "Freshet: the function in by() cannot be called as function(value) or function(key, value) with the "
                "rows of the left collection");
  if constexpr (takes_rows) {
    constexpr bool fits = names_key<std::invoke_result_t<const KeyOf&, const Key&, const Left&>, RightKey>();
    static_assert(fits || !std::is_same_v<KeyOf, SameKey>,
                  "Freshet: without by() a join matches equal keys, but these collections have keys of other types");
    static_assert(fits || std::is_same_v<KeyOf, SameKey>,
                  "Freshet: the function in by() gives no key of the right collection");
    return fits;
  } else {
    return false;
  }
}

template <Keep kKeep, class Key, class Left, class RightKey, class Right, class KeyOf>
auto checked_semi_join(const Collection<Key, Left>& left, const Collection<RightKey, Right>& right, KeyOf key_of) {
  if constexpr (check_key_function<KeyOf, Key, Left, RightKey>()) {
    return make_semi_join<kKeep>(left, right, std::move(key_of));
  } else {
    return left;
  }
}

}  // namespace freshet::detail

namespace freshet {

template <class Key, class Value>
template <class RightKey, class Right>
Collection<Key, Value> Collection<Key, Value>::semi_join(const Collection<RightKey, Right>& right) const {
  return detail::checked_semi_join<detail::Keep::with_partner>(*this, right, detail::SameKey());
}
template <class Key, class Value>
template <class RightKey, class Right, class Function>
Collection<Key, Value> Collection<Key, Value>::semi_join(const Collection<RightKey, Right>& right,
                                                         By<Function> key_of) const {
  return detail::checked_semi_join<detail::Keep::with_partner>(*this, right, key_of);
}
template <class Key, class Value>
template <class RightKey, class Right>
Collection<Key, Value> Collection<Key, Value>::anti_join(const Collection<RightKey, Right>& right) const {
  return detail::checked_semi_join<detail::Keep::without_partner>(*this, right, detail::SameKey());
}
template <class Key, class Value>
template <class RightKey, class Right, class Function>
Collection<Key, Value> Collection<Key, Value>::anti_join(const Collection<RightKey, Right>& right,
                                                         By<Function> key_of) const {
  return detail::checked_semi_join<detail::Keep::without_partner>(*this, right, key_of);
}

}  // namespace freshet
