// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "freshet/graph/changes.hpp"
#include "freshet/graph/detail/buffer.hpp"
#include "freshet/graph/detail/column.hpp"
#include "freshet/graph/detail/core.hpp"
#include "freshet/graph/detail/row_access.hpp"
#include "freshet/graph/detail/row_space.hpp"
#include "freshet/graph/values.hpp"

namespace freshet::detail {

/// Somebody who is told of a collection's changes. Owners: the Subscription, and the node while it calls.
template <class Key, class Value> struct Subscriber {
  std::shared_ptr<CollectionNode<Key, Value>> node;  // subscribing keeps the collection up to date; null once ended
  std::function<void(const Changes<Key, Value>&)> callback;
};

/// A node with rows of `Value` under keys of `Key`, whatever computes them.
///
/// Where the values are is up to the derived node: in its own column, or (filter, key_by) in that of its source.
template <class Key, class Value> class CollectionNode : public NodeBase {
 public:
  const RowSpace<Key>& space() const { return *space_; }
  std::shared_ptr<RowSpace<Key>> shared_space() const { return space_; }
  const Value* value(Slot row) const { return present_->test(row) ? &column_->at(row >> value_shift_) : nullptr; }
  /// Brings the value near, for an access that follows.
  void prefetch_value(Slot row) const { column_->prefetch(row >> value_shift_); }
  /// The rows that this node has, among those of the space.
  const SlotBits& present() const { return *present_; }

  /// Each row that changed in the commit under way, once.
  std::span<const RowDelta<Value>> deltas() const {
    return mirrored_ == nullptr ? std::span<const RowDelta<Value>>(deltas_.data(), deltas_.size())
                                : mirrored_->deltas();
  }
  bool has_changes() const final { return !deltas().empty(); }
  std::size_t change_count() const final { return deltas().size(); }

  Values<Value> values(Slot key_slot) const {
    Values<Value> found;
    space_->for_each_row(key_slot, [&](Slot row) {
      if (const Value* here = value(row)) found.push_back(here);
    });
    return found;
  }

  /// The keys that have rows here, in key order. Cost: O(rows), plus the sort.
  std::vector<Slot> sorted_keys() const {
    std::vector<Slot> keys;
    keys.reserve(row_count());
    present_->for_each(space_->end(), [&](Slot row) { keys.push_back(space_->key_slot(row)); });
    sort_keys(keys);
    return keys;
  }

  std::size_t subscriber_count() const final { return subscribers_.size(); }
  const RowAccess* row_access() const final { return &kRowAccess<Key, Value>; }
  /// Begins to tell the subscriber, until what is returned goes.
  static std::shared_ptr<void> subscribe(std::shared_ptr<Subscriber<Key, Value>> subscriber) {
    CollectionNode& node = *subscriber->node;
    node.subscribers_.push_back(subscriber);
    node.set_subscribed(true);
    const auto end = [subscriber](void*) { unsubscribe(*subscriber); };
    return {subscriber.get(), end};
  }

  /// The keys that the commit changed, each once, in key order; put in order when the first subscriber asks.
  std::span<const Slot> changed_keys() const {
    if (!news_sorted_) {
      for (const auto& delta : deltas()) news_.push_back(space_->key_slot(delta.row));
      sort_keys(news_);
      news_sorted_ = true;
    }
    return news_;
  }

  void prepare_news() final {
    news_.clear();
    news_sorted_ = false;
  }
  void deliver_news() final {
    const Changes<Key, Value> changes(core().version(), *this);
    delivering_ = true;
    const std::size_t count = subscribers_.size();  // those who come during the calls begin with the next commit
    for (std::size_t i = 0; i < count; ++i) {
      Subscriber<Key, Value>& subscriber = *subscribers_[i];
      if (subscriber.node != nullptr) core().guard_callback([&] { subscriber.callback(changes); });
    }
    delivering_ = false;
    if (std::exchange(some_ended_, false)) drop_ended_subscribers();
  }

 protected:
  CollectionNode(Core& core, std::string name, std::vector<std::shared_ptr<NodeBase>> parents,
                 std::shared_ptr<RowSpace<Key>> space)
      : NodeBase(core, std::move(name), std::move(parents)), space_(std::move(space)) {}

  std::size_t buffer_bytes() const { return deltas_.bytes() + news_.capacity() * sizeof(Slot); }

  /// Brings near what the nodes that share the space keep for the changed rows, if those are few. The nodes themselves
  /// prefetch within larger batches. Called by the owner of the space at the end of update().
  void prefetch_below() const {
    constexpr std::size_t kFew = 8;
    if (deltas_.size() > kFew || !space_->has_per_row()) return;
    for (const auto& delta : deltas_) space_->prefetch_per_row(delta.row);
  }

  /// Takes the values of `source` for its own: this node's row r is the source's row r >> shift.
  template <class SourceKey> void share_values(const CollectionNode<SourceKey, Value>& source, unsigned shift = 0) {
    column_ = source.column_;
    value_shift_ = static_cast<std::uint8_t>(source.value_shift_ + shift);
  }

  /// From now on this node's rows and changes are the source's. Requires: it shares its space and values, and has the
  /// same rows; between commits.
  void mirror(const CollectionNode& source) {
    mirrored_ = &source;
    present_ = source.present_;
  }
  bool mirrors() const { return mirrored_ != nullptr; }

  void sort_keys(std::vector<Slot>& keys) const {
    const auto& table = space_->keys();
    if (space_->grouped()) {
      std::sort(keys.begin(), keys.end());
      keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    }
    std::sort(keys.begin(), keys.end(), [&](Slot a, Slot b) { return table.before(a, b); });
  }

  std::shared_ptr<RowSpace<Key>> space_;  // owners: this node and the one-to-one nodes below it
  const Column<Value>* column_ = nullptr;
  const SlotBits* present_ = nullptr;
  std::uint8_t value_shift_ = 0;  // a row's value is in the column at row >> value_shift_
  Buffer<RowDelta<Value>> deltas_;

 private:
  template <class, class> friend class CollectionNode;

  static void unsubscribe(Subscriber<Key, Value>& subscriber) {
    const auto node = std::exchange(subscriber.node, nullptr);
    node->delivering_ ? void(node->some_ended_ = true) : node->drop_ended_subscribers();
  }
  void drop_ended_subscribers() {
    std::erase_if(subscribers_, [](const auto& subscriber) { return subscriber->node == nullptr; });
    this->set_subscribed(!subscribers_.empty());
  }

  const CollectionNode* mirrored_ = nullptr;
  std::vector<std::shared_ptr<Subscriber<Key, Value>>> subscribers_;
  bool delivering_ = false;
  bool some_ended_ = false;         // during the calls; such stay in the list until all were called
  mutable std::vector<Slot> news_;  // see changed_keys()
  mutable bool news_sorted_ = false;
};

/// A CollectionNode that keeps its own values, and those that the commit under way replaced: they are at once what the
/// nodes below retract and what a rollback brings back.
template <class Key, class Value> class StoredNode : public CollectionNode<Key, Value> {
 public:
  std::size_t row_count() const override { return own_.size(); }
  std::size_t bytes() const override { return this->buffer_bytes() + own_.bytes() + replaced_.bytes(); }
  /// Derived nodes ask this first.
  std::optional<std::string> invariant() const override {
    if (!this->deltas_.empty() || !replaced_.empty()) return "holds on to changes of a commit that is over";
    std::optional<std::string> wrong;
    std::size_t count = 0;
    own_.present().for_each(this->space_->end(), [&](Slot row) {
      ++count;
      if (!this->space_->has_row(row)) wrong = "has a value for row " + std::to_string(row) + ", which is not there";
    });
    if (!wrong && (count != own_.size() || count != own_.present().count())) wrong = "miscounts its rows";
    return wrong;
  }

 protected:
  StoredNode(Core& core, std::string name, std::vector<std::shared_ptr<NodeBase>> parents,
             std::shared_ptr<RowSpace<Key>> space)
      : CollectionNode<Key, Value>(core, std::move(name), std::move(parents), std::move(space)) {
    this->column_ = &own_;
    this->present_ = &own_.present();
    this->space_->add_per_row(
        {&own_, [](const void* column, Slot row) { static_cast<const Column<Value>*>(column)->prefetch(row); }});
  }
  ~StoredNode() override { this->space_->remove_per_row(&own_); }

  /// Gives `row` a value; false if it has that value already. Requires: the row has no delta in this commit.
  bool store(Slot row, Value&& value) {
    if (!own_.has(row)) {
      this->deltas_.push_back({row, nullptr, nullptr});
      this->deltas_.back().after = &own_.emplace(row, std::move(value));
      return true;
    }
    Value& here = own_.at(row);
    if (equal(here, value)) return false;
    this->deltas_.push_back({row, &here, &here});
    this->deltas_.back().before = replaced_.emplace(std::move(here));
    here = std::move(value);
    return true;
  }

  /// Takes the value of `row` away; false if it has none. Requires: the row has no delta in this commit.
  bool drop(Slot row) {
    if (!own_.has(row)) return false;
    Value& here = own_.at(row);
    this->deltas_.push_back({row, &here, &here});
    this->deltas_.back().before = replaced_.emplace(std::move(here));
    this->deltas_.back().after = nullptr;
    own_.erase(row);
    return true;
  }

  void settle_values() {
    this->counters_.changes += this->deltas_.size();
    this->deltas_.clear();
    replaced_.clear();
  }
  void roll_back_values() {
    for (const auto& delta : this->deltas_) restore(delta);
    this->deltas_.clear();
    replaced_.clear();
  }

  Column<Value> own_;
  StableList<Value> replaced_;

 private:
  void restore(const RowDelta<Value>& delta) {
    // What replaced_ holds is ours to move; it is const only for the nodes below.
    auto* before = const_cast<Value*>(delta.before);
    if (before == nullptr) {
      if (own_.has(delta.row)) own_.erase(delta.row);
    } else if (before == &own_.at(delta.row)) {
      return;  // the move out of the cell had not happened
    } else if (own_.has(delta.row)) {
      own_.at(delta.row) = std::move(*before);
    } else {
      own_.emplace(delta.row, std::move(*before));
    }
  }
};

}  // namespace freshet::detail
