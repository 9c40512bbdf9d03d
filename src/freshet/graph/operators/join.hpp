// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "freshet/base/assert.hpp"
#include "freshet/graph/detail/pair_table.hpp"
#include "freshet/graph/detail/reference_index.hpp"
#include "freshet/graph/detail/row_operator.hpp"

namespace freshet::detail {

/// What the function of a join sees of a row: the two sides. `right` is null for a row without a partner.
template <class Left, class Right> struct JoinedRow {
  const Left& left;
  const Right* right;
};

/// Appends what two parts of a view have to say of their errors, each key once: a key may be well again in one part
/// because it fails in the other.
inline void combine_news(std::vector<FailureNews>& found, std::vector<FailureNews>& news) {
  std::unordered_map<std::string, std::size_t> places;
  for (FailureNews& entry : found) {
    const auto [at, is_new] = places.try_emplace(entry.key, news.size());
    if (is_new) {
      news.push_back(std::move(entry));
      continue;
    }
    FailureNews& known = news[at->second];
    if (known.message.empty()) known.message = std::move(entry.message);
    known.rows += entry.rows;
  }
}

/// What becomes of left rows without a partner.
enum class Unmatched { left_out, kept };

/// Each row of the left side with each row that the right side has under the key it refers to.
///
/// `KeyOf` gives that key: `key_of(key, left)`; `Call` makes the row: `call(key, JoinedRow, args...)`.
///
/// While both sides have one row per key, a row is at the slot of its left row, and what there is besides the values is
/// the reference index alone. When a side comes to have several rows under a key, each pair gets a row of its own.
template <class Key, class Left, class RightKey, class Right, class Out, Unmatched kUnmatched, class KeyOf, class Call,
          class... Args>
class JoinNode final : public StoredNode<Key, Out> {
 public:
  using LeftNode = CollectionNode<Key, Left>;
  using RightNode = CollectionNode<RightKey, Right>;
  using Space = JoinedSpace<Key, RightKey>;

  JoinNode(Core& core, std::string name, const std::shared_ptr<LeftNode>& left, const std::shared_ptr<RightNode>& right,
           KeyOf key_of, Call call, std::tuple<Args...> args)
      : StoredNode<Key, Out>(core, std::move(name), parents(left, right, args),
                             std::make_shared<Space>(left->shared_space(), right->shared_space())),
        joined_space_(static_cast<Space&>(*this->space_)),
        left_(*left),
        right_(*right),
        paired_(joined_space_.grouped()),
        references_(*left, *right),
        key_of_(std::move(key_of)),
        function_(*this, *left, std::move(call), std::move(args)) {
    right_.space().keep_groups();
    std::vector<RowDelta<Left>> block;
    const auto join_block = [&] {
      update_left(block);
      settle();
      block.clear();
    };
    left_.present().for_each(left_.space().end(), [&](Slot row) {
      block.push_back({row, nullptr, left_.value(row)});
      if (block.size() == kFirstBlock) join_block();
    });
    join_block();
  }

  bool same(const LeftNode& left, const RightNode& right, const KeyOf& key_of, const Call& call,
            const std::tuple<Args...>& args) const {
    return &right == &right_ && key_of.same(key_of_) && function_.same(left, call, args);
  }

  void update() override {
    const auto batch = function_.batch();
    if (!paired_ && joined_space_.sides_grouped()) become_paired();
    revisits_ = !right_.deltas().empty() || function_.arguments_changed();
    if (paired_) remove_pairs_of_gone();
    references_.follow_right();
    update_left(left_.deltas());
    paired_ ? update_right_pairs() : update_right();
    if (function_.arguments_changed()) update_readers();
    joined_space_.finish();
    forget_visits();
  }
  void settle() override {
    this->settle_values();
    references_.settle();
    joined_space_.pairs.settle();
    joined_space_.settle();
    function_.settle();
  }
  void roll_back() override {
    forget_visits();
    this->roll_back_values();
    joined_space_.pairs.roll_back();
    joined_space_.roll_back();
    references_.roll_back();
    function_.roll_back();
  }

  bool has_failure_changes() const override { return function_.failures().has_changes(); }
  void collect_failures(std::vector<FailureNews>& news, bool all_standing) const override {
    const auto& space = *this->space_;
    function_.collect_failures(
        news, all_standing, [&](Slot row) { return space.key_slot(row); },
        [&](Slot key, auto visit) { space.for_each_row(key, visit); });
  }

  std::size_t bytes() const override {
    return StoredNode<Key, Out>::bytes() + joined_space_.bytes() + joined_space_.pairs.bytes() + references_.bytes() +
           function_.bytes();
  }
  void reads(Slot row, const NodeBase::VisitRead& visit) const override { function_.reads(row, visit); }
  void origins(Slot row, const NodeBase::VisitOrigin& visit) const override {
    const Slot left = paired_ ? joined_space_.pairs.left(row) : row;
    const Slot right = paired_ ? joined_space_.pairs.right(row) : partner_row(references_.target(row));
    visit(left_, left);
    if (right != kNoSlot) visit(right_, right);
  }
  std::optional<std::string> invariant() const override {
    if (auto wrong = references_.invariant()) return wrong;
    const auto has_unit = [this](Slot row) {
      return paired_ ? joined_space_.linked().test(row) : left_.present().test(row);
    };
    if (auto wrong = function_.invariant(has_unit)) return wrong;
    std::optional<std::string> wrong;
    this->own_.present().for_each(this->own_.end(), [&](Slot row) {
      const bool listed = !paired_ || joined_space_.linked().test(row);
      const Slot left = paired_ ? joined_space_.pairs.left(row) : row;
      const Slot right = paired_ ? joined_space_.pairs.right(row) : partner_row(references_.target(row));
      const bool right_is_there = right == kNoSlot ? kUnmatched == Unmatched::kept : right_.present().test(right);
      if (!listed || !left_.present().test(left) || !right_is_there) {
        wrong = "row " + std::to_string(row) + " is of a pair that is not there";
      }
    });
    return wrong;
  }

 private:
  /// Rows that are joined at once when the node is made; what a commit remembers stays small.
  static constexpr std::size_t kFirstBlock = 1024;

  static std::vector<std::shared_ptr<NodeBase>> parents(const std::shared_ptr<LeftNode>& left,
                                                        const std::shared_ptr<RightNode>& right,
                                                        const std::tuple<Args...>& args) {
    auto all = parents_of(left, args);
    if (static_cast<NodeBase*>(right.get()) != left.get()) all.insert(all.begin() + 1, right);
    return all;
  }
  static Slot partner_row(Target target) { return target.is_partner() ? target.slot() : kNoSlot; }

  // Each row is computed once in a commit, whoever asks for it.
  void mark(Slot row) {
    if (revisits_ && visited_.claim(row)) visits_.push_back(row);
  }
  void mark_repaired(Slot left_row) {
    if (revisits_ && repaired_.claim(left_row)) repairs_.push_back(left_row);
  }
  void forget_visits() {
    for (const Slot row : visits_) visited_.clear(row);
    for (const Slot row : repairs_) repaired_.clear(row);
    visits_.clear();
    repairs_.clear();
  }

  void update_left(std::span<const RowDelta<Left>> deltas) {
    const auto prefetch = [this](Slot row, Slot right_key) {
      if (paired_) return;
      this->own_.prefetch(row);
      if (right_key != kNoSlot) right_.prefetch_value(right_key);
    };
    const auto visit = [this](const RowDelta<Left>& delta, Target target, const std::string* error) {
      paired_ ? place_pairs(delta.row, delta.after, target, error) : place(delta.row, delta.after, target, error);
    };
    references_.resolve(deltas, key_of_, prefetch, visit);
  }

  // While rows are at the slots of their left rows.

  void place(Slot row, const Left* left, Target target, const std::string* error) {
    references_.refer(row, target);
    if (left != nullptr && error == nullptr) return join(row, *left, target);
    mark(row);
    leave_out(row);
    if (error != nullptr) fail(row, *error);
  }
  void join(Slot row, const Left& left, Target target) {
    mark(row);
    if (target.is_partner()) {
      compute(row, left, right_.value(target.slot()));
    } else if (kUnmatched == Unmatched::kept) {
      compute(row, left, nullptr);
    } else {
      leave_out(row);
    }
  }

  void update_right() {
    const auto near = [this](Slot row) {
      left_.prefetch_value(row);
      this->own_.prefetch(row);
    };
    const auto deltas = right_.deltas();
    const auto list_ahead = [&](std::size_t i) { return Target::partner(deltas[i].row); };
    for (std::size_t i = 0; i < deltas.size(); ++i) {
      // Several lists ahead: where the list begins, its first rows, what these lead to.
      if (i + 3 * kAhead < deltas.size()) references_.lists().prefetch_head(list_ahead(i + 3 * kAhead));
      if (i + 2 * kAhead < deltas.size()) references_.lists().prefetch_rows(list_ahead(i + 2 * kAhead));
      if (i + kAhead < deltas.size()) references_.lists().prefetch_each(list_ahead(i + kAhead), near);
      const Target list = references_.list_of(deltas[i].row);
      if (!list.has_list()) continue;
      references_.lists().for_each(list, near, [&](Slot row) {
        if (!visited_.test(row)) join(row, *left_.value(row), list);
      });
    }
  }

  // While there are pairs.

  /// Gives each row that is there a pair, at its slot. What it finds is the state before the commit under way.
  void become_paired() {
    SlotBits rows;
    references_.lists().for_each_known([&](Slot row, Target target) {
      const bool has_row = target.is_partner() || kUnmatched == Unmatched::kept || function_.failures().find(row);
      if (!has_row) return;
      joined_space_.pairs.add(row, row, partner_row(target));
      rows.set(row);
    });
    joined_space_.pairs.settle();
    joined_space_.become_grouped(rows);
    paired_ = true;
  }

  Slot add_pair(Slot left_row, Slot right_row) {
    const Slot row = joined_space_.add_under(left_.space().key_slot(left_row));
    joined_space_.pairs.add(row, left_row, right_row);
    joined_space_.link(row);
    return row;
  }
  void remove_pair(Slot row) {
    mark(row);
    leave_out(row);
    joined_space_.pairs.remove(row);
    joined_space_.unlink(row);
  }
  void compute_pair(Slot row) {
    mark(row);
    const Slot right = joined_space_.pairs.right(row);
    compute(row, *left_.value(joined_space_.pairs.left(row)), right == kNoSlot ? nullptr : right_.value(right));
  }

  void remove_pairs_of_gone() {
    for (const auto& delta : right_.deltas()) {
      if (delta.after == nullptr) joined_space_.pairs.for_each_of_right(delta.row, [&](Slot row) { remove_pair(row); });
    }
  }

  void place_pairs(Slot left_row, const Left* left, Target target, const std::string* error) {
    const bool moved = references_.refer(left_row, target);
    const bool alone = left != nullptr && !target.is_partner() && (kUnmatched == Unmatched::kept || error != nullptr);
    Slot lone_row = kNoSlot;
    joined_space_.pairs.for_each_of_left(left_row, [&](Slot row) {
      const bool is_lone = joined_space_.pairs.right(row) == kNoSlot;
      if (is_lone && alone) {
        lone_row = row;
      } else if (moved || is_lone) {
        remove_pair(row);
      } else {
        compute_pair(row);
      }
    });
    if (alone) {
      if (lone_row == kNoSlot) lone_row = add_pair(left_row, kNoSlot);
      if (error == nullptr) return compute_pair(lone_row);
      mark(lone_row);
      leave_out(lone_row);
      fail(lone_row, *error);
    } else if (moved && target.is_partner()) {
      mark_repaired(left_row);
      right_.space().for_each_row(target.slot(), [&](Slot right_row) {
        if (right_.present().test(right_row)) compute_pair(add_pair(left_row, right_row));
      });
    }
  }

  void update_right_pairs() {
    for (const auto& delta : right_.deltas()) {
      if (delta.before == nullptr) {
        pair_up(delta.row);
      } else if (delta.after != nullptr) {
        joined_space_.pairs.for_each_of_right(delta.row, [&](Slot row) {
          if (!visited_.test(row)) compute_pair(row);
        });
      } else if (kUnmatched == Unmatched::kept) {
        leave_alone(right_.space().key_slot(delta.row));
      }
    }
  }
  /// A row came to the right side: it makes a pair with each left row that refers to its key.
  void pair_up(Slot right_row) {
    const auto near = [this](Slot left_row) { left_.prefetch_value(left_row); };
    const Target list = references_.list_of(right_.space().key_slot(right_row));
    references_.lists().for_each(list, near, [&](Slot left_row) {
      if (repaired_.test(left_row)) return;
      const Slot first = joined_space_.pairs.first_of_left(left_row);
      if (first != kNoSlot && joined_space_.pairs.right(first) == kNoSlot) remove_pair(first);
      compute_pair(add_pair(left_row, right_row));
    });
  }
  /// The left rows of a key that may be gone from the right side get rows without a partner.
  void leave_alone(Slot right_key) {
    const Target list = references_.list_of(right_key);
    if (!list.is_waiting()) return;
    references_.lists().for_each(
        list, [](Slot) {},
        [&](Slot left_row) {
          if (joined_space_.pairs.first_of_left(left_row) == kNoSlot) compute_pair(add_pair(left_row, kNoSlot));
        });
  }

  // Either way.

  void update_readers() {
    stale_.clear();
    function_.for_each_reader([this](Slot row) { stale_.push_back(row); });
    for (const Slot row : stale_) {
      if (visited_.test(row)) continue;
      paired_ ? compute_pair(row) : join(row, *left_.value(row), references_.target(row));
    }
  }

  void compute(Slot row, const Left& left, const Right* right) {
    const bool called =
        function_.call(this->counters_, row, this->space_->key(row), JoinedRow<Left, Right>{left, right},
                       [&](auto&& result) { put(row, std::forward<decltype(result)>(result)); });
    if (!called) this->drop(row);
  }
  void leave_out(Slot row) {
    function_.forget(row);
    this->drop(row);
  }
  void fail(Slot row, const std::string& error) { function_.fail(this->counters_, row, this->space_->key(row), error); }
  void put(Slot row, Out&& value) { this->store(row, std::move(value)); }
  void put(Slot row, std::optional<Out>&& value) {
    if (value) {
      this->store(row, std::move(*value));
    } else {
      this->drop(row);
    }
  }

  static constexpr std::size_t kAhead = 4;  // lists; the rows of so many are on their way at once

  Space& joined_space_;
  const LeftNode& left_;
  const RightNode& right_;
  bool paired_;
  ReferenceIndex<Key, Left, RightKey, Right> references_;
  KeyOf key_of_;
  RowFunction<Key, Left, Call, Args...> function_;

  // Of the commit under way, but for what they keep in memory.
  bool revisits_ = false;        // a row may be asked for twice
  SlotBits visited_, repaired_;  // rows computed or removed; left rows whose pairs were all made anew
  std::vector<Slot> visits_, repairs_, stale_;
};

template <Unmatched kUnmatched, class Key, class Left, class RightKey, class Right, class KeyOf, class Call,
          class... Args>
auto make_join(const Collection<Key, Left>& left, const Collection<RightKey, Right>& right, KeyOf key_of, Call call,
               std::tuple<Args...> args) {
  using Out = MapResult<Key, JoinedRow<Left, Right>, Call, Args...>;
  using Node = JoinNode<Key, Left, RightKey, Right, Out, kUnmatched, KeyOf, Call, Args...>;
  Core& core = left.node().core();
  FRESHET_ASSERT(&right.node().core() == &core && "joined collections belong to one graph");
  const std::size_t hash = (signature(left.node(), call, args) * 31 + right.node().id()) * 31 + key_of.hash();
  constexpr const char* kVerb = kUnmatched == Unmatched::kept ? "left_join" : "join";
  return Collection<Key, Out>(core.find_or_make<Node>(
      hash, [&](const Node& node) { return node.same(left.node(), right.node(), key_of, call, args); },
      [&] {
        return std::make_unique<Node>(core, derived_name(left.node(), kVerb), left.shared_node(), right.shared_node(),
                                      key_of, call, args);
      }));
}

}  // namespace freshet::detail
