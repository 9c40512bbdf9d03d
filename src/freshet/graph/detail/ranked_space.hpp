// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "freshet/graph/detail/column.hpp"
#include "freshet/graph/detail/ranked_group.hpp"
#include "freshet/graph/detail/row_space.hpp"

namespace freshet::detail {

/// The first `count` rows of each key of a source, ranked by a code; among equal codes the source's order decides.
///
/// All ranked rows are in the group of their key. Row r of the source is 2r or 2r + 1 here, and takes the other one
/// when its code changes: so a row has one place in the order of its key for its life, as everybody below expects.
///
/// In a commit: rank() and unrank() for what changed; then enter() and leave() for each row that take_turned() names;
/// then settle() or roll_back().
template <class Key, class Code> class RankedSpace final : public RowSpace<Key> {
 public:
  RankedSpace(std::shared_ptr<RowSpace<Key>> source, std::size_t count)
      : RowSpace<Key>(source->shared_keys(), typename RowSpace<Key>::OwnLists{}),
        source_(std::move(source)),
        count_(count) {}

  unsigned slot_factor() const override { return source_->slot_factor() * 2; }
  static Slot source_row(Slot row) { return row >> 1; }

  /// Gives the source row its code.
  void rank(Slot source_row, Code code) {
    const Slot key = source_->key_slot(source_row);
    RankedGroup<Code>& group = groups_.has(key) ? groups_.at(key) : groups_.emplace(key);
    std::optional<Row> known = find(group, source_row);
    if (!known) return insert(key, group, {std::move(code), source_row * 2});
    if (!(known->code < code) && !(code < known->code)) return;
    Row moved{std::move(code), known->row ^ 1};
    erase(key, group, std::move(*known));
    insert(key, group, std::move(moved));
  }
  /// Takes the source row out, if it is ranked.
  void unrank(Slot source_row) {
    const Slot key = source_->key_slot(source_row);
    if (!groups_.has(key)) return;
    RankedGroup<Code>& group = groups_.at(key);
    if (std::optional<Row> known = find(group, source_row)) erase(key, group, std::move(*known));
  }

  /// Whether the row came among the first of its key in this commit, or is no longer; true only once.
  bool take_turned(Slot row) {
    if (!turned_.test(row)) return false;
    turned_.clear(row);
    return true;
  }
  /// Rows that may have turned, some of them several times.
  const std::vector<Slot>& perhaps_turned() const { return turned_rows_; }
  void enter(Slot row) {
    this->add_at_slot(row, source_->key_slot(source_row(row)));
    this->link(row);
  }
  void leave(Slot row) { this->unlink(row); }

  void settle() {
    drop_empty_groups();
    if (order_codes_kept_) {
      for (const Step& step : steps_) {
        if (!step.inserted) order_codes_.erase(step.row.row);
      }
    }
    forget();
    RowSpace<Key>::settle();
  }
  void roll_back() {
    for (const Slot row : turned_rows_) turned_.clear(row);
    for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
      RankedGroup<Code>& group = groups_.at(step->key);
      step->inserted ? take_out(step->key, group, step->row) : put_in(group, step->row);
      if (order_codes_kept_ && step->inserted && order_codes_.has(step->row.row)) order_codes_.erase(step->row.row);
    }
    drop_empty_groups();
    forget();
    RowSpace<Key>::roll_back();
  }

  /// Gives back what a commit that changed much has reserved. Requires: settled.
  void release_buffers() {
    turned_rows_ = {};
    steps_ = {};
    emptied_ = {};
  }

  // For a row that comes later: first the group of its key, then what is in it.
  void prefetch_group(Slot source_row) const { groups_.prefetch(source_->key_slot(source_row)); }
  void prefetch_rows(Slot source_row) const {
    const Slot key = source_->key_slot(source_row);
    if (groups_.has(key)) groups_.at(key).prefetch();
  }

  std::size_t bytes() const override {
    // The groups are on the heap, with room to grow; to ask each would cost O(keys).
    const std::size_t in_groups = ranked_count_ * sizeof(Row) * 5 / 4;
    return RowSpace<Key>::bytes() + groups_.bytes() + in_groups + row_codes_.bytes() + odd_rows_.bytes() +
           order_codes_.bytes() + turned_.bytes();
  }

  /// What is wrong, in a sentence. `is_there(source_row)`: whether the source has the row.
  template <class IsThere> std::optional<std::string> invariant(IsThere is_there) const {
    std::optional<std::string> wrong;
    std::size_t linked = 0;
    std::size_t ranked = 0;
    groups_.present().for_each(groups_.end(), [&](Slot key) {
      const RankedGroup<Code>& group = groups_.at(key);
      if (auto fault = group.invariant(row_less()))
        wrong = "the group of key slot " + std::to_string(key) + " " + *fault;
      std::size_t rank = 0;
      group.for_first(group.size(), [&](const Row& row) {
        const std::string name = "row " + std::to_string(row.row);
        if (!is_there(source_row(row.row))) wrong = name + " is not in the source";
        if (source_->key_slot(source_row(row.row)) != key) wrong = name + " is in the group of another key";
        if (this->linked().test(row.row) != (rank < count_)) wrong = name + " is not where its rank says";
        ++rank;
      });
      linked += std::min(rank, count_);
      ranked += rank;
    });
    if (!wrong && ranked != ranked_count_) wrong = "miscounts the rows in its groups";
    if (!wrong && this->linked().count() != linked) wrong = "has rows that are in no group";
    return wrong;
  }

 private:
  using Row = RankedRow<Code>;
  struct Step {
    Slot key;
    Row row;
    bool inserted;
  };

  auto row_less() const {
    return [this](const Row& a, const Row& b) {
      if (a.code < b.code) return true;
      if (b.code < a.code) [[likely]]
        return false;
      return source_->before(source_row(a.row), source_row(b.row));
    };
  }

  std::optional<Row> find(const RankedGroup<Code>& group, Slot row) const {
    if (group.is_large()) {
      if (!row_codes_.has(row)) return std::nullopt;
      return Row{row_codes_.at(row), row * 2 + (odd_rows_.test(row) ? 1 : 0)};
    }
    const Row* found = group.find_small([&](Slot each) { return source_row(each) == row; });
    return found == nullptr ? std::nullopt : std::optional(*found);
  }

  void insert(Slot key, RankedGroup<Code>& group, Row row) {
    steps_.push_back({key, row, true});
    if (order_codes_kept_) order_codes_.emplace(row.row, row.code);
    const Slot slot = row.row;
    const std::size_t rank = put_in(group, std::move(row));
    if (rank >= count_) return;
    turn(slot);
    if (group.size() > count_) turn(group.at(count_).row);
  }
  void erase(Slot key, RankedGroup<Code>& group, Row row) {
    steps_.push_back({key, row, false});
    if (take_out(key, group, row) >= count_) return;
    turn(row.row);
    if (group.size() >= count_ && count_ > 0) turn(group.at(count_ - 1).row);
  }

  /// Where a row is in a large group is found by its code, which is kept for such rows only.
  std::size_t put_in(RankedGroup<Code>& group, Row row) {
    ++ranked_count_;
    if (group.is_large()) keep_code(row);
    const std::size_t rank = group.insert(std::move(row), count_, row_less());
    if (group.wants_blocks()) {
      group.for_first(group.size(), [&](const Row& each) { keep_code(each); });
      group.become_large();
    }
    return rank;
  }
  void keep_code(const Row& row) {
    row_codes_.emplace(source_row(row.row), row.code);
    (row.row & 1) != 0 ? odd_rows_.set(source_row(row.row)) : odd_rows_.clear(source_row(row.row));
  }
  std::size_t take_out(Slot key, RankedGroup<Code>& group, const Row& row) {
    const std::size_t rank = group.erase(row, count_, row_less());
    if (rank == RankedGroup<Code>::kNotThere) return rank;
    --ranked_count_;
    if (group.is_large()) row_codes_.erase(source_row(row.row));
    if (group.wants_list()) {
      group.for_first(group.size(), [&](const Row& each) { row_codes_.erase(source_row(each.row)); });
      group.become_small();
    }
    if (group.size() == 0) emptied_.push_back(key);
    return rank;
  }
  void drop_empty_groups() {
    for (const Slot key : emptied_) {
      if (groups_.has(key) && groups_.at(key).size() == 0) groups_.erase(key);
    }
  }
  void turn(Slot row) {
    this->prefetch(row);  // for enter(), leave() and those who ask for its key
    if (turned_.claim(row)) {
      turned_rows_.push_back(row);
    } else {
      turned_.clear(row);
    }
  }
  void forget() {
    steps_.clear();
    emptied_.clear();
    turned_rows_.clear();
  }

  void list_rows(Slot key, const std::function<void(Slot)>& visit) const override {
    if (!groups_.has(key)) return;
    groups_.at(key).for_first(count_, [&](const Row& row) { visit(row.row); });
  }

  bool before_in_key(Slot a, Slot b) const override {
    // Once, although views below may be computed side by side and ask at the same time.
    std::call_once(order_asked_, [this] { keep_order_codes(); });
    const Row row_a{order_codes_.at(a), a};
    return row_less()(row_a, {order_codes_.at(b), b});
  }
  /// From now on there is a code for each row that is there, or was before the commit under way: those who make rows
  /// from ours ask which of two comes first.
  void keep_order_codes() const {
    order_codes_kept_ = true;
    groups_.present().for_each(groups_.end(), [&](Slot key) {
      const RankedGroup<Code>& group = groups_.at(key);
      group.for_first(group.size(), [&](const Row& row) { order_codes_.emplace(row.row, row.code); });
    });
    for (const Step& step : steps_) {
      if (!order_codes_.has(step.row.row)) order_codes_.emplace(step.row.row, step.row.code);
    }
  }

  std::shared_ptr<RowSpace<Key>> source_;  // shared with the source node
  const std::size_t count_;
  std::size_t ranked_count_ = 0;
  Column<RankedGroup<Code>> groups_;  // by key
  Column<Code> row_codes_;            // by source row, of those in large groups
  SlotBits odd_rows_;                 // the same: whether row r is 2r + 1
  mutable Column<Code> order_codes_;  // by row, once somebody asks for the order
  mutable bool order_codes_kept_ = false;
  mutable std::once_flag order_asked_;

  // Of the commit under way.
  SlotBits turned_;                // rows that came among the first or are no longer; clear between commits
  std::vector<Slot> turned_rows_;  // all that ever had a bit
  std::vector<Step> steps_;
  std::vector<Slot> emptied_;
};

}  // namespace freshet::detail
