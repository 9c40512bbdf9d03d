// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "freshet/graph/detail/on_time_node.hpp"

namespace freshet::detail {

/// The log of late rows, by number.
template <class Key, class Value> class LateNode final : public StoredNode<std::uint64_t, LateRow<Key, Value>> {
 public:
  using OnTimeRows = OnTimeNode<Key, Value>;
  using Space = RowSpace<std::uint64_t>;

  LateNode(Core& core, const std::shared_ptr<OnTimeRows>& rows)
      // A child of the source too: a commit may bring nothing but late rows.
      : StoredNode<std::uint64_t, LateRow<Key, Value>>(core, derived_name(*rows, "late"),
                                                       {rows, rows->parents().front()},
                                                       std::make_shared<Space>(Space::Shape::unique)),
        rows_(*rows) {
    newest_ = rows_.late_count();
    for (std::uint64_t number = oldest_kept(newest_); number <= newest_; ++number) add(number, rows_.late(number));
    this->space_->finish();
    settle();
  }

  const OnTimeRows& rows() const { return rows_; }

  void update() override {
    const auto refused = rows_.refused();
    const std::uint64_t newest = newest_ + refused.size();
    const std::uint64_t oldest = oldest_kept(newest);
    for (std::uint64_t number = oldest_kept(newest_); number <= newest_ && number < oldest; ++number) {
      const Slot row = this->space_->keys().find(number);
      this->drop(row);
      this->space_->unlink(row);
    }
    for (std::uint64_t number = std::max(oldest, newest_ + 1); number <= newest; ++number) {
      const auto& late = refused[number - newest_ - 1];
      const auto& source = rows_.source();
      add(number, {source.space().key(late.row), *source.value(late.row), late.at, rows_.watermark_before()});
    }
    this->space_->finish();
    newest_ = newest;
  }
  void settle() override {
    this->settle_values();
    this->space_->settle();
    settled_newest_ = newest_;
  }
  void roll_back() override {
    this->roll_back_values();
    this->space_->roll_back();
    newest_ = settled_newest_;
  }

  std::size_t bytes() const override {
    return StoredNode<std::uint64_t, LateRow<Key, Value>>::bytes() + this->space_->bytes();
  }
  std::optional<std::string> invariant() const override {
    if (newest_ != rows_.late_count() || this->row_count() != newest_ + 1 - oldest_kept(newest_)) {
      return "has not the newest late rows";
    }
    return std::nullopt;
  }

 private:
  std::uint64_t oldest_kept(std::uint64_t newest) const {
    return newest < rows_.options().late_kept ? 1 : newest + 1 - rows_.options().late_kept;
  }
  void add(std::uint64_t number, LateRow<Key, Value> late) { this->store(this->space_->add(number), std::move(late)); }

  const OnTimeRows& rows_;
  std::uint64_t newest_ = 0;
  std::uint64_t settled_newest_ = 0;
};

/// The parents of a node that goes by the watermark: a moved clock moves it while no row changes.
template <class Key, class Value>
std::vector<std::shared_ptr<NodeBase>> watermark_parents(const std::shared_ptr<OnTimeNode<Key, Value>>& rows) {
  std::vector<std::shared_ptr<NodeBase>> parents{rows};
  if (rows->clock()) parents.push_back(rows->clock());
  return parents;
}

/// The watermark as a row.
template <class Key, class Value> class WatermarkNode final : public StoredNode<std::string, Timestamp> {
 public:
  using OnTimeRows = OnTimeNode<Key, Value>;
  using Space = RowSpace<std::string>;

  WatermarkNode(Core& core, const std::shared_ptr<OnTimeRows>& rows)
      : StoredNode(core, derived_name(*rows, "watermark"), watermark_parents(rows),
                   std::make_shared<Space>(Space::Shape::unique)),
        rows_(*rows) {
    update();
    settle();
  }

  const OnTimeRows& rows() const { return rows_; }

  void update() override {
    if (rows_.watermark() == OnTimeRows::kNever) return;
    this->store(this->space_->add("watermark"), rows_.watermark());
    this->space_->finish();
  }
  void settle() override {
    this->settle_values();
    this->space_->settle();
  }
  void roll_back() override {
    this->roll_back_values();
    this->space_->roll_back();
  }

 private:
  const OnTimeRows& rows_;
};

/// Finds or makes the node of type `Node` that has nothing but these rows to be told by.
template <class Node, class Key, class Value>
std::shared_ptr<Node> companion_of(const std::shared_ptr<OnTimeNode<Key, Value>>& rows) {
  Core& core = rows->core();
  return core.find_or_make<Node>(
      hash_of(rows->id()), [&](const Node& node) { return &node.rows() == rows.get(); },
      [&] { return std::make_unique<Node>(core, rows); });
}

}  // namespace freshet::detail
